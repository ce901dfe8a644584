/*
 * account - packetboat account add | list | passwd | remove: who has mail here.
 *
 * Asks the running server, or without one its keepers.  A password never is an argument:
 * arguments are everybody's to read.
 */
#include "cli/cli.h"

#include "auth/auth.h"
#include "base/own.h"
#include "config/limits.h"
#include "ipc/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct request {
    const char *site;
    struct span address, password;
    int (*ask)(struct request *); /* on a fiber, connected: 0 or -errno */
    int error;
    bool said; /* what is wrong */
};

/* ---- asking; on a fiber */

static int ask_add(struct request *r)
{
    struct admin_account_add q = { .address = r->address, .password = r->password };
    struct admin_account_add_answer answer;
    return ask_admin_account_add(&q, &answer, NULL);
}

static int ask_passwd(struct request *r)
{
    struct admin_account_passwd q = { .address = r->address, .password = r->password };
    struct admin_account_passwd_answer answer;
    return ask_admin_account_passwd(&q, &answer, NULL);
}

static int ask_remove(struct request *r)
{
    struct admin_account_remove q = { .address = r->address };
    struct admin_account_remove_answer answer;
    return ask_admin_account_remove(&q, &answer, NULL);
}

static int ask_list(struct request *r)
{
    (void)r;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_account_next q = { 0 };
    struct admin_account_next_answer answer;
    int error = arena ? 0 : -ENOMEM;
    while (!error && !(error = ask_admin_account_next(&q, &answer, arena))) {
        printf("%.*s\n", SPAN_ARG(answer.address));
        q.after = answer.account;
        arena_reset(arena);
    }
    if (error == -ENOENT && q.after == 0)
        fputs("There is no account yet: packetboat account add NAME@DOMAIN\n", stderr);
    return error == -ENOENT ? 0 : error;
}

static int on_fiber(void *arg)
{
    struct request *r = arg;
    r->error = cli_connect(r->site, ROLE_AUTH);
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
    int len = (int)r->address.len;
    const char *address = r->address.at;
    switch (r->error) {
    case -EEXIST:
        return cli_fail("%.*s is there already; a new password for it: packetboat "
                        "account passwd %.*s",
                        len, address, len, address);
    case -ENOENT:
        return cli_fail("there is no account %.*s; all there are: packetboat account "
                        "list",
                        len, address);
    case -EINVAL:
        return cli_fail("\"%.*s\" cannot be an account: write it NAME@DOMAIN, for "
                        "example bob@hamburger.edu",
                        len, address);
    case -EREMOTEIO:
        return cli_fail("%.*s is removed, but its mail could not be; the reason is in "
                        "the server's log",
                        len, address);
    case -EPIPE:
    case -ETIMEDOUT:
        return cli_fail("the server has not answered; what it did, packetboat account "
                        "list shows");
    case -ESHUTDOWN:
        return cli_fail("the server is just stopping; try again in a moment");
    case -EAGAIN:
        return cli_fail("the server is too busy; try again in a moment");
    default:
        return cli_fail("%s", strerror(-r->error));
    }
}

static int run(struct request *r)
{
    int code = cli_on_fiber(on_fiber, r);
    if (!r->error || r->said)
        return code;
    return explain(r);
}

/* Before somebody types a password for nothing. */
static bool is_address(struct request *r)
{
    struct span canonical;
    OWN(arena_close) struct arena *arena = arena_open(ADDRESS_OCTETS_MAX + 1);
    r->error = -EINVAL;
    return arena && address_canonical(r->address, arena, &canonical) &&
           address_domain(canonical).at[0] != '[';
}

static bool is_password(struct span password)
{
    if (password.len >= PASSWORD_OCTETS_MIN && password.len <= PASSWORD_OCTETS_MAX)
        return true;
    cli_fail("a password has %d to %d octets; nothing was changed", PASSWORD_OCTETS_MIN,
             PASSWORD_OCTETS_MAX);
    return false;
}

bool account_address_is_good(struct span address)
{
    struct request r = { .address = address };
    bool good = is_address(&r);
    if (!good)
        explain(&r);
    return good;
}

int account_add(const char *site, struct span address, struct span password)
{
    struct request r = {
        .site = site, .address = address, .password = password, .ask = ask_add
    };
    if (!account_address_is_good(address) || !is_password(password))
        return -EINVAL;
    run(&r);
    return r.error;
}

/* ---- the subcommands */

static int add(struct request *r)
{
    if (account_add(r->site, r->address, r->password))
        return EXIT_FAILURE_;
    printf("%.*s is added: it can receive mail and log in.\n", SPAN_ARG(r->address));
    return EXIT_SUCCESS;
}

static int passwd(struct request *r)
{
    r->ask = ask_passwd;
    if (!is_password(r->password) || run(r))
        return EXIT_FAILURE_;
    printf("%.*s has its new password.\n", SPAN_ARG(r->address));
    return EXIT_SUCCESS;
}

static int remove_account(struct request *r)
{
    r->ask = ask_remove;
    if (run(r))
        return EXIT_FAILURE_;
    printf("%.*s is removed, and all mail of it.\n", SPAN_ARG(r->address));
    return EXIT_SUCCESS;
}

static int list(struct request *r)
{
    r->ask = ask_list;
    return run(r);
}

/* clang-format off */
static const struct subcommand {
    const char *name;
    bool takes_address, takes_password;
    int (*run)(struct request *);
} subcommands[] = {
    { "add",    true,  true,  add },
    { "list",   false, false, list },
    { "passwd", true,  true,  passwd },
    { "remove", true,  false, remove_account },
};
/* clang-format on */

static const struct subcommand *subcommand_of(const char *name)
{
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

static int with_password(const struct subcommand *s, struct request *r)
{
    char password[PASSWORD_OCTETS_MAX + 1];
    if (!account_address_is_good(r->address))
        return EXIT_USAGE;
    if (!cli_new_password(r->address.at, password, sizeof password))
        return EXIT_FAILURE_;
    r->password = span_of(password);
    int code = s->run(r);
    explicit_bzero(password, sizeof password);
    return code;
}

int cli_account(int argc, char **argv)
{
    struct request r = { .site = cli_site(&argc, argv) };
    if (!cli_words(&argc, argv, 1, 3))
        return EXIT_USAGE;
    const struct subcommand *s = subcommand_of(argv[1]);
    if (!s)
        return cli_usage("account", "add, list, passwd or remove; not \"%s\"", argv[1]);
    if (s->takes_password && argc > 3)
        return cli_usage("account", "a password is no argument: it is asked for, or "
                                    "read from standard input");
    if (argc != (s->takes_address ? 3 : 2))
        return cli_usage("account", "%s takes %s", s->name,
                         s->takes_address ? "one address" : "no address");
    if (s->takes_address)
        r.address = span_of(argv[2]);
    return s->takes_password ? with_password(s, &r) : s->run(&r);
}
