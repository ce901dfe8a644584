/* resolver - see resolver.h. */
#include "dns/resolver.h"

#include "base/fiber.h"
#include "base/loop.h"
#include "config/dns_setting.h"
#include "config/network.h"
#include "dns/rdata.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <unbound.h>

enum { CLASS_IN = 1 };

/* The root's keys (KSK-2017, KSK-2024), as IANA publishes them. */
static const char *const root_anchors[] = {
    ". IN DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". IN DS 38696 8 2 "
    "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
};

static const struct {
    const char *name, *value;
} options[] = {
    { "outgoing-range:", "256" },        { "num-queries-per-thread:", "512" },
    { "msg-cache-size:", "4m" },         { "rrset-cache-size:", "8m" },
    { "key-cache-size:", "1m" },         { "neg-cache-size:", "1m" },
    { "edns-buffer-size:", "1232" },     { "harden-dnssec-stripped:", "yes" },
    { "harden-below-nxdomain:", "yes" }, { "val-clean-additional:", "yes" },
};

static struct {
    void *library;
    struct ub_ctx *context;
    struct watch watch;
    unsigned under_way;

    struct ub_ctx *(*create)(void);
    void (*destroy)(struct ub_ctx *);
    int (*option)(struct ub_ctx *, const char *, const char *);
    int (*forward)(struct ub_ctx *, const char *);
    int (*anchor)(struct ub_ctx *, const char *);
    int (*debug_to)(struct ub_ctx *, void *);
    int (*async)(struct ub_ctx *, int);
    int (*descriptor)(struct ub_ctx *);
    int (*process)(struct ub_ctx *);
    int (*remove)(struct ub_ctx *, const char *);
    int (*ask)(struct ub_ctx *, const char *, int, int, void *, ub_callback_type,
               int *);
    int (*cancel)(struct ub_ctx *, int);
    void (*drop)(struct ub_result *);
    const char *(*words)(int);
} ub;

/* Only role dns pays for it: see ARCHITECTURE.md. */
static bool load(void)
{
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        { "ub_ctx_create", &ub.create },     { "ub_ctx_delete", &ub.destroy },
        { "ub_ctx_set_option", &ub.option }, { "ub_ctx_set_fwd", &ub.forward },
        { "ub_ctx_add_ta", &ub.anchor },     { "ub_ctx_debugout", &ub.debug_to },
        { "ub_ctx_async", &ub.async },       { "ub_fd", &ub.descriptor },
        { "ub_process", &ub.process },       { "ub_resolve_async", &ub.ask },
        { "ub_cancel", &ub.cancel },         { "ub_resolve_free", &ub.drop },
        { "ub_strerror", &ub.words },        { "ub_ctx_data_remove", &ub.remove },
    };
    if (!ub.library)
        ub.library = dlopen("libunbound.so.8", RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; ub.library && i < sizeof symbols / sizeof *symbols; i++) {
        void *found = dlsym(ub.library, symbols[i].name);
        if (!found)
            return false;
        memcpy(symbols[i].place, &found, sizeof found);
    }
    return ub.library != NULL;
}

/* ---- beginning */

/* libunbound asks no server of this machine unless it is told to. */
static int forward_to(const char *said)
{
    struct span address;
    uint64_t port;
    struct ip ip;
    struct network here;
    network_parse(SPAN("127.0.0.0/8"), &here);
    if (forwarder_parse(span_of(said), &address, &port) && ip_parse(address, &ip) &&
        (network_has(&here, &ip) || span_is(address, SPAN("::1")))) {
        int error = ub.option(ub.context, "do-not-query-localhost:", "no");
        if (error)
            return error;
    }
    return ub.forward(ub.context, said);
}

static int set_up(const struct dns_setting *d)
{
    int error = ub.debug_to(ub.context, NULL);
    if (!error)
        error = ub.async(ub.context, 1);
    for (size_t i = 0; !error && i < sizeof options / sizeof *options; i++)
        error = ub.option(ub.context, options[i].name, options[i].value);
    for (uint32_t i = 0; !error && i < d->forwarders; i++)
        error = forward_to(d->forward[i]);
    for (uint32_t i = 0; !error && i < d->anchors; i++)
        error = ub.anchor(ub.context, d->anchor[i]);
    for (size_t i = 0; !error && d->anchors == 0 && i < 2; i++)
        error = ub.anchor(ub.context, root_anchors[i]);
    /* What was set is read with the first call that needs it, and that takes more stack
     * than a fiber has: this is the one such call that asks nobody. */
    return error ? error : ub.remove(ub.context, "invalid.");
}

