/* store, the queue: an account whose messages have envelopes in a mailbox of their own.
 *
 * Envelopes are octets here: fronts write them, and relay, who is one, reads them. */
#include "role/store.h"

#include "base/clock.h"
#include "base/own.h"
#include "os/files.h"
#include "store/mailboxes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static uint32_t envelopes; /* the mailbox; 0: not known */

static int make_envelopes(void)
{
    const struct names_request request = { .verb = NAMES_CREATE,
                                           .name = SPAN("Envelopes"),
                                           .now = (uint32_t)clock_wall() };
    uint64_t lsn;
    int error = engine_name(store_engine, QUEUE_ACCOUNT, &request, &lsn);
    if (error && error != -EEXIST)
        return error;
    return engine_mailbox(store_engine, QUEUE_ACCOUNT, request.name, &envelopes);
}

static int find_envelopes(void)
{
    if (envelopes)
        return 0;
    int error =
        engine_mailbox(store_engine, QUEUE_ACCOUNT, SPAN("Envelopes"), &envelopes);
    return error == -ENOENT ? make_envelopes() : error;
}

/* ---- what comes in */

static int check(const struct store_enqueue *q)
{
    struct ticket t;
    if (q->ticket.len != sizeof t || q->envelope.len == 0)
        return -EINVAL;
    memcpy(&t, q->ticket.at, sizeof t);
    return t.account == QUEUE_ACCOUNT && store_is_ticket(&t) ? 0 : -EACCES;
}

void store_on_enqueue(struct call *call, const void *question)
{
    const struct store_enqueue *q = question;
    const uint64_t account = QUEUE_ACCOUNT;
    const struct delivery d = { .accounts = &account,
                                .account_count = 1,
                                .received = (int64_t)clock_wall(),
                                .body = q->envelope,
                                .sealed = -1,
                                .size = q->envelope.len };
    struct appended appended;
    int error = check(q);
    if (!error)
        error = find_envelopes();
    if (!error)
        error = engine_append(store_engine, &d, envelopes, 0, (uint32_t)clock_wall(),
                              &appended);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_store_enqueue(call, &(struct store_enqueue_answer){ appended.lsn });
    store_promised(call, appended.lsn);
    handles_each(QUEUE_ACCOUNT, envelopes, store_tell_changed);
}

/* ---- what goes out */

void store_on_queue_open(struct call *call, const void *question)
{
    uint64_t number;
    int error = find_envelopes();
    (void)question;
    if (!error && getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        error = -EIO;
    if (!error)
        error = handles_grant(number, QUEUE_ACCOUNT, RIGHT_READ | RIGHT_EXPUNGE,
                              (uint8_t)call->from, call->instance);
    struct handle *h = error ? NULL : handles_may(call, number, RIGHT_READ);
    if (!h) {
        answer_error(call, error ? error : -EACCES);
        return;
    }
    h->mailbox = envelopes;
    answer_store_queue_open(call,
                            &(struct store_queue_open_answer){ number, envelopes });
}

static void answer_rows(struct call *call, const struct snapshot *s)
{
    struct span rows = span_at(s->rows, s->count * sizeof *s->rows);
    struct store_queue_rows_answer answer = { .count = s->count, .sealed = -1 };
    if (rows.len > INLINE_OCTETS_MAX)
        answer.sealed = sealed_copy("rows", rows);
    else
        answer.rows = rows;
    if (answer.sealed < -1)
        answer_error(call, answer.sealed);
    else
        answer_store_queue_rows(call, &answer);
    fd_close(&answer.sealed);
}

void store_on_queue_rows(struct call *call, const void *question)
{
    const struct store_queue_rows *q = question;
    struct handle *h = handles_may(call, q->handle, RIGHT_READ);
    struct snapshot s;
    int error = h ? 0 : -EACCES;
    if (h)
        h->told = false; /* what comes from here on is news again */
    if (!error)
        error = engine_stretch(store_engine, h->account, q->mailbox, q->from,
                               q->most > QUEUE_ROWS_MAX ? QUEUE_ROWS_MAX : q->most, &s);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_rows(call, &s);
    free(s.rows);
}
