/* store, what has changed in a mailbox (RFC 7162), and how much there may be (RFC 9208): see
 * store.c. */
#include "role/store.h"

#include "base/own.h"
#include "os/files.h"
#include "store/changes.h"

#include <errno.h>
#include <stdlib.h>

static int list_rows(uint64_t account, const struct store_modseqs *q,
                     struct buf *rows_r)
{
    size_t count;
    struct uid_range *ranges =
        store_array(q->ranges, sizeof *ranges, FLAGS_RANGES_MAX, &count);
    int error =
        ranges ? engine_rows(store_engine, account, q->mailbox, ranges, count, rows_r)
               : -EINVAL;
    free(ranges);
    return error;
}

/* A descriptor, or -errno. */
static int seal(const char *name, int error, const struct buf *octets)
{
    return error ? error : sealed_copy(name, buf_span(octets));
}

void store_on_modseqs(struct call *call, const void *question)
{
    const struct store_modseqs *q = question;
    struct buf rows = { .max = CHANGES_OCTETS_MAX };
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = list_rows(account, q, &rows);
    OWN(fd_close) int fd = seal("rows", error, &rows);
    const uint32_t count = (uint32_t)(rows.len / sizeof(struct changed_row));
    buf_free(&rows);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_store_modseqs(call, &(struct store_modseqs_answer){ count, fd });
}

void store_on_vanished(struct call *call, const void *question)
{
    const struct store_vanished *q = question;
    struct buf ranges = { .max = CHANGES_OCTETS_MAX };
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = engine_vanished(store_engine, account, q->mailbox, q->modseq, &ranges);
    OWN(fd_close) int fd = seal("vanished", error, &ranges);
    const uint32_t count = (uint32_t)(ranges.len / sizeof(struct uid_range));
    buf_free(&ranges);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_store_vanished(call, &(struct store_vanished_answer){ count, fd });
}

static int ask_auth(uint64_t account, struct store_quota_answer *answer_r)
{
    struct auth_quota question = { .account = account };
    struct auth_quota_answer answer;
    int error = engine_used(store_engine, account, &question.used);
    if (!error)
        error = ask_auth_quota(&question, &answer, NULL);
    if (!error)
        *answer_r = (struct store_quota_answer){ answer.used, answer.limit };
    return error;
}

void store_on_quota(struct call *call, const void *question)
{
    const struct store_quota *q = question;
    struct store_quota_answer answer;
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = ask_auth(account, &answer);
    if (error)
        answer_error(call, error);
    else
        answer_store_quota(call, &answer);
}

void store_on_deleted(struct call *call, const void *question)
{
    const struct store_deleted *q = question;
    struct store_deleted_answer answer;
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = engine_deleted(store_engine, account, q->mailbox, &answer.octets);
    if (error)
        answer_error(call, error);
    else
        answer_store_deleted(call, &answer);
}
