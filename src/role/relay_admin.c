/* relay_admin - the queue for a person: what waits, and what is to be done with it. */
#include "role/relay_report.h"

#include "base/clock.h"
#include "base/own.h"
#include "ipc/channel.h"
#include "os/files.h"
#include "store/session.h"

#include <errno.h>
#include <stdlib.h>

/* ---- listing: in the order in which store has it */

static int next_row(uint32_t after, struct snapshot_row *row_r)
{
    const struct store_queue_rows q = { relay_handle, relay_envelopes, after + 1, 1 };
    struct store_queue_rows_answer answer = { .sealed = -1 };
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = arena ? ask_store_queue_rows(&q, &answer, arena) : -ENOMEM;
    fd_close(&answer.sealed);
    if (error)
        return error;
    if (answer.count == 0)
        return -ENODATA;
    if (answer.rows.len != sizeof *row_r)
        return -EBADMSG;
    memcpy(row_r, answer.rows.at, sizeof *row_r);
    return 0;
}

static int read_next(uint32_t after, struct buf *octets,
                     struct admin_queue_next_answer *answer)
{
    struct snapshot_row row;
    struct queued e;
    int error = next_row(after, &row);
    if (error)
        return error;
    struct place place = relay_place(&row);
    OWN(arena_close) struct arena *arena = arena_open(ENVELOPE_MEMORY_MAX);
    error = relay_read(&place, octets);
    if (!error)
        error = arena ? queued_take(buf_span(octets), arena, &e) : -ENOMEM;
    answer->cursor = row.uid;
    answer->number = row.uid;
    if (!error && e.first)
        answer->number = e.first;
    const struct mail *m = relay_mail_numbered(answer->number);
    answer->size = m && m->body ? m->body->place.size : 0;
    answer->trying = m && relay_is_tried(m);
    return error;
}

void relay_on_next(struct call *call, const void *question)
{
    const struct admin_queue_next *q = question;
    struct admin_queue_next_answer answer = { 0 };
    OWN(buf_free) struct buf octets = { .max = ENVELOPE_OCTETS_MAX };
    int error =
        q->after == UINT32_MAX ? -ENODATA : read_next(q->after, &octets, &answer);
    if (error == -EBADMSG || error == -ENOENT) { /* it is shown that there is one */
        buf_clear(&octets);
        error = 0;
    }
    answer.envelope = buf_span(&octets);
    if (error)
        answer_error(call, error);
    else
        answer_admin_queue_next(call, &answer);
}

/* ---- what is to be done; the mail is open */

static int hold(struct mail *m)
{
    m->held = m->envelope.held = true;
    relay_withdraw(m);
    return relay_mail_write(m);
}

static int release(struct mail *m)
{
    m->held = m->envelope.held = false;
    int error = relay_mail_write(m);
    return error ? error : relay_schedule(m);
}

static int retry(struct mail *m)
{
    relay_hurry(m);
    return m->held ? -EPERM : 0;
}

/* A person has said so: RFC 3463 §3.8, 7.0. */
static int fail(struct mail *m)
{
    const struct smtp_fate fate = { .outcome = SMTP_NEVER,
                                    .status = { 5, 7, 0 },
                                    .words = "given up by the administrator" };
    uint32_t count = m->envelope.count;
    struct attempt a = { .item = relay_new_item(m),
                         .recipients = calloc(count, sizeof *a.recipients),
                         .of = calloc(count, sizeof(struct queued_recipient *)) };
    int error = a.item && a.recipients && a.of ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < count && !error; i++)
        if (m->envelope.recipients[i].fate == QUEUED_WAITING) {
            a.recipients[a.count].fate = fate;
            a.of[a.count++] = &m->envelope.recipients[i];
        }
    if (!error) {
        relay_settle(&a);
        error = relay_schedule(m); /* who could not be told has another turn */
    } else if (a.item)
        relay_drop(a.item);
    free(a.recipients);
    free(a.of);
    return error;
}

static int drop(struct mail *m)
{
    for (uint32_t i = 0; i < m->envelope.count; i++)
        if (m->envelope.recipients[i].fate == QUEUED_WAITING)
            m->envelope.recipients[i].fate = QUEUED_FAILED;
    return relay_mail_write(m);
}

static int (*const verbs[QUEUE_VERBS])(struct mail *) = {
    [QUEUE_RETRY] = retry, [QUEUE_HOLD] = hold, [QUEUE_RELEASE] = release,
    [QUEUE_FAIL] = fail,   [QUEUE_DROP] = drop,
};

static int act(uint32_t number, uint8_t verb)
{
    struct mail *m = relay_mail_numbered(number);
    if (!m || verb >= QUEUE_VERBS)
        return m ? -EINVAL : -ENOENT;
    bool ends = verb == QUEUE_FAIL || verb == QUEUE_DROP;
    if (ends && relay_is_tried(m))
        return -EBUSY;
    if (ends) /* so that nobody begins with it meanwhile */
        relay_withdraw(m);
    int error = relay_mail_open(m);
    if (error)
        return error;
    error = m->body ? verbs[verb](m) : -ENOENT; /* it has been sent meanwhile */
    relay_mail_close(m);
    return error;
}

void relay_on_do(struct call *call, const void *question)
{
    const struct admin_queue_do *q = question;
    int error = act(q->number, q->verb);
    if (error)
        answer_error(call, error);
    else
        answer_admin_queue_do(call, &(struct admin_queue_do_answer){ 0 });
}
