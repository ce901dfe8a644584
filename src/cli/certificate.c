/*
 * certificate - packetboat certificate add | list | show | remove: what the server shows
 * to those who ask for TLS.
 *
 * Asks the running server, or without one its keeper.  A key is handed over, and can
 * never be had back.
 */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/own.h"
#include "cli/pem.h"
#include "ipc/message.h"
#include "keys/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

struct request {
    const char *site;
    struct span key, chain;
    const char *host;           /* or NULL */
    enum certificate_kind kind; /* CERTIFICATE_KINDS: any */
    FILE *to;
    int (*ask)(struct request *); /* on a fiber, connected: 0 or -errno */
    int error;
    bool said; /* what is wrong */
    enum certificate_fault fault;
};

static void print_date(uint64_t wall)
{
    time_t seconds = (time_t)wall;
    struct tm tm;
    char date[32] = "?";
    if (gmtime_r(&seconds, &tm))
        strftime(date, sizeof date, "%Y-%m-%d", &tm);
    fputs(date, stdout);
}

/* ---- asking; on a fiber */

static int ask_add(struct request *r)
{
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_certificate_add q = { .key = r->key, .chain = r->chain };
    struct admin_certificate_add_answer answer;
    int error = arena ? ask_admin_certificate_add(&q, &answer, arena) : -ENOMEM;
    if (error)
        return error;
    if (answer.fault) {
        r->fault = answer.fault < CERTIFICATE_FAULTS ? answer.fault : 0;
        return -EINVAL;
    }
    printf("The certificate for %.*s is added; it ends on ", SPAN_ARG(answer.names));
    print_date(answer.not_after);
    puts(".");
    return 0;
}

static int ask_remove(struct request *r)
{
    struct admin_certificate_remove q = { .host = span_of(r->host),
                                          .kind = (uint8_t)r->kind };
    struct admin_certificate_remove_answer answer;
    int error = ask_admin_certificate_remove(&q, &answer, NULL);
    if (!error)
        printf("The certificate for %s is removed, and its key.\n", r->host);
    return error;
}

/* Each there is, until `each` says false; -ENOENT: it never did. */
static int walk(struct request *r,
                bool (*each)(const struct request *,
                             const struct admin_certificate_next_answer *))
{
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_certificate_next q = { 0 };
    struct admin_certificate_next_answer answer;
    int error = arena ? 0 : -ENOMEM;
    while (!error && !(error = ask_admin_certificate_next(&q, &answer, arena))) {
        if (answer.kind >= CERTIFICATE_KINDS)
            return -EPROTO;
        if (!each(r, &answer))
            return 0;
        q.number++;
        arena_reset(arena);
    }
    return error;
}

static bool print_one(const struct request *r,
                      const struct admin_certificate_next_answer *c)
{
    (void)r;
    printf("%.*s  %s, %u bits, until ", SPAN_ARG(c->host),
           certificate_kind_name(c->kind), c->bits);
    print_date(c->not_after);
    printf("  (%.*s)\n", SPAN_ARG(c->names));
    return true;
}

static int ask_list(struct request *r)
{
    int error = walk(r, print_one);
    return error == -ENOENT ? 0 : error;
}

static bool show_one(const struct request *r,
                     const struct admin_certificate_next_answer *c)
{
    if (r->host && !span_is(c->host, span_of(r->host)))
        return true;
    pem_print_chain(c->chain, r->to);
    return false;
}

static int ask_show(struct request *r)
{
    return walk(r, show_one);
}

static int on_fiber(void *arg)
{
    struct request *r = arg;
    r->error = cli_connect(r->site, ROLE_KEYS);
    r->said = r->error != 0;
    if (!r->error) {
        r->error = r->ask(r);
        cli_disconnect();
    }
    return r->error ? EXIT_FAILURE_ : EXIT_SUCCESS;
}

/* ---- what went wrong, and what to do about it */

static int explain(const struct request *r)
{
    switch (r->error) {
    case -EINVAL:
        return cli_fail("the certificate is not taken: %s",
                        certificate_fault_words(r->fault));
    case -ENOENT:
        return cli_fail("there is no certificate for %s; all there are: packetboat "
                        "certificate list",
                        r->host ? r->host : "this site");
    case -E2BIG:
        return cli_fail("there are %d certificates already", TLS_CERTIFICATES_MAX);
    case -EPIPE:
    case -ETIMEDOUT:
        return cli_fail("the server has not answered; what it did, packetboat "
                        "certificate list shows");
    case -ESHUTDOWN:
        return cli_fail("the server is just stopping; try again in a moment");
    case -EAGAIN:
        return cli_fail("the server is too busy; try again in a moment");
    default:
        return cli_fail("%s", strerror(-r->error));
    }
}

static int run(struct request *r, int (*ask)(struct request *))
{
    r->ask = ask;
    int code = cli_on_fiber(on_fiber, r);
    return !r->error || r->said ? code : explain(r);
}

/* ---- the subcommands: argv[2] and argv[3], NULL where nothing is said */

static int add(struct request *r, char **words)
{
    int code = EXIT_FAILURE_;
    if (pem_read_chain(words[0], &r->chain) && pem_read_key(words[1], &r->key))
        code = run(r, ask_add);
    pem_forget(&r->key);
    pem_forget(&r->chain);
    return code;
}

static int list(struct request *r, char **words)
{
    (void)words;
    return run(r, ask_list);
}

static int show(struct request *r, char **words)
{
    r->host = words[0];
    r->to = stdout;
    return run(r, ask_show);
}

int certificate_print(const char *site, const char *host, FILE *to)
{
    struct request r = { .site = site, .host = host, .to = to };
    run(&r, ask_show);
    return r.error;
}

static int remove_certificate(struct request *r, char **words)
{
    r->host = words[0];
    for (int i = 0; words[1] && i < CERTIFICATE_KINDS; i++)
        if (span_is(span_of(words[1]),
                    span_of(certificate_kind_name((enum certificate_kind)i))))
            r->kind = (enum certificate_kind)i;
    if (words[1] && r->kind == CERTIFICATE_KINDS)
        return cli_usage("certificate", "ecdsa, rsa or self-signed; not \"%s\"",
                         words[1]);
    return run(r, ask_remove);
}

/* clang-format off */
static const struct subcommand {
    const char *name, *takes;
    int least, most;
    int (*run)(struct request *, char **words);
} subcommands[] = {
    { "add",    "two files: the chain, and its key",      2, 2, add },
    { "list",   "nothing",                                0, 0, list },
    { "remove", "a host, and perhaps the kind of its key", 1, 2, remove_certificate },
    { "show",   "at most one host",                       0, 1, show },
};
/* clang-format on */

int cli_certificate(int argc, char **argv)
{
    struct request r = { .site = cli_site(&argc, argv), .kind = CERTIFICATE_KINDS };
    if (!cli_words(&argc, argv, 1, 3))
        return EXIT_USAGE;
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        const struct subcommand *s = &subcommands[i];
        if (strcmp(s->name, argv[1]) != 0)
            continue;
        if (argc - 2 < s->least || argc - 2 > s->most)
            return cli_usage("certificate", "%s takes %s", s->name, s->takes);
        char *words[2] = { argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL };
        return s->run(&r, words);
    }
    return cli_usage("certificate", "add, list, show or remove; not \"%s\"", argv[1]);
}
