/*
 * account - packetboat account: who has mail here.
 *
 * A password never is an argument: arguments are everybody's to read.
 */
#include "cli/account.h"

#include "auth/directory.h"
#include "base/own.h"
#include "cli/administer.h"
#include "config/limits.h"
#include "ipc/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what went wrong, and what to do about it */

int account_explain(int error, const char *address)
{
    switch (error) {
    case -EEXIST:
        return cli_fail("%s is there already; a new password for it: packetboat "
                        "account "
                        "passwd %s",
                        address, address);
    case -ENOTUNIQ:
        return cli_fail("%s is an alias; it cannot be an account before packetboat "
                        "alias "
                        "remove %s",
                        address, address);
    case -ENOENT:
        return cli_fail(
            "there is no account %s; all there are: packetboat account list", address);
    case -EINVAL:
        return cli_fail("\"%s\" cannot be an account: write it NAME@DOMAIN, for "
                        "example "
                        "bob@hamburger.edu",
                        address);
    case -EBUSY:
        return cli_fail("mail for an alias, or a domain's catch-all, goes to %s; "
                        "packetboat alias list and packetboat domain list show which: "
                        "change that first",
                        address);
    case -EREMOTEIO:
        return cli_fail("%s is removed, but its mail could not be; the reason is in "
                        "the "
                        "server's log",
                        address);
    default:
        return explain_error(error);
    }
}

/* Before somebody types a password for nothing. */
static bool is_address(struct span address)
{
    struct span canonical;
    OWN(arena_close) struct arena *arena = arena_open(4 * ADDRESS_OCTETS_MAX);
    return arena && address_canonical(address, arena, &canonical) &&
           address_domain(canonical).at[0] != '[';
}

bool account_address_is_good(struct span address)
{
    char text[ADDRESS_OCTETS_MAX + 1];
    bool good = is_address(address);
    span_to_string(address, text, sizeof text);
    if (!good)
        account_explain(-EINVAL, text);
    return good;
}

static bool is_password(struct span password)
{
    if (password.len >= PASSWORD_OCTETS_MIN && password.len <= PASSWORD_OCTETS_MAX)
        return true;
    cli_fail("a password has %d to %d octets; nothing was changed", PASSWORD_OCTETS_MIN,
             PASSWORD_OCTETS_MAX);
    return false;
}

/* ---- asking; on a fiber */

struct asking {
    struct span address, password;
    uint64_t quota;
    bool sets;
    struct admin_account_quota_answer answer;
};

static int ask_add(void *arg)
{
    const struct asking *a = arg;
    struct admin_account_add_answer answer;
    return ask_admin_account_add(&(struct admin_account_add){ a->address, a->password,
                                                              SPAN("") },
                                 &answer, NULL);
}

static int ask_passwd(void *arg)
{
    const struct asking *a = arg;
    struct admin_account_passwd_answer answer;
    return ask_admin_account_passwd(&(struct admin_account_passwd){ a->address,
                                                                    a->password },
                                    &answer, NULL);
}

static int ask_remove(void *arg)
{
    const struct asking *a = arg;
    struct admin_account_remove_answer answer;
    return ask_admin_account_remove(&(struct admin_account_remove){ a->address },
                                    &answer, NULL);
}

static int ask_quota(void *arg)
{
    struct asking *a = arg;
    return ask_admin_account_quota(&(struct admin_account_quota){ a->address, a->sets,
                                                                  a->quota },
                                   &a->answer, NULL);
}

/* ---- add, passwd, remove */

int account_add(const char *site, struct span address, struct span password)
{
    char text[ADDRESS_OCTETS_MAX + 1];
    struct asking a = { .address = address, .password = password };
    if (!account_address_is_good(address) || !is_password(password))
        return -EINVAL;
    int error = administer(site, ask_add, &a);
    span_to_string(address, text, sizeof text);
    if (error)
        account_explain(error, text);
    return error == ALREADY_SAID ? -EIO : error;
}

static int with_password(const struct words *w,
                         int (*run)(const struct words *, struct span password))
{
    char password[PASSWORD_OCTETS_MAX + 1];
    if (w->count > 1)
        return wrong_words(w,
                           "a password is no argument: it is asked for, or read from "
                           "standard input");
    if (!account_address_is_good(span_of(w->at[0])))
        return EXIT_USAGE;
    if (!cli_new_password(w->at[0], password, sizeof password))
        return EXIT_FAILURE_;
    int code = run(w, span_of(password));
    explicit_bzero(password, sizeof password);
    return code;
}

static int add_with(const struct words *w, struct span password)
{
    if (account_add(w->site, span_of(w->at[0]), password))
        return EXIT_FAILURE_;
    printf("%s is added: it can receive mail and log in.\n", w->at[0]);
    return EXIT_SUCCESS;
}

static int add(const struct words *w)
{
    return with_password(w, add_with);
}

static int passwd_with(const struct words *w, struct span password)
{
    struct asking a = { .address = span_of(w->at[0]), .password = password };
    int error =
        is_password(password) ? administer(w->site, ask_passwd, &a) : ALREADY_SAID;
    if (error)
        return account_explain(error, w->at[0]);
    printf("%s has its new password.\n", w->at[0]);
    return EXIT_SUCCESS;
}

