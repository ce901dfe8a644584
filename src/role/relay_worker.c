/* relay_worker - one connection to a destination, and all that waits for it; see relay.h.
 *
 * RFC 5321 §5.1: host after host, address after address, until one takes what there is.  An
 * item whose session broke is tried once more with the next address before it waits. */
#include "role/relay_report.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/own.h"
#include "queue/dsn.h"
#include "queue/mx.h"
#include "store/session.h"
#include "wire/tls_client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { ROOM_LOOK_MS = 50, OPEN_AGAIN_SECONDS = 60 };

struct worker {
    struct destination *to;
    struct arena *arena;
    struct mx_route route;
    struct attempt attempt; /* of an item; .item NULL: there is none */
    struct buf octets;      /* of its message */
    struct smtp_outgoing outgoing;
    struct smtp_fate fate; /* why nobody could be spoken to */
    char remote[DOMAIN_OCTETS_MAX + 1];
    uint64_t held; /* its part of what all workers hold */
    bool reached;
};

/* Octets of all messages under way, which lie in memory; bounded by RELAY_OCTETS_MAX, but
 * for one that is larger alone. */
static uint64_t held;

/* ---- an item */

static void let_go(struct worker *w)
{
    held -= w->held;
    w->held = 0;
    free(w->attempt.recipients);
    free(w->attempt.of);
    buf_free(&w->octets);
    w->attempt = (struct attempt){ 0 };
}

static int take_recipients(struct worker *w, struct item *i)
{
    struct queued *e = &i->mail->envelope;
    struct attempt *a = &w->attempt;
    a->recipients = calloc(e->count, sizeof *a->recipients);
    a->of = calloc(e->count, sizeof(struct queued_recipient *));
    if (!a->recipients || !a->of)
        return -ENOMEM;
    for (uint32_t n = 0; n < e->count; n++) {
        struct queued_recipient *r = &e->recipients[n];
        if (r->fate != QUEUED_WAITING || !relay_is_for(w->to, r->mailbox))
            continue;
        a->recipients[a->count] =
            (struct smtp_recipient){ .mailbox = r->mailbox, .orcpt = r->orcpt };
        a->of[a->count++] = r;
    }
    return 0;
}

/* Ours is for whom it is delivered to at last (§4.4). */
static struct span without_return_path(struct span octets)
{
    size_t line = span_find(octets, '\n');
    if (!span_starts_nocase(octets, SPAN("Return-Path:")) || line == octets.len)
        return octets;
    return span_skip(octets, line + 1);
}

/* Until there is room for it. */
static int await_room(struct worker *w, uint64_t size)
{
    int error = 0;
    while (!error && held > 0 && held + size > RELAY_OCTETS_MAX)
        error = fiber_sleep(ROOM_LOOK_MS * CLOCK_MS);
    if (!error) {
        w->held = size;
        held += size;
    }
    return error;
}

static int read_message(struct worker *w, struct item *i)
{
    struct body *b = i->mail->body;
    w->octets = (struct buf){ .max = b->place.size };
    int error = await_room(w, b->place.size);
    if (!error)
        error = relay_read_message(INBOX, b->uid, &b->place, &w->octets);
    if (error)
        return error;
    struct span octets = without_return_path(buf_span(&w->octets));
    w->outgoing =
        (struct smtp_outgoing){ .reverse_path = i->mail->envelope.reverse_path,
                                .envid = i->mail->envelope.envid,
                                .utf8 = i->mail->envelope.utf8,
                                .octets = octets,
                                .needs = smtp_needs_of(octets),
                                .recipients = w->attempt.recipients,
                                .count = w->attempt.count };
    return 0;
}

/* It cannot be tried now. */
static void put_off(struct worker *w, struct item *i, int error)
{
    struct mail *m = i->mail;
    let_go(w);
    if (error) {
        log_event(LOG_ERROR, m->envelope.session,
                  "a message of the queue cannot be read: %s", strerror(-error));
        relay_give_back(i, (int64_t)clock_wall() + relay_settings->relay.retry_first);
    } else {
        relay_drop(i); /* nobody of that destination waits any more */
    }
    relay_mail_close(m);
}

/* The item is open, or it waits a while. */
static bool begin(struct worker *w, struct item *i)
{
    int error = relay_mail_open(i->mail);
    if (error) {
        relay_give_back(i, (int64_t)clock_wall() + OPEN_AGAIN_SECONDS);
        return false;
    }
    w->attempt.item = i;
    error = take_recipients(w, i);
    bool any = w->attempt.count > 0;
    if (!error && any)
        error = read_message(w, i);
    if (!error && any)
        return true;
    put_off(w, i, error);
    return false;
}

