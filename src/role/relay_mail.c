/* relay_mail - envelopes and messages of the queue, in memory; see relay.h. */
#include "role/relay.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/map.h"
#include "base/own.h"
#include "ipc/channel.h"
#include "os/files.h"
#include "store/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

static struct map *bodies; /* struct body by email */
static struct map *mails;  /* struct mail by number */
static bool has_begun;     /* what was there at the start is known */
static uint32_t next_body = 1, next_envelope = 1;

/* ---- reading an envelope */

static void forget_octets(struct mail *m)
{
    arena_close(&m->arena);
    buf_free(&m->octets);
    m->envelope = (struct queued){ 0 };
}

static int read_envelope(struct mail *m)
{
    m->octets = (struct buf){ .max = ENVELOPE_OCTETS_MAX };
    m->arena = arena_open(ENVELOPE_MEMORY_MAX);
    int error = m->arena
                    ? relay_read_message(relay_envelopes, m->uid, &m->place, &m->octets)
                    : -ENOMEM;
    if (!error)
        error = queued_take(buf_span(&m->octets), m->arena, &m->envelope);
    if (error)
        forget_octets(m);
    return error;
}

struct mail_waiter {
    struct list link;
    struct fiber *fiber;
};

static void wait_for(struct mail *m)
{
    struct mail_waiter w = { .fiber = fiber_self() };
    list_push(&m->waiting, &w.link);
    fiber_await();
    list_remove(&w.link);
}

static void wake_all(struct mail *m)
{
    LIST_FOR_EACH(link, &m->waiting)
    fiber_wake(LIST_ENTRY(link, struct mail_waiter, link)->fiber);
}

static void forget(struct mail *m)
{
    if (map_get(mails, MAP_KEY(m->number)) == m)
        map_remove(mails, MAP_KEY(m->number));
    free(m);
}

/* Who waits counts already, so that the mail stays while another finishes it. */
int relay_mail_open(struct mail *m)
{
    m->users++;
    while (m->writing)
        wait_for(m);
    if (m->arena)
        return 0;
    m->writing = true; /* who comes now waits until it has been read */
    int error = read_envelope(m);
    m->writing = false;
    m->users -= error != 0;
    wake_all(m);
    return error;
}

void relay_mail_close(struct mail *m)
{
    if (--m->users == 0)
        forget_octets(m);
    if (m->users == 0 && m->items == 0 && !m->body)
        forget(m);
}

struct mail *relay_mail_numbered(uint32_t number)
{
    return mails ? map_get(mails, MAP_KEY(number)) : NULL;
}

/* ---- what has come */

static int expunge(uint32_t mailbox, uint32_t uid, uint64_t *lsn_r)
{
    const struct store_expunge q = { relay_handle, mailbox, span_at(&uid, sizeof uid) };
    struct store_expunge_answer answer;
    int error = ask_store_expunge(&q, &answer, NULL);
    if (!error)
        *lsn_r = answer.lsn;
    return error;
}

static struct body *body_of(uint64_t email)
{
    return map_get(bodies, MAP_KEY(email));
}

static int add_body(const struct snapshot_row *row)
{
    struct body *b = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    *b = (struct body){ row->email, row->uid, 0, row->received, relay_place(row) };
    int error = map_put(bodies, MAP_KEY(b->email), b);
    if (error)
        free(b);
    return error == -EEXIST ? 0 : error;
}

/* It stays in the queue, for a person to look at. */
static void complain(const struct mail *m, const char *what)
{
    log_event(LOG_ERROR, m->envelope.session,
              "envelope %" PRIu32
              " of the queue %s; it waits until somebody has looked",
              m->uid, what);
}

/* Whoever comes after the start and is not the first was written here.  At the start the
 * youngest comes first, and counts: a crash has kept the one before it. */
static bool is_known(const struct mail *m)
{
    return (has_begun && m->envelope.first) || map_get(mails, MAP_KEY(m->number));
}

static int drop_older(struct mail *m)
{
    uint64_t lsn;
    return has_begun ? 0 : expunge(relay_envelopes, m->uid, &lsn);
}

static int take_up(struct mail *m)
{
    m->number = m->envelope.first ? m->envelope.first : m->uid;
    if (is_known(m))
        return drop_older(m);
    int error = map_put(mails, MAP_KEY(m->number), m);
    if (error)
        return error;
    m->body = body_of(m->envelope.email);
    if (!m->body) {
        complain(m, "belongs to no message");
        return 0;
    }
    m->arrived = m->envelope.arrived;
    m->held = m->envelope.held;
    m->body->mails++;
    return m->held ? 0 : relay_schedule(m);
}

static int add_mail(const struct snapshot_row *row)
{
    struct mail *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    list_init(&m->waiting);
    m->uid = row->uid;
    m->place = relay_place(row);
    int error = relay_mail_open(m);
    if (error == -EBADMSG)
        complain(m, "cannot be read");
    if (error) {
        free(m);
        return error == -EBADMSG || error == -ENOENT ? 0 : error; /* gone: replaced */
    }
    error = take_up(m);
    relay_mail_close(m);
    return error;
}

