/* alias - packetboat alias: addresses that stand for accounts. */
#include "cli/administer.h"

#include "base/buf.h"
#include "base/own.h"
#include "config/limits.h"
#include "ipc/message.h"

#include <errno.h>
#include <stdio.h>

enum { WORDS_MAX = 1000 };

struct asking {
    struct span address;
    struct buf targets; /* each ended by a line feed */
    int refused;        /* -errno, because of */
    char culprit[ADDRESS_OCTETS_MAX + 1];
};

static int explain(const struct asking *a, int error, const char *address)
{
    switch (error) {
    case -EINVAL:
        return cli_fail("\"%s\" is no address: write it NAME@DOMAIN", a->culprit);
    case -ENOENT:
        return cli_fail("there is no alias %s; all there are: packetboat alias list",
                        address);
    case -ENOTUNIQ:
        return cli_fail("%s is an account; it cannot be an alias too", address);
    case -EEXIST:
        return cli_fail("%s goes there already", address);
    case -EXDEV:
        if (strcmp(a->culprit, address) == 0)
            return cli_fail("%s is in no domain of this site; packetboat domain add "
                            "makes "
                            "one",
                            address);
        return cli_fail("%s is elsewhere: forwarding needs the queue, which is not "
                        "there "
                        "yet",
                        a->culprit);
    default:
        return explain_error(error);
    }
}

static int explain_targets(const struct asking *a, int error, const char *address)
{
    switch (error) {
    case -EADDRNOTAVAIL:
        return cli_fail("there is no account and no alias %s", a->culprit);
    case -ELOOP:
        return cli_fail("that would lead from %s back to itself", a->culprit);
    case -E2BIG:
        return cli_fail("%s would lead too far: aliases nest up to %d deep, and lead "
                        "through %d targets at most",
                        a->culprit, ALIAS_DEPTH_MAX, ALIAS_TARGETS_MAX);
    case -EOVERFLOW:
        return cli_fail("%s would reach more accounts than the %d that one message may",
                        a->culprit, RECIPIENTS_MAX);
    default:
        return explain(a, error, address);
    }
}

static bool take_targets(struct asking *a, const struct words *w)
{
    *a = (struct asking){ .address = span_of(w->at[0]),
                          .targets = { .max = TARGETS_OCTETS_MAX } };
    int error = 0;
    for (int i = 1; i < w->count && !error; i++)
        error = buf_printf(&a->targets, "%s\n", w->at[i]);
    if (error)
        cli_fail("those are too many targets for one command; give them to several");
    return !error;
}

static void heard(struct asking *a, uint32_t refused, struct span culprit)
{
    a->refused = -(int)refused;
    span_to_string(culprit, a->culprit, sizeof a->culprit);
}

/* ---- add, remove */

static int ask_add(void *arg)
{
    struct asking *a = arg;
    struct admin_alias_add_answer answer;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    if (!arena)
        return -ENOMEM;
    int error = ask_admin_alias_add(&(struct admin_alias_add){ a->address,
                                                               buf_span(&a->targets) },
                                    &answer, arena);
    if (!error)
        heard(a, answer.refused, answer.culprit);
    return error ? error : a->refused;
}

static int add(const struct words *w)
{
    struct asking a;
    int error = take_targets(&a, w) ? administer(w->site, ask_add, &a) : ALREADY_SAID;
    buf_free(&a.targets);
    if (error)
        return explain_targets(&a, error, w->at[0]);
    printf("Mail for %s goes there.\n", w->at[0]);
    return EXIT_SUCCESS;
}

static int ask_remove(void *arg)
{
    struct asking *a = arg;
    struct admin_alias_remove_answer answer;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    if (!arena)
        return -ENOMEM;
    int error =
        ask_admin_alias_remove(&(struct admin_alias_remove){ a->address,
                                                             buf_span(&a->targets) },
                               &answer, arena);
    if (!error)
        heard(a, answer.refused, answer.culprit);
    return error ? error : a->refused;
}

static int remove_alias(const struct words *w)
{
    struct asking a;
    int error =
        take_targets(&a, w) ? administer(w->site, ask_remove, &a) : ALREADY_SAID;
    buf_free(&a.targets);
    if (error == -EADDRNOTAVAIL)
        return cli_fail("mail for %s does not go to %s", w->at[0], a.culprit);
    if (error == -EBUSY)
        return cli_fail("mail for another alias, or a domain's catch-all, goes to %s; "
                        "packetboat alias list and packetboat domain list show which: "
                        "change that first",
                        w->at[0]);
    if (error)
        return explain(&a, error, w->at[0]);
    if (w->count == 1)
        printf("%s is removed.\n", w->at[0]);
    else
        printf("Mail for %s goes there no longer.\n", w->at[0]);
    return EXIT_SUCCESS;
}

/* ---- list */

/* A line an alias: its address, its targets; as add takes them. */
static int ask_list(void *arg)
{
    (void)arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    char last[ADDRESS_OCTETS_MAX + 1] = "";
    struct admin_alias_next q = { .address = SPAN("") };
    struct admin_alias_next_answer answer;
    int error = arena ? 0 : -ENOMEM;
    while (!error && !(error = ask_admin_alias_next(&q, &answer, arena))) {
        if (answer.number == 0)
            printf("%s%.*s", *last ? "\n" : "", SPAN_ARG(answer.address));
        printf(" %.*s", SPAN_ARG(answer.target));
        span_to_string(answer.address, last, sizeof last);
        q = (struct admin_alias_next){ span_of(last), answer.number };
        arena_reset(arena);
    }
    if (*last)
        putchar('\n');
    return error == -ENOENT ? 0 : error;
}

static int list(const struct words *w)
{
    return explain_error(administer(w->site, ask_list, NULL));
}

/* clang-format off */
static const struct subcommand subcommands[] = {
    { "add",    2, WORDS_MAX, add },
    { "list",   0, 0,         list },
    { "remove", 1, WORDS_MAX, remove_alias },
    { 0 },
};
/* clang-format on */

int cli_alias(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 1, WORDS_MAX + 1))
        return EXIT_USAGE;
    return run_subcommand(subcommands, site, argc, argv);
}