static bool begin_next(struct worker *w)
{
    struct item *i;
    while (!w->attempt.item && (i = relay_next_due(w->to)) != NULL)
        if (begin(w, i))
            return true;
    return w->attempt.item != NULL;
}

static void settle(struct worker *w)
{
    struct mail *m = w->attempt.item->mail;
    memcpy(w->attempt.remote, w->remote, sizeof w->remote);
    w->attempt.message = buf_span(&w->octets);
    relay_settle(&w->attempt);
    let_go(w);
    relay_mail_close(m);
}

/* What nobody could be asked about has this fate. */
static void settle_as(struct worker *w, const struct smtp_fate *fate)
{
    for (size_t i = 0; i < w->attempt.count; i++)
        if (w->attempt.recipients[i].fate.outcome == SMTP_UNTRIED ||
            w->attempt.recipients[i].fate.outcome == SMTP_LATER)
            w->attempt.recipients[i].fate = *fate;
    settle(w);
}

/* ---- a connection */

static bool accept_any(void *arg, const struct tls_peer *peer)
{
    (void)arg;
    (void)peer;
    return true;
}

static struct tls_client *open_tls(const char *host)
{
    const struct tls_client_settings settings = {
        .host = host,
        .no_authorities = true,
        .handshake_time = TLS_HANDSHAKE_SECONDS * CLOCK_SECOND,
        .accept = accept_any,
    };
    const char *why;
    return tls_client_open(&settings, &why);
}

static void fail_to_connect(struct worker *w, int error)
{
    w->fate = (struct smtp_fate){ .outcome = SMTP_LATER,
                                  .step = SMTP_STEP_CONNECTION,
                                  .status = { 4, 4, 1 } };
    snprintf(w->fate.words, sizeof w->fate.words, "no connection to %s: %s", w->remote,
             strerror(-error));
}

static struct wire *connect_to(struct worker *w, const struct ip *ip,
                               struct tls_client *tls)
{
    const struct wire_settings settings = { .line_max = SMTP_REPLY_LINE_MAX,
                                            .read_time =
                                                SMTP_GREETING_SECONDS * CLOCK_SECOND,
                                            .write_time =
                                                SMTP_BLOCK_SECONDS * CLOCK_SECOND,
                                            .protocol = "smtp",
                                            .tls_client = tls,
                                            .is_client = true };
    struct dialer_connect_answer answer = { .connected = -1 };
    const struct dialer_connect q = { span_at(ip->at, sizeof ip->at),
                                      relay_settings->relay.port };
    char peer[NETWORK_TEXT_SIZE];
    const struct network one = network_of(ip, NETWORK_BITS);
    int error = ask_dialer_connect(&q, &answer, NULL);
    network_print(&one, peer);
    struct wire *wire = error ? NULL : wire_open(answer.connected, peer, &settings);
    if (!wire)
        fail_to_connect(w, error ? error : -ENOMEM);
    return wire;
}

/* ---- what is said there */

static bool may_help(const struct worker *w, const struct smtp_client *c)
{
    if (!c->over)
        return false;
    for (size_t i = 0; i < w->attempt.count; i++)
        if (w->attempt.recipients[i].fate.outcome == SMTP_LATER)
            return true;
    return false;
}

static void ask_for_reports(struct worker *w, const struct smtp_client *c)
{
    static const char *const rets[RETS] = { "", "FULL", "HDRS" };
    w->attempt.by_dsn = c->extensions.has & SMTP_HAS_DSN;
    w->outgoing.ret = span_of(rets[w->attempt.item->mail->envelope.ret]);
    for (size_t i = 0; i < w->attempt.count; i++)
        w->attempt.recipients[i].notify = dsn_notify_words(w->attempt.of[i]->notify);
}

/* Item after item; the last one stays when another address may do better. */
static void send_all(struct worker *w, struct smtp_client *c, bool is_last)
{
    bool more = true;
    while (more && begin_next(w)) {
        for (size_t i = 0; i < w->attempt.count; i++)
            if (w->attempt.recipients[i].fate.outcome == SMTP_LATER)
                w->attempt.recipients[i].fate = (struct smtp_fate){ 0 };
        ask_for_reports(w, c);
        smtp_client_send(c, &w->outgoing);
        more = smtp_client_may_go_on(c);
        if (!is_last && may_help(w, c))
            return;
        settle(w);
        if (more)
            relay_goes_well(w->to);
    }
}