static int take_rows(const struct store_queue_rows_answer *answer, uint32_t *next,
                     int (*add)(const struct snapshot_row *))
{
    size_t octets = answer->count * sizeof(struct snapshot_row);
    const char *at = answer->rows.at;
    void *mapped = NULL;
    int error = 0;
    if (answer->sealed >= 0) {
        mapped = (void *)(uintptr_t)sealed_map(answer->sealed, octets);
        at = mapped;
    }
    if (!at || (!mapped && answer->rows.len != octets))
        return -EBADMSG;
    for (uint32_t i = 0; i < answer->count && !error; i++) {
        struct snapshot_row row;
        memcpy(&row, at + i * sizeof row, sizeof row);
        error = add(&row);
        if (!error)
            *next = row.uid + 1;
    }
    if (mapped)
        munmap(mapped, octets);
    return error;
}

/* All that has come to that mailbox, `upto` at a time. */
static int look_at(uint32_t mailbox, uint32_t *next, uint32_t upto,
                   int (*add)(const struct snapshot_row *))
{
    struct store_queue_rows_answer answer;
    int error = 0;
    do {
        const struct store_queue_rows q = { relay_handle, mailbox, *next, upto };
        OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
        answer = (struct store_queue_rows_answer){ .sealed = -1 };
        error = arena ? ask_store_queue_rows(&q, &answer, arena) : -ENOMEM;
        if (!error)
            error = take_rows(&answer, next, add);
        fd_close(&answer.sealed);
    } while (!error && answer.count == upto);
    return error;
}

/* Rows of envelopes are kept until the messages that came before them are known. */
static struct {
    struct snapshot_row *rows;
    size_t count, room;
} fresh;

static int keep_row(const struct snapshot_row *row)
{
    if (fresh.count == fresh.room) {
        size_t room = fresh.room ? 2 * fresh.room : 64;
        struct snapshot_row *more = realloc(fresh.rows, room * sizeof *more);
        if (!more)
            return -ENOMEM;
        fresh.rows = more;
        fresh.room = room;
    }
    fresh.rows[fresh.count++] = *row;
    return 0;
}

int relay_look(void)
{
    if (!bodies && (!(bodies = map_open()) || !(mails = map_open())))
        return -ENOMEM;
    int error = look_at(relay_envelopes, &next_envelope, QUEUE_ROWS_MAX, keep_row);
    if (!error)
        error = look_at(INBOX, &next_body, QUEUE_ROWS_MAX, add_body);
    while (fresh.count > 0 && !error) {
        error = add_mail(&fresh.rows[fresh.count - 1]);
        fresh.count -= !error;
    }
    has_begun |= !error;
    return error;
}

/* ---- what is done */

static int drop_body(struct body *b, uint64_t *lsn_r)
{
    int error = expunge(INBOX, b->uid, lsn_r);
    if (!error) {
        map_remove(bodies, MAP_KEY(b->email));
        free(b);
    }
    return error;
}

void relay_sweep(void)
{
    int64_t before = (int64_t)clock_wall() - QUEUE_ORPHAN_SECONDS;
    size_t cursor = 0;
    uint64_t lsn;
    struct body *orphan;
    do {
        orphan = NULL;
        cursor = 0;
        for (struct body *b; !orphan && (b = map_next(bodies, &cursor)) != NULL;)
            if (b->mails == 0 && b->received < before)
                orphan = b;
    } while (orphan && drop_body(orphan, &lsn) == 0);
}

static bool is_done(const struct queued *e)
{
    for (uint32_t i = 0; i < e->count; i++)
        if (e->recipients[i].fate == QUEUED_WAITING)
            return false;
    return true;
}

/* The envelope first: a message that has none is nobody's (relay_sweep). */
static int finish(struct mail *m, uint64_t *lsn_r)
{
    int error = expunge(relay_envelopes, m->uid, lsn_r);
    if (error || !m->body)
        return error;
    if (m->body->mails > 1)
        m->body->mails--;
    else
        error = drop_body(m->body, lsn_r);
    m->body = error ? m->body : NULL;
    return error;
}

static int replace(struct mail *m, uint64_t *lsn_r)
{
    OWN(buf_free) struct buf octets = { .max = ENVELOPE_OCTETS_MAX };
    struct store_append_answer answer;
    m->envelope.first = m->number;
    int error = queued_put(&octets, &m->envelope);
    const struct store_append q = { .handle = relay_handle,
                                    .mailbox = relay_envelopes,
                                    .received = (uint64_t)m->arrived,
                                    .size = octets.len,
                                    .body = buf_span(&octets),
                                    .sealed = -1 };
    if (!error)
        error = ask_store_append(&q, &answer, NULL);
    uint32_t old = m->uid;
    if (error)
        return error;
    m->uid = answer.uid;
    m->place = (struct place){ .pack = UINT32_MAX }; /* to be asked for */
    return expunge(relay_envelopes, old, lsn_r);
}

int relay_mail_write(struct mail *m)
{
    uint64_t lsn = 0;
    while (m->writing)
        wait_for(m);
    m->writing = true;
    int error = is_done(&m->envelope) ? finish(m, &lsn) : replace(m, &lsn);
    if (!error)
        error = relay_await_durable(lsn);
    m->writing = false;
    wake_all(m);
    return error;
}
