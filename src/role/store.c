/*
 * role store - a KEEPER: all mail.
 *
 * Holds    DIR/store (store/engine.h), and with auth the key of tickets.
 * Does     files what mx hands in for recipients that auth has accepted; shows and
 *          expunges mail for sessions to which auth has granted a handle; tells fronts
 *          what has become durable.
 * May      read and write below DIR/store; start threads.  No network.
 * Trusts   no front: a ticket is checked, a handle counts on the channel that it was
 *          granted for, one function (handles_may) decides what it allows; lengths, seals and
 *          counts are checked before anything is ordered.
 */
#include "role/store.h"
#include "role/role.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/own.h"
#include "os/files.h"
#include "os/spawn.h"
#include "store/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void deliver(struct call *call, const void *question);
static void forget(struct call *call, const void *question);
static void quotas_changed(struct call *call, const void *question);
static void used(struct call *call, const void *question);

/* clang-format off */
const struct service store_services[] = {
    { MESSAGE_store_deliver,  deliver },  /* mx: a message for these tickets */
    { MESSAGE_store_grant,    store_on_grant },    /* auth: this handle is that account */
    { MESSAGE_store_release,  store_on_release },  /* pop3, imap: the session is over */
    { MESSAGE_store_forget,   forget },   /* auth: the account is gone */
    { MESSAGE_auth_quotas_changed, quotas_changed },
    { MESSAGE_store_used,     used },
    { MESSAGE_store_snapshot, store_on_snapshot }, /* pop3, imap: RIGHT_READ */
    { MESSAGE_store_pack,     store_on_pack },     /* pop3, imap, relay: RIGHT_READ */
    { MESSAGE_store_large,    store_on_large },    /* pop3, imap, relay: RIGHT_READ */
    { MESSAGE_store_expunge,  store_on_expunge },  /* pop3, imap, relay: RIGHT_EXPUNGE */
    { MESSAGE_store_append,   store_on_append },   /* imap, relay: RIGHT_EXPUNGE */
    { MESSAGE_store_room,     store_on_room },     /* imap: RIGHT_EXPUNGE */
    { MESSAGE_store_flags,    store_on_flags },    /* imap: RIGHT_EXPUNGE */
    { MESSAGE_store_status,   store_on_status },   /* imap: RIGHT_READ */
    { MESSAGE_store_names,    store_on_names },    /* imap: RIGHT_READ */
    { MESSAGE_store_mailbox,  store_on_mailbox },  /* imap: RIGHT_READ */
    { MESSAGE_store_keywords, store_on_keywords }, /* imap: RIGHT_READ */
    { MESSAGE_store_keyword,  store_on_keyword },  /* imap: RIGHT_EXPUNGE */
    { MESSAGE_store_name,     store_on_name },     /* imap: RIGHT_EXPUNGE */
    { MESSAGE_store_copy,     store_on_copy },     /* imap: RIGHT_EXPUNGE */
    { MESSAGE_store_records,  store_on_records },  /* imap: RIGHT_READ */
    { MESSAGE_store_scan,     store_on_scan },     /* imap: RIGHT_READ */
    { MESSAGE_store_find,     store_on_find },     /* imap: RIGHT_READ */
    { MESSAGE_store_modseqs,  store_on_modseqs },  /* imap: RIGHT_READ */
    { MESSAGE_store_vanished, store_on_vanished }, /* imap: RIGHT_READ */
    { MESSAGE_store_quota,    store_on_quota },    /* imap: RIGHT_READ */
    { MESSAGE_store_deleted,  store_on_deleted },  /* imap: RIGHT_READ */
    { MESSAGE_store_enqueue,  store_on_enqueue },  /* submission: a ticket for the queue */
    { MESSAGE_store_queue_open, store_on_queue_open }, /* relay */
    { MESSAGE_store_queue_rows, store_on_queue_rows }, /* relay: RIGHT_READ */
    { 0, NULL },
};
/* clang-format on */

enum { RETRY_MS = 5 };

struct engine *store_engine;
static uint8_t ticket_key[TICKET_KEY_OCTETS];
static const uint64_t *message_size; /* as mx takes them, before its trace fields */

/* ---- handles: what auth has granted, and to whom */

void store_on_grant(struct call *call, const void *question)
{
    const struct store_grant *q = question;
    int error = handles_grant(q->handle, q->account, q->rights, q->front, q->instance);
    if (error)
        answer_error(call, error);
    else
        answer_store_grant(call, &(struct store_grant_answer){ 0 });
}

