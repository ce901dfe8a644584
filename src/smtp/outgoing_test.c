/* The recipients of a transaction that are elsewhere: which ones stay, and their envelopes. */
#include "smtp/session.h"

#include "auth/auth.h"
#include "auth/recipients.h"
#include "base/fiber.h"
#include "base/own.h"
#include "ipc/ends_test.h"
#include "store/session.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct smtp_host host = { .name = "hamburger.edu",
                                       .service = SMTP_SUBMISSION,
                                       .queue = true };

/* A session that has got as far as its recipients; nobody reads what it says. */
struct heard {
    struct smtp s;
    const char *rcpt; /* or NULL: all of it is to be sent on */
    int peer, error;
    bool done;
};

static void begin(struct heard *h)
{
    static const struct wire_settings settings = { .line_max = SMTP_LINE_MAX,
                                                   .protocol = "smtp" };
    int ends[2];
    *h = (struct heard){
        .s = { .host = &host,
               .extended = true,
               .state = SENDER_GIVEN,
               .recipients = { .max = RECIPIENTS_MAX * sizeof(struct ticket) } },
    };
    outgoing_open(&h->s.outgoing);
    CHECK_EQ_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                            ends),
                 0);
    h->peer = ends[0];
    h->s.wire = wire_open(ends[1], "127.0.0.1", &settings);
    CHECK(h->s.wire != NULL);
}

static void end(struct heard *h)
{
    wire_drop(&h->s.wire);
    outgoing_forget(&h->s.outgoing);
    buf_free(&h->s.recipients);
    close(h->peer);
    ends_close();
}

static void run(void *arg)
{
    struct heard *h = arg;
    const struct arg args[2] = { { .given = true,
                                   .text = span_of(h->rcpt ? h->rcpt : "") } };
    if (h->rcpt)
        smtp_rcpt(&h->s, args);
    else
        h->error = outgoing_enqueue(&h->s, 7);
    h->done = true;
}

static void hear(struct heard *h, const char *rcpt)
{
    h->rcpt = rcpt;
    h->done = false;
    CHECK_EQ_INT(fiber_go(run, h), 0);
    CHECK(ends_turn(&h->done));
}

/* ---- which ones stay */

static void recipient(struct call *call, const void *question)
{
    static struct ticket tickets[RECIPIENTS_MAX];
    const struct auth_recipient *q = question;
    bool ours = span_starts_nocase(q->address, SPAN("everybody@"));
    size_t count = ours ? RECIPIENTS_MAX : 1;
    for (size_t i = 0; i < count; i++)
        tickets[i] = (struct ticket){ ours ? i + 1 : QUEUE_ACCOUNT, 0 };
    answer_auth_recipient(call,
                          &(struct auth_recipient_answer){
                              .verdict = ours ? AUTH_OK : AUTH_ELSEWHERE,
                              .room = UINT64_MAX,
                              .limit = UINT64_MAX,
                              .tickets = span_at(tickets, count * sizeof *tickets),
                          });
}

static const struct service auth[] = { { MESSAGE_auth_recipient, recipient }, { 0 } };

/* Else the envelopes would come without the queue's ticket, and mail that is delivered
 * would be refused. */
TEST(outgoing_forgets_who_was_refused)
{
    static struct heard h;
    ends_open(ROLE_SUBMISSION, ROLE_AUTH, auth);
    ipc_on_end(recipients_on_end);
    begin(&h);
    hear(&h, "everybody@hamburger.edu");
    CHECK_EQ_UINT(h.s.recipients.len, RECIPIENTS_MAX * sizeof(struct ticket));
    CHECK_EQ_UINT(h.s.recipient_count, 1);
    hear(&h, "alice@crepes.fr");
    CHECK_EQ_UINT(h.s.recipient_count, 1);
    CHECK_EQ_UINT(h.s.outgoing.count, 0);
    CHECK_EQ_UINT(h.s.outgoing.recipients.len, 0);
    end(&h);
}