static void on_answers(void *unused, unsigned ready)
{
    (void)unused;
    (void)ready;
    ub.process(ub.context);
}

int resolver_open(const struct dns_setting *d, const char **why_r)
{
    *why_r = "libunbound.so.8 cannot be loaded";
    if (!load())
        return -ENOENT;
    *why_r = "out of memory";
    ub.context = ub.create();
    if (!ub.context)
        return -ENOMEM;
    int error = set_up(d);
    if (!error) {
        ub.watch.on_ready = on_answers;
        error = loop_watch(&ub.watch, ub.descriptor(ub.context));
        if (!error)
            return 0;
        *why_r = strerror(-error);
    } else {
        *why_r = ub.words(error);
        error = -EINVAL;
    }
    resolver_close();
    return error;
}

void resolver_close(void)
{
    loop_unwatch(&ub.watch);
    if (ub.context)
        ub.destroy(ub.context);
    ub.context = NULL;
}

/* ---- asking */

struct question {
    enum dns_kind kind;
    struct dns_found *found;
    struct fiber *fiber;
    bool done;
};

static void take_rows(struct question *q, const struct ub_result *r)
{
    char row[DNS_ROW_MAX];
    for (size_t i = 0; r->data[i]; i++) {
        int len = rdata_read(q->kind, span_at(r->data[i], (size_t)r->len[i]), row);
        if (len >= 0 && !dns_found_add(q->found, span_at(row, (size_t)len)))
            return;
    }
    q->found->outcome = q->found->count ? DNS_FOUND : DNS_NO_DATA;
}

/* Only a name that is text may be told. */
static bool take_canonical(struct dns_found *found, const char *said)
{
    struct span name = span_of(said);
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    return dns_name_is_good(name) &&
           span_to_string(name, found->canonical, sizeof found->canonical);
}

static void take(struct question *q, const struct ub_result *r)
{
    enum { NO_ERROR = 0, NXDOMAIN = 3 };
    struct dns_found *found = q->found;
    found->validated = found->validated && r->secure;
    if (r->bogus) {
        found->outcome = DNS_BOGUS;
        span_to_string(span_of(r->why_bogus ? r->why_bogus : ""), found->why,
                       sizeof found->why);
    } else if (r->canonname && !take_canonical(found, r->canonname)) {
        snprintf(found->why, sizeof found->why, "its CNAME is no text");
    } else if (r->havedata) {
        take_rows(q, r);
    } else if (r->nxdomain || r->rcode == NXDOMAIN) {
        found->outcome = DNS_NO_NAME;
    } else if (r->rcode == NO_ERROR) {
        found->outcome = DNS_NO_DATA;
    }
    if (found->outcome == DNS_FAILED && !found->why[0])
        snprintf(found->why, sizeof found->why, "response code %d", r->rcode);
    if (found->outcome != DNS_FOUND && found->outcome != DNS_NO_DATA &&
        found->outcome != DNS_NO_NAME)
        found->validated = false;
}

static void on_answer(void *arg, int error, struct ub_result *r)
{
    struct question *q = arg;
    if (error) {
        q->found->validated = false;
        span_to_string(span_of(ub.words(error)), q->found->why, sizeof q->found->why);
    } else {
        take(q, r);
        ub.drop(r);
    }
    q->done = true;
    fiber_wake(q->fiber);
}

static int await(struct question *q, int id, uint64_t deadline)
{
    int error = 0;
    while (!q->done && !error)
        error = fiber_park(deadline);
    if (q->done)
        return 0;
    ub.cancel(ub.context, id); /* on_answer is not called any more */
    q->found->validated = false;
    q->found->outcome = DNS_LATE;
    return error == -ETIMEDOUT ? 0 : error;
}

int resolver_ask(enum dns_kind kind, struct dns_found *found, uint64_t deadline)
{
    static const int types[DNS_KINDS] = {
        [DNS_A] = 1,     [DNS_AAAA] = 28, [DNS_MX] = 15,   [DNS_TXT] = 16,
        [DNS_TLSA] = 52, [DNS_PTR] = 12,  [DNS_CNAME] = 5,
    };
    struct question q = { .kind = kind, .found = found, .fiber = fiber_self() };
    char name[DNS_NAME_MAX + 2];
    if (ub.under_way >= DNS_QUESTIONS_MAX)
        return -EAGAIN;
    snprintf(name, sizeof name, "%s.", found->canonical);
    ub.under_way++;
    int id = 0;
    int error = ub.ask(ub.context, name, types[kind], CLASS_IN, &q, on_answer, &id);
    if (error)
        on_answer(&q, error, NULL);
    error = await(&q, id, deadline);
    ub.under_way--;
    return error;
}