/* A session with that address, if one comes about. */
static bool converse(struct worker *w, unsigned n, enum smtp_security security)
{
    const struct mx_address *a = &w->route.address[n];
    const char *host = w->route.host[a->host].name;
    const struct smtp_client_settings settings = { .name = relay_settings->hostname,
                                                   .security = security };
    struct smtp_client client = { 0 };
    snprintf(w->remote, sizeof w->remote, "%s", host);
    struct tls_client *tls = security == SMTP_TLS_NEVER ? NULL : open_tls(host);
    struct wire *wire = connect_to(w, &a->ip, tls);
    bool opened = wire && smtp_client_open(&client, wire, &settings);
    if (opened)
        send_all(w, &client, n + 1 == w->route.addresses);
    else if (wire)
        w->fate = client.fate;
    if (wire)
        smtp_client_close(&client);
    wire_close(&wire);
    tls_client_close(&tls);
    return opened;
}

/* Whether all is said that was to be said there.  Where TLS is offered and fails, the mail
 * goes without it (RFC 7435 §3): nobody has promised it. */
static bool try_address(struct worker *w, unsigned n)
{
    bool opened = converse(w, n, SMTP_TLS_TRY);
    if (!opened && w->fate.step == SMTP_STEP_STARTTLS && !relay_stops)
        opened = converse(w, n, SMTP_TLS_NEVER);
    w->reached |= opened;
    return opened && !w->attempt.item;
}

/* ---- the whole */

/* Where strangers' mail is taken here. */
static size_t own_addresses(struct ip own_r[LISTENERS_MAX])
{
    size_t count = 0;
    for (uint32_t i = 0; i < relay_settings->listeners; i++) {
        const struct listen_setting *l = &relay_settings->listen[i];
        bool counts =
            l->service == SERVICE_SMTP && l->port == relay_settings->relay.port;
        count += counts && ip_parse(span_of(l->address), &own_r[count]);
    }
    return count;
}

static bool find_route(struct worker *w)
{
    const struct relay_setting *s = &relay_settings->relay;
    struct ip own[LISTENERS_MAX];
    const struct mx_site site = { .name = span_of(relay_settings->hostname),
                                  .own = own,
                                  .own_count = own_addresses(own),
                                  .allowed = s->allow,
                                  .allowed_count = s->allows };
    const struct mx_dns dns = { mx_ask_role, NULL };
    mx_find(relay_domain(w->to), &site, &dns, w->arena, relay_random(), &w->route);
    if (w->route.verdict == MX_HOSTS)
        return true;
    const struct mx_meaning *m = mx_meaning(w->route.verdict);
    w->fate = (struct smtp_fate){ .outcome = m->class == 5 ? SMTP_NEVER : SMTP_LATER,
                                  .step = SMTP_STEP_CONNECTION,
                                  .status = { m->class, m->subject, m->detail } };
    snprintf(w->fate.words, sizeof w->fate.words, "%s", m->words);
    return false;
}

/* The item has had its attempt; those that wait too long are told of it. */
static void give_up(struct worker *w)
{
    struct item *i;
    settle_as(w, &w->fate);
    if (relay_stops)
        return;
    while (w->fate.outcome == SMTP_NEVER && begin_next(w))
        settle_as(w, &w->fate);
    while ((i = relay_next_overdue(w->to, (int64_t)clock_wall())) != NULL &&
           begin(w, i))
        settle_as(w, &w->fate);
}

/* Nobody is called for nothing: the first item is there before the connection is. */
static enum worker_end work(struct worker *w)
{
    bool done = false;
    if (!begin_next(w))
        return WORKER_IDLE;
    if (find_route(w))
        for (unsigned n = 0; n < w->route.addresses && !done; n++)
            done = try_address(w, n);
    if (w->attempt.item && w->reached)
        settle(w);
    else if (w->attempt.item)
        give_up(w);
    return w->reached || w->fate.outcome == SMTP_NEVER ? WORKER_REACHED : WORKER_FAILED;
}

void relay_work(void *destination)
{
    struct destination *d = destination;
    struct worker *w = calloc(1, sizeof *w);
    enum worker_end end = WORKER_FAILED;
    if (w && (w->arena = arena_open(RELAY_ARENA_MAX)) != NULL) {
        w->to = d;
        end = work(w);
    }
    if (w)
        arena_close(&w->arena);
    free(w);
    relay_worker_ends(d, end);
}
