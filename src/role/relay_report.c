/* relay_report - what becomes of recipients, and what their sender is told; see relay.h. */
#include "role/relay_report.h"

#include "auth/auth.h"
#include "auth/recipients.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/own.h"
#include "queue/dsn.h"
#include "queue/retry.h"
#include "store/session.h"

#include <errno.h>
#include <stdlib.h>

enum { WRITE_AGAIN_SECONDS = 1 };

/* ---- from a fate to what the queue keeps */

static struct span keep(struct mail *m, const char *words)
{
    struct span copy = arena_copy(m->arena, span_of(words));
    return copy.at ? copy : SPAN("");
}

static void wait_more(struct mail *m, struct queued_recipient *r, bool *tell)
{
    const struct relay_setting *s = &relay_settings->relay;
    const struct retry_settings waits = { s->retry_first, s->retry_most,
                                          s->notice_after, s->give_up_after };
    const struct waiting w = { .arrived = m->arrived,
                               .attempts = ++r->attempts,
                               .noticed = r->noticed };
    struct retry next = retry_after(&waits, &w, (int64_t)clock_wall(), relay_random());
    *tell = next.action != RETRY;
    r->next = next.at;
    if (next.action == GIVE_UP)
        r->fate = QUEUED_FAILED;
    if (next.action == RETRY_AND_TELL)
        r->noticed = true;
}

/* Whether something may be told of it. */
static bool settle_one(struct attempt *a, size_t n)
{
    const struct smtp_fate *f = &a->recipients[n].fate;
    struct queued_recipient *r = a->of[n];
    struct mail *m = a->item->mail;
    bool tell = true;
    if (relay_stops && f->code == 0 && f->outcome != SMTP_SENT)
        return false;
    r->tried = (int64_t)clock_wall();
    r->status = (struct queued_status){ (uint16_t)f->code, f->status.class,
                                        f->status.subject, f->status.detail };
    r->remote = keep(m, a->remote);
    r->words = keep(m, f->words);
    if (f->outcome == SMTP_SENT)
        r->fate = QUEUED_SENT;
    else if (f->outcome == SMTP_NEVER)
        r->fate = QUEUED_FAILED;
    else
        wait_more(m, r, &tell);
    return tell;
}

/* ---- the report: RFC 3461 §6 */

static enum dsn_action action_of(const struct queued_recipient *r)
{
    return r->fate == QUEUED_SENT     ? DSN_RELAYED
           : r->fate == QUEUED_FAILED ? DSN_FAILED
                                      : DSN_DELAYED;
}

/* A server that takes NOTIFY tells of success itself (§5.2.1). */
static bool is_wanted(const struct attempt *a, const struct queued_recipient *r)
{
    if (r->fate == QUEUED_SENT && a->by_dsn)
        return false;
    return dsn_is_wanted(r->notify, action_of(r));
}

static void describe(const struct mail *m, const struct queued_recipient *r, char *room,
                     size_t size, struct dsn_recipient *to)
{
    int n = snprintf(room, size, "%u %.*s", r->status.code, SPAN_ARG(r->words));
    struct span said = span_at(room, n < 0              ? 0
                                     : (size_t)n < size ? (size_t)n
                                                        : size - 1);
    *to = (struct dsn_recipient){
        .action = action_of(r),
        .mailbox = r->mailbox,
        .orcpt = r->orcpt,
        .class = r->fate == QUEUED_SENT      ? 2
                 : r->fate == QUEUED_WAITING ? 4
                 : r->status.class == 4 ? 5 /* RFC 3463 §2: nothing more is tried */
                                        : r->status.class,
        .subject = r->status.subject,
        .detail = r->status.detail,
        .diagnostic = r->status.code ? said : SPAN(""),
        .reason = r->status.code ? SPAN("") : r->words,
        .remote = r->remote,
        .tried = r->tried,
        .retry_until = r->fate == QUEUED_WAITING
                           ? m->arrived + relay_settings->relay.give_up_after
                           : 0,
    };
}

static int compose(struct attempt *a, const bool *tell, struct span message,
                   struct buf *to)
{
    struct mail *m = a->item->mail;
    enum { WORDS = SMTP_FATE_WORDS + 8 };
    struct dsn_recipient *all = calloc(a->count, sizeof *all);
    char *rooms = malloc(a->count * WORDS);
    size_t count = 0;
    for (size_t i = 0; i < a->count && all && rooms; i++)
        if (tell[i])
            describe(m, a->of[i], rooms + i * WORDS, WORDS, &all[count++]);
    const struct dsn d = { .host = span_of(relay_settings->hostname),
                           .sender = m->envelope.reverse_path,
                           .envid = m->envelope.envid,
                           .ret_full = m->envelope.ret == RET_FULL,
                           .arrived = m->arrived,
                           .now = (int64_t)clock_wall(),
                           .random = { relay_random(), relay_random() },
                           .message = message,
                           .recipients = all,
                           .count = count };
    int error = all && rooms ? dsn_compose(&d, to) : -ENOMEM;
    free(all);
    free(rooms);
    return error;
}

