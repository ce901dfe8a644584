/* store, mailboxes by name: see store.c; every right is decided by handles_may. */
#include "role/store.h"

#include "base/clock.h"
#include "base/own.h"
#include "os/files.h"
#include "store/mailboxes.h"

#include <errno.h>
#include <stdlib.h>

/* The records in the message itself, or in a memfd of their own. */
static int put_names(struct span all, struct store_names_answer *answer_r)
{
    answer_r->size = (uint32_t)all.len;
    if (all.len <= INLINE_OCTETS_MAX)
        answer_r->names = all;
    else
        answer_r->sealed = sealed_copy("names", all);
    return answer_r->sealed < -1 ? answer_r->sealed : 0;
}

void store_on_names(struct call *call, const void *question)
{
    const struct store_names *q = question;
    struct store_names_answer answer = { .sealed = -1 };
    struct buf all = { .max = MAILBOX_NAMES_OCTETS_MAX };
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = engine_names(store_engine, account, ALL_NAMES, &all);
    if (!error)
        error = put_names(buf_span(&all), &answer);
    if (error)
        answer_error(call, error);
    else
        answer_store_names(call, &answer);
    fd_close(&answer.sealed);
    buf_free(&all);
}

void store_on_keywords(struct call *call, const void *question)
{
    const struct store_keywords *q = question;
    struct buf all = { .max = KEYWORDS_OCTETS_MAX };
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = engine_names(store_engine, account, NAME_KEYWORD, &all);
    if (error)
        answer_error(call, error);
    else
        answer_store_keywords(call, &(struct store_keywords_answer){ buf_span(&all) });
    buf_free(&all);
}

void store_on_keyword(struct call *call, const void *question)
{
    const struct store_keyword *q = question;
    struct store_keyword_answer answer;
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_EXPUNGE, &account);
    if (!error)
        error =
            engine_keyword(store_engine, account, q->name, &answer.bit, &answer.lsn);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_store_keyword(call, &answer);
    store_promised(call, answer.lsn);
}

void store_on_mailbox(struct call *call, const void *question)
{
    const struct store_mailbox *q = question;
    struct store_mailbox_answer answer;
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = engine_mailbox(store_engine, account, q->name, &answer.mailbox);
    if (error)
        answer_error(call, error);
    else
        answer_store_mailbox(call, &answer);
}

static int change(uint64_t account, const struct store_name *q, uint32_t *deleted_r,
                  uint64_t *lsn_r)
{
    const struct names_request r = { .verb = q->verb,
                                     .name = q->name,
                                     .to = q->to,
                                     .now = (uint32_t)clock_wall(),
                                     .role = q->role };
    *deleted_r = 0;
    int error = q->verb < NAMES_KEYWORD ? 0 : -EINVAL;
    if (!error && q->verb == NAMES_DELETE)
        error = engine_mailbox(store_engine, account, q->name, deleted_r);
    return error ? error : engine_name(store_engine, account, &r, lsn_r);
}

void store_on_name(struct call *call, const void *question)
{
    const struct store_name *q = question;
    struct store_name_answer answer;
    uint64_t account = 0;
    uint32_t deleted;
    int error = store_may(call, q->handle, RIGHT_EXPUNGE, &account);
    if (!error)
        error = change(account, q, &deleted, &answer.lsn);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_store_name(call, &answer);
    store_promised(call, answer.lsn);
    if (deleted)
        handles_each(account, deleted, store_tell_changed);
}

/* ---- from one into another */

static int copy(uint64_t account, const struct store_copy *q, struct copying *c,
                struct copied_as *as_r)
{
    *c = (struct copying){
        .from = q->from, .to = q->to, .saved = (uint32_t)clock_wall(), .move = q->move
    };
    c->uids = store_array(q->uids, sizeof *c->uids, COPY_UIDS_MAX, &c->count);
    return c->uids ? engine_copy(store_engine, account, c, as_r) : -EINVAL;
}

void store_on_copy(struct call *call, const void *question)
{
    const struct store_copy *q = question;
    struct copying c = { 0 };
    struct copied_as as;
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_EXPUNGE, &account);
    if (!error)
        error = copy(account, q, &c, &as);
    if (error)
        answer_error(call, error);
    else {
        answer_store_copy(call, &(struct store_copy_answer){
                                    as.lsn, as.uidvalidity, as.first_uid,
                                    span_at(c.uids, c.count * sizeof *c.uids) });
        store_promised(call, as.lsn);
        handles_each(account, q->to, store_tell_changed);
        if (q->move)
            handles_each(account, q->from, store_tell_changed);
    }
    free(c.uids);
}