TEST(outgoing_has_the_queue_once)
{
    static struct heard h;
    ends_open(ROLE_SUBMISSION, ROLE_AUTH, auth);
    ipc_on_end(recipients_on_end);
    begin(&h);
    hear(&h, "alice@crepes.fr");
    hear(&h, "dana@ivory.edu");
    hear(&h, "alice@crepes.fr");
    CHECK_EQ_UINT(h.s.recipient_count, 3);
    CHECK_EQ_UINT(h.s.outgoing.count, 2);
    CHECK_EQ_UINT(h.s.recipients.len, sizeof(struct ticket));
    end(&h);
}

/* ---- their envelopes */

static struct {
    unsigned envelopes, recipients, fails_at;
    size_t longest;
    bool sound;
} store;

static void enqueue(struct call *call, const void *question)
{
    OWN(arena_close) struct arena *arena = arena_open(ENVELOPE_MEMORY_MAX);
    const struct store_enqueue *q = question;
    struct queued e = { .count = 0 };
    struct ticket ticket;
    memcpy(&ticket, q->ticket.at, sizeof ticket);
    store.sound &= queued_take(q->envelope, arena, &e) == 0 && e.email == 7 &&
                   e.first == 0 && e.session == q->session && e.count > 0 &&
                   e.count <= ENVELOPE_RECIPIENTS && ticket.account == QUEUE_ACCOUNT;
    for (uint32_t i = 0; i < e.count; i++)
        store.sound &=
            e.recipients[i].next == e.arrived && e.recipients[i].fate == QUEUED_WAITING;
    store.envelopes++;
    store.recipients += e.count;
    if (q->envelope.len > store.longest)
        store.longest = q->envelope.len;
    if (store.envelopes == store.fails_at)
        answer_error(call, -ENOSPC);
    else
        answer_store_enqueue(call,
                             &(struct store_enqueue_answer){ .lsn = store.envelopes });
}

static const struct service keeper[] = { { MESSAGE_store_enqueue, enqueue }, { 0 } };

static void send_on(struct heard *h, unsigned count, size_t orcpt, unsigned fails_at)
{
    const struct ticket queue = { QUEUE_ACCOUNT, 0 };
    char mailbox[32];
    memset(&store, 0, sizeof store);
    store.sound = true;
    store.fails_at = fails_at;
    ends_open(ROLE_SUBMISSION, ROLE_STORE, keeper);
    begin(h);
    CHECK_EQ_INT(buf_put(&h->s.recipients, span_at(&queue, sizeof queue)), 0);
    memset(h->s.outgoing.orcpt, 'a', orcpt);
    for (unsigned i = 0; i < count; i++) {
        snprintf(mailbox, sizeof mailbox, "u%u@crepes.fr", i);
        CHECK_EQ_INT(outgoing_add(&h->s, span_of(mailbox)), 0);
    }
    hear(h, NULL);
    CHECK(store.sound);
    end(h);
}

TEST(outgoing_fills_envelopes)
{
    static const struct {
        unsigned recipients, envelopes;
        size_t orcpt;
    } rows[] = {
        { 1, 1, 0 },
        { ENVELOPE_RECIPIENTS, 1, 0 },
        { ENVELOPE_RECIPIENTS + 1, 2, 0 },
        { ENVELOPE_RECIPIENTS * 2, 2, DSN_XTEXT_MAX },
        { RECIPIENTS_MAX,
          (RECIPIENTS_MAX + ENVELOPE_RECIPIENTS - 1) / ENVELOPE_RECIPIENTS,
          DSN_XTEXT_MAX },
    };
    static struct heard h;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        send_on(&h, rows[i].recipients, rows[i].orcpt, 0);
        CHECK_EQ_INT(h.error, 0);
        CHECK_EQ_UINT(store.recipients, rows[i].recipients);
        CHECK_EQ_UINT(store.envelopes, rows[i].envelopes);
        CHECK(store.longest <= ENVELOPE_OCTETS_MAX);
    }
}

TEST(outgoing_stops_where_store_refuses)
{
    static struct heard h;
    send_on(&h, 3 * ENVELOPE_RECIPIENTS, 0, 2);
    CHECK_EQ_INT(h.error, -ENOSPC);
    CHECK_EQ_UINT(store.envelopes, 2);
}