/* The session is over, whoever said so: packs that it named may go. */
static void on_drop(const struct handle *h)
{
    if (store_engine)
        engine_release(store_engine, h->account, h->lease);
}

void store_on_release(struct call *call, const void *question)
{
    const struct store_release *q = question;
    handles_release(call, q->handle);
}

static void forget(struct call *call, const void *question)
{
    const struct store_forget *q = question;
    handles_drop_account(q->account);
    int error = engine_forget(store_engine, q->account);
    if (error)
        answer_error(call, error);
    else
        answer_store_forget(call, &(struct store_forget_answer){ 0 });
}

/* ---- what fronts have been promised */

/* A front that heard an lsn is told once it is durable. */
struct promise {
    uint64_t heard, told;
};

static struct promise promises[ROLES][COPIES_MAX];
static uint64_t durable;
static struct timer retry; /* a front's queue was full */

void store_promised(const struct call *call, uint64_t lsn)
{
    if (!call->channel || call->instance >= COPIES_MAX)
        return; /* nobody hears it */
    struct promise *p = &promises[call->from][call->instance];
    if (lsn > p->heard)
        p->heard = lsn;
}

static int tell_one(struct channel *channel)
{
    if (channel_instance(channel) >= COPIES_MAX)
        return 0;
    struct promise *p = &promises[channel_role(channel)][channel_instance(channel)];
    if (p->heard <= p->told)
        return 0;
    int error = tell_store_durable(channel, &(struct store_durable){ durable });
    if (!error)
        p->told = durable;
    return error;
}
enum { FRONTS = 5 }; /* whose replies wait for the disk */
static const enum role fronts[FRONTS] = { ROLE_MX, ROLE_SUBMISSION, ROLE_POP3,
                                          ROLE_IMAP, ROLE_RELAY };

static void tell_durable(void *arg)
{
    (void)arg;
    int again = 0;
    for (size_t i = 0; i < FRONTS; i++)
        for (struct channel *c = NULL; (c = ipc_next(fronts[i], c));)
            again |= tell_one(c);
    if (again)
        loop_timer_set(&retry, clock_in(RETRY_MS * CLOCK_MS));
}

static void on_durable(uint64_t lsn, void *arg)
{
    durable = lsn;
    tell_durable(arg);
}

static void on_failed(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < FRONTS; i++)
        for (struct channel *c = NULL; (c = ipc_next(fronts[i], c)) != NULL;)
            tell_store_failed(c, &(struct store_failed){ 0 });
}

/* A front has ended: its handles go, and nothing is owed to it. */
static void on_end(struct channel *channel)
{
    enum role role = channel_role(channel);
    uint32_t instance = channel_instance(channel);
    handles_drop_front(channel);
    if (instance < COPIES_MAX)
        promises[role][instance] = (struct promise){ 0 };
}

/* Sessions that have the mailbox before them hear that it is another, once until they have
 * asked for it; what they get then has all that was ordered before. */
void store_tell_changed(struct handle *h)
{
    if ((h->front != ROLE_IMAP && h->front != ROLE_RELAY) || h->told)
        return;
    struct channel *c = ipc_peer(h->front, h->instance);
    h->told = c && tell_store_changed(c, &(struct store_changed){ h->handle }) == 0;
}

/* ---- mail that comes in */

bool store_is_ticket(const struct ticket *t)
{
    return t->mac == ticket_mac(ticket_key, t->account);
}

/* The accounts that the tickets stand for; 0, -EINVAL, or -EACCES: one is not auth's. */
static int check_tickets(struct span recipients, uint64_t *accounts_r, size_t *count_r)
{
    *count_r = recipients.len / sizeof(struct ticket);
    if (*count_r == 0 || recipients.len % sizeof(struct ticket) != 0 ||
        *count_r > RECIPIENTS_MAX)
        return -EINVAL;
    for (size_t i = 0; i < *count_r; i++) {
        struct ticket t;
        memcpy(&t, recipients.at + i * sizeof t, sizeof t);
        if (!store_is_ticket(&t))
            return -EACCES;
        accounts_r[i] = t.account;
    }
    return 0;
}