static int passwd(const struct words *w)
{
    return with_password(w, passwd_with);
}

static int remove_account(const struct words *w)
{
    struct asking a = { .address = span_of(w->at[0]) };
    int error = administer(w->site, ask_remove, &a);
    if (error)
        return account_explain(error, w->at[0]);
    printf("%s is removed, and all mail of it.\n", w->at[0]);
    return EXIT_SUCCESS;
}

/* ---- quota */

/* false: says why not. */
static bool quota_of(const struct words *w, uint64_t *quota_r)
{
    if (strcmp(w->at[1], "none") == 0)
        *quota_r = QUOTA_NONE;
    else if (strcmp(w->at[1], "default") == 0)
        *quota_r = QUOTA_DEFAULT;
    else if (!size_of(w->at[1], quota_r)) {
        wrong_words(w,
                    "a quota is a size as 500M or 2G, or none, or default (its "
                    "domain's), not '%s'",
                    w->at[1]);
        return false;
    }
    return true;
}

static int quota(const struct words *w)
{
    char used[SIZE_TEXT], limit[SIZE_TEXT];
    struct asking a = { .address = span_of(w->at[0]), .sets = w->count > 1 };
    if (a.sets && !quota_of(w, &a.quota))
        return EXIT_USAGE;
    int error = administer(w->site, ask_quota, &a);
    if (error)
        return account_explain(error, w->at[0]);
    printf("%s uses %s of %s%s\n", w->at[0], size_text(a.answer.used, used),
           a.answer.limit == QUOTA_NONE ? "no limit" : size_text(a.answer.limit, limit),
           a.answer.quota == QUOTA_DEFAULT ? ", as its domain has it" : "");
    return EXIT_SUCCESS;
}

/* ---- scram */

static int ask_scram(void *arg)
{
    const struct asking *a = arg;
    struct admin_account_scram_answer answer;
    return ask_admin_account_scram(&(struct admin_account_scram){ a->address,
                                                                  !a->sets },
                                   &answer, NULL);
}

static int scram(const struct words *w)
{
    struct asking a = { .address = span_of(w->at[0]),
                        .sets = strcmp(w->at[1], "on") == 0 };
    if (!a.sets && strcmp(w->at[1], "off") != 0)
        return wrong_words(w, "SCRAM is on or off, not '%s'", w->at[1]);
    int error = administer(w->site, ask_scram, &a);
    if (error)
        return account_explain(error, w->at[0]);
    printf(a.sets ? "%s gets keys for SCRAM at its next login with a password.\n"
                  : "%s has no keys for SCRAM any more, and gets none.\n",
           w->at[0]);
    return EXIT_SUCCESS;
}

/* ---- list */

static bool verbose;

static void print_account(const struct admin_account_next_answer *a)
{
    char used[SIZE_TEXT], limit[SIZE_TEXT];
    printf("%.*s", SPAN_ARG(a->address));
    if (verbose)
        printf("  number %" PRIu64
               "  used %s  quota %s%s  app passwords %u  identities "
               "%u  scram %s",
               a->account, size_text(a->used, used), size_text(a->limit, limit),
               a->quota == QUOTA_DEFAULT ? " (default)" : "", a->app_passwords,
               a->identities, a->scram ? "yes" : "no");
    putchar('\n');
}

static int ask_list(void *arg)
{
    (void)arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_account_next q = { 0 };
    struct admin_account_next_answer answer;
    int error = arena ? 0 : -ENOMEM;
    while (!error && !(error = ask_admin_account_next(&q, &answer, arena))) {
        print_account(&answer);
        q.after = answer.account;
        arena_reset(arena);
    }
    if (error == -ENOENT && q.after == 0)
        fputs("There is no account yet: packetboat account add NAME@DOMAIN\n", stderr);
    return error == -ENOENT ? 0 : error;
}

static int list(const struct words *w)
{
    return explain_error(administer(w->site, ask_list, NULL));
}

/* clang-format off */
static const struct subcommand subcommands[] = {
    { "add",          1, 2, add },
    { "app-password", 2, 3, account_app_password },
    { "identity",     2, 3, account_identity },
    { "import",       1, 1, account_import },
    { "list",         0, 0, list },
    { "passwd",       1, 2, passwd },
    { "quota",        1, 2, quota },
    { "remove",       1, 1, remove_account },
    { "scram",        2, 2, scram },
    { 0 },
};
/* clang-format on */

int cli_account(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    account_rights = cli_option(&argc, argv, "rights");
    account_domain = cli_option(&argc, argv, "domain");
    verbose = cli_flag(&argc, argv, "verbose") || cli_flag(&argc, argv, "v");
    if (!cli_words(&argc, argv, 1, 5))
        return EXIT_USAGE;
    if (account_rights && strcmp(argv[1], "app-password") != 0)
        return cli_usage("account", "--rights is for app-password");
    if (account_domain && strcmp(argv[1], "import") != 0)
        return cli_usage("account", "--domain is for import");
    if (verbose && strcmp(argv[1], "list") != 0)
        return cli_usage("account", "-v is for list");
    return run_subcommand(subcommands, site, argc, argv);
}
