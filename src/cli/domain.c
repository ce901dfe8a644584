/* domain - packetboat domain: whose mail is ours. */
#include "cli/administer.h"

#include "auth/directory.h"
#include "base/own.h"
#include "config/limits.h"
#include "ipc/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static int explain(int error, const char *name, const char *catch_all)
{
    switch (error) {
    case -EINVAL:
    case -EMSGSIZE:
        return cli_fail("\"%s\" is no domain: write it as hamburger.edu", name);
    case -EEXIST:
        return cli_fail("%s is there already; its settings: packetboat domain list",
                        name);
    case -ENOENT:
        return cli_fail("there is no domain %s; all there are: packetboat domain list",
                        name);
    case -ENOTEMPTY:
        return cli_fail("%s has accounts or aliases; packetboat account list and "
                        "packetboat alias list show them: remove them first",
                        name);
    case -EADDRNOTAVAIL:
        return cli_fail("a catch-all is an account or an alias of this site, and %s is "
                        "neither",
                        catch_all);
    default:
        return explain_error(error);
    }
}

static int ask_add(void *arg)
{
    struct admin_domain_add_answer answer;
    return ask_admin_domain_add(&(struct admin_domain_add){ span_of(arg) }, &answer,
                                NULL);
}

static int add(const struct words *w)
{
    int error = administer(w->site, ask_add, w->at[0]);
    if (error)
        return explain(error, w->at[0], "");
    printf("%s is added; now accounts: packetboat account add NAME@%s\n", w->at[0],
           w->at[0]);
    return EXIT_SUCCESS;
}

static int ask_remove(void *arg)
{
    struct admin_domain_remove_answer answer;
    return ask_admin_domain_remove(&(struct admin_domain_remove){ span_of(arg) },
                                   &answer, NULL);
}

static int remove_domain(const struct words *w)
{
    int error = administer(w->site, ask_remove, w->at[0]);
    if (error)
        return explain(error, w->at[0], "");
    printf("%s is removed; mail for it is refused.\n", w->at[0]);
    return EXIT_SUCCESS;
}

/* ---- list */

static void print_domain(const struct admin_domain_next_answer *a)
{
    char quota[SIZE_TEXT];
    printf("%.*s  accounts %" PRIu64 "  aliases %" PRIu64
           "  catch-all %.*s  detail %s  quota %s\n",
           SPAN_ARG(a->name), a->accounts, a->aliases,
           SPAN_ARG(a->catch_all.len > 0 ? a->catch_all : SPAN("none")),
           a->detail ? "yes" : "no", size_text(a->quota, quota));
}

static int ask_list(void *arg)
{
    (void)arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_domain_next q = { 0 };
    struct admin_domain_next_answer answer;
    int error = arena ? 0 : -ENOMEM;
    while (!error && !(error = ask_admin_domain_next(&q, &answer, arena))) {
        print_domain(&answer);
        q.number++;
        arena_reset(arena);
    }
    if (error == -ENOENT && q.number == 0)
        fputs("There is no domain yet: packetboat domain add DOMAIN\n", stderr);
    return error == -ENOENT ? 0 : error;
}

static int list(const struct words *w)
{
    return explain_error(administer(w->site, ask_list, NULL));
}

/* ---- set */

static bool take_catch_all(struct admin_domain_set *q, const char *value)
{
    q->sets_catch_all = true;
    q->catch_all = strcmp(value, "none") == 0 ? SPAN("") : span_of(value);
    return true;
}

static bool take_detail(struct admin_domain_set *q, const char *value)
{
    q->sets_detail = true;
    q->detail = strcmp(value, "yes") == 0;
    return q->detail || strcmp(value, "no") == 0;
}

static bool take_quota(struct admin_domain_set *q, const char *value)
{
    q->sets_quota = true;
    q->quota = QUOTA_NONE;
    return strcmp(value, "none") == 0 || size_of(value, &q->quota);
}

/* clang-format off */
static const struct {
    const char *name, *values;
    bool (*take)(struct admin_domain_set *, const char *value);
} settings[] = {
    { "catch-all", "an address or none",            take_catch_all },
    { "detail",    "yes or no",                     take_detail },
    { "quota",     "a size as 500M or 2G, or none", take_quota },
};
/* clang-format on */
enum { SETTINGS = sizeof settings / sizeof *settings };

static int ask_set(void *arg)
{
    struct admin_domain_set_answer answer;
    return ask_admin_domain_set(arg, &answer, NULL);
}

static int set(const struct words *w)
{
    struct admin_domain_set q = { .name = span_of(w->at[0]) };
    for (int i = 1; i < w->count; i += 2) {
        size_t s = 0;
        while (s < SETTINGS && strcmp(settings[s].name, w->at[i]) != 0)
            s++;
        if (s == SETTINGS)
            return wrong_words(w, "there is no setting '%s'", w->at[i]);
        if (i + 1 == w->count || !settings[s].take(&q, w->at[i + 1]))
            return wrong_words(w, "%s takes %s", w->at[i], settings[s].values);
    }
    char catch_all[ADDRESS_OCTETS_MAX + 1];
    span_to_string(q.catch_all, catch_all, sizeof catch_all);
    int error = administer(w->site, ask_set, &q);
    if (error)
        return explain(error, w->at[0], catch_all);
    printf("%s has its new settings.\n", w->at[0]);
    return EXIT_SUCCESS;
}

/* clang-format off */
static const struct subcommand subcommands[] = {
    { "add",    1, 1, add },
    { "list",   0, 0, list },
    { "remove", 1, 1, remove_domain },
    { "set",    3, 7, set },
    { 0 },
};
/* clang-format on */

int cli_domain(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 1, 8))
        return EXIT_USAGE;
    return run_subcommand(subcommands, site, argc, argv);
}