/* A report for elsewhere waits in the queue as other mail does, from nobody. */
static int enqueue(struct span to, struct span ticket, uint64_t email, uint64_t *lsn_r)
{
    struct queued_recipient r = { .mailbox = to,
                                  .notify = DSN_NOTIFY_NEVER,
                                  .next = (int64_t)clock_wall() };
    const struct queued e = { .email = email,
                              .arrived = (int64_t)clock_wall(),
                              .reverse_path = SPAN(""),
                              .recipients = &r,
                              .count = 1 };
    OWN(buf_free) struct buf octets = { .max = ENVELOPE_OCTETS_MAX };
    struct store_enqueue_answer answer;
    int error = queued_put(&octets, &e);
    const struct store_enqueue q = { ticket, 0, buf_span(&octets) };
    if (!error)
        error = ask_store_enqueue(&q, &answer, NULL);
    if (!error)
        *lsn_r = answer.lsn;
    return error;
}

static int deliver(struct span to, struct span report)
{
    struct auth_recipient_answer who;
    struct ticket tickets[TICKETS_REMEMBERED];
    struct incoming body;
    uint64_t lsn, email;
    int error = recipient_ask(to, &who);
    if (error)
        return error;
    size_t count = who.tickets.len / sizeof *tickets;
    if (count == 0 || count > TICKETS_REMEMBERED)
        return -ENOENT; /* nobody is there who could be told */
    memcpy(tickets, who.tickets.at, count * sizeof *tickets);
    incoming_open(&body, UINT64_MAX);
    incoming_put(&body, report);
    error = incoming_deliver(&body, tickets, count, 0, &lsn, &email);
    incoming_close(&body);
    if (!error && who.verdict == AUTH_ELSEWHERE)
        error = enqueue(to, span_at(tickets, sizeof *tickets), email, &lsn);
    return error ? error : relay_await_durable(lsn);
}

/* What cannot be read is told of all the same. */
static struct span message_of(const struct attempt *a, struct buf *room)
{
    struct body *b = a->item->mail->body;
    if (a->message.len > 0)
        return a->message;
    room->max = b->place.size;
    if (relay_read_message(INBOX, b->uid, &b->place, room))
        buf_clear(room);
    return buf_span(room);
}

static int report(struct attempt *a, const bool *tell)
{
    OWN(buf_free) struct buf room = { .max = 0 };
    OWN(buf_free)
    struct buf text = { .max = 4 * DSN_RETURNED_MAX + MESSAGE_OCTETS_MAX +
                               ENVELOPE_OCTETS_MAX * 4 };
    int error = compose(a, tell, message_of(a, &room), &text);
    return error ? error
                 : deliver(a->item->mail->envelope.reverse_path, buf_span(&text));
}

/* The sender cannot be told now: what failed for good is tried again, and told of then,
 * for another day at the longest; who sent it is not there at all: never. */
static void put_off(struct attempt *a, const bool *tell, int error)
{
    const struct mail *m = a->item->mail;
    int64_t now = (int64_t)clock_wall();
    bool again =
        error != -ENOENT &&
        now - m->arrived < relay_settings->relay.give_up_after + REPORT_SECONDS;
    log_event(LOG_WARNING, m->envelope.session,
              "the sender cannot be told what became of a message%s: %s",
              again ? " yet" : "", strerror(-error));
    for (size_t i = 0; i < a->count && again; i++)
        if (tell[i] && a->of[i]->fate == QUEUED_FAILED) {
            a->of[i]->fate = QUEUED_WAITING;
            a->of[i]->next = now + relay_settings->relay.retry_first;
        }
}

/* ---- all of it */

static int64_t next_turn(const struct attempt *a, bool *waits)
{
    int64_t next = INT64_MAX;
    *waits = false;
    for (size_t i = 0; i < a->count; i++)
        if (a->of[i]->fate == QUEUED_WAITING) {
            *waits = true;
            next = a->of[i]->next < next ? a->of[i]->next : next;
        }
    return next;
}

/* Nobody is told of a report, and none that nobody asked for (RFC 3461 §6.1). */
static bool choose(struct attempt *a, bool *tell)
{
    bool any = false, can = a->item->mail->envelope.reverse_path.len > 0;
    for (size_t i = 0; i < a->count; i++) {
        tell[i] = settle_one(a, i) && can && is_wanted(a, a->of[i]);
        any |= tell[i];
    }
    return any;
}

/* Until it is kept, or nothing can be any more: it would be sent once more. */
static void write_down(struct mail *m)
{
    int error = relay_mail_write(m);
    if (error)
        log_event(LOG_ERROR, m->envelope.session,
                  "what became of a message cannot be kept: %s", strerror(-error));
    while ((error == -ENOSPC || error == -EAGAIN) && !relay_stops) {
        fiber_sleep(WRITE_AGAIN_SECONDS * CLOCK_SECOND);
        error = relay_mail_write(m);
    }
}

void relay_settle(struct attempt *a)
{
    struct item *item = a->item;
    struct mail *m = item->mail;
    bool waits, *tell = calloc(a->count, sizeof *tell);
    if (!tell) { /* nothing has been written: it is tried again */
        relay_give_back(item,
                        (int64_t)clock_wall() + relay_settings->relay.retry_first);
        return;
    }
    int error = choose(a, tell) ? report(a, tell) : 0;
    if (error)
        put_off(a, tell, error);
    free(tell);
    for (size_t i = 0; i < a->count; i++)
        m->noticed |= a->of[i]->noticed;
    write_down(m);
    int64_t next = next_turn(a, &waits);
    if (waits)
        relay_give_back(item, next);
    else
        relay_drop(item);
}