int store_check_body(uint64_t size, struct span body, int sealed)
{
    if (size > *message_size + HEADER_SECTION_MAX)
        return -EINVAL;
    if (sealed < 0)
        return body.len == size ? 0 : -EINVAL;
    return body.len == 0 && sealed_is(sealed) ? 0 : -EINVAL;
}

static int take_delivery(const struct store_deliver *q,
                         struct store_deliver_answer *answer_r)
{
    uint64_t accounts[RECIPIENTS_MAX];
    struct delivery d = { .accounts = accounts,
                          .received = (int64_t)q->received,
                          .body = q->body,
                          .sealed = q->sealed,
                          .size = q->size };
    int error = check_tickets(q->recipients, accounts, &d.account_count);
    if (!error)
        error = store_check_body(q->size, q->body, q->sealed);
    if (!error)
        error = engine_deliver(store_engine, &d, &answer_r->lsn, &answer_r->email);
    for (size_t i = 0; i < d.account_count && !error; i++)
        handles_each(accounts[i], INBOX, store_tell_changed);
    return error;
}

static void deliver(struct call *call, const void *question)
{
    const struct store_deliver *q = question;
    struct store_deliver_answer answer;
    int error = take_delivery(q, &answer);
    int sealed = q->sealed;
    fd_close(&sealed);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_store_deliver(call, &answer);
    store_promised(call, answer.lsn);
}

/* ---- how much an account may hold: auth knows */

static int reserve(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg)
{
    (void)arg;
    struct auth_reserve question = { account, used, wanted };
    struct auth_reserve_answer answer;
    if (account == QUEUE_ACCOUNT) {
        *granted_r = UINT64_MAX;
        return 0;
    }
    int error = ask_auth_reserve(&question, &answer, NULL);
    *granted_r = error ? 0 : answer.granted;
    return error;
}

static void on_used(uint64_t account, uint64_t used, void *arg)
{
    (void)arg;
    struct channel *c = ipc_peer(ROLE_AUTH, 0);
    /* Without auth: it asks how much that is with the next message. */
    if (c && account != QUEUE_ACCOUNT)
        tell_store_usage(c, &(struct store_usage){ account, used });
}

static void quotas_changed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    engine_quotas_changed(store_engine);
}

static void used(struct call *call, const void *question)
{
    struct store_used_answer answer;
    const struct store_used *q = question;
    int error = engine_used(store_engine, q->account, &answer.used);
    if (error)
        answer_error(call, error);
    else
        answer_store_used(call, &answer);
}

/* ---- who it is */

int store_begin(struct engine_settings *settings, const uint8_t key[TICKET_KEY_OCTETS],
                const uint64_t *size)
{
    settings->on_durable = on_durable;
    settings->on_failed = on_failed;
    memcpy(ticket_key, key, TICKET_KEY_OCTETS);
    message_size = size;
    retry = (struct timer){ .on_time = tell_durable };
    durable = 0;
    ipc_on_end(on_end);
    int error = handles_open(on_drop);
    return error ? error : engine_open(&store_engine, settings);
}

static int read_ticket_key(uint8_t key_r[TICKET_KEY_OCTETS])
{
    OWN(fd_close) int fd = spawn_inherited("ticket");
    if (fd < 0)
        return -ENOENT;
    ssize_t n = pread(fd, key_r, TICKET_KEY_OCTETS, 0);
    return n == TICKET_KEY_OCTETS ? 0 : -EIO;
}

static int open_store(const struct role_start *start)
{
    struct engine_settings settings = { .directory = start->directory,
                                        .journal_segment =
                                            start->settings->journal_segment,
                                        .reads = true,
                                        .usual_mailboxes = true,
                                        .compact_from = start->settings->compact_from,
                                        .text_index = start->settings->text_index,
                                        .reserve = reserve,
                                        .on_used = on_used };
    uint8_t key[TICKET_KEY_OCTETS];
    int error = read_ticket_key(key);
    return error ? error : store_begin(&settings, key, &start->settings->message_size);
}

static void on_stop(void)
{
    engine_stop(store_engine);
}

int role_store(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_STORE, instance);
    int error = open_store(&start);
    if (error) {
        log_event(LOG_ERROR, 0, "store: %s", strerror(-error));
        return EXIT_FAILURE;
    }
    int code = role_serve(&start, store_services, SANDBOX_KEEPER, on_stop);
    handles_close();
    engine_close(&store_engine);
    return code;
}
