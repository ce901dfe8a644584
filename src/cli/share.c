/* share - packetboat share: folders of one account's files that another may see. */
#include "cli/administer.h"

#include "base/own.h"
#include "config/limits.h"
#include "ipc/message.h"
#include "ipc/right.h"

#include <errno.h>
#include <stdio.h>

static const char *const accesses[SHARE_ACCESSES] = {
    [SHARE_READ] = "read",
    [SHARE_ADD] = "add",
    [SHARE_WRITE] = "write",
};

struct asking {
    struct span owner, path, guest;
    enum share_access access;
};

static struct asking asking_of(const struct words *w)
{
    return (struct asking){ span_of(w->at[0]), span_of(w->at[1]), span_of(w->at[2]),
                            SHARE_READ };
}

static bool access_of(const char *word, enum share_access *access_r)
{
    for (int i = 0; i < SHARE_ACCESSES; i++)
        if (strcmp(accesses[i], word) == 0) {
            *access_r = (enum share_access)i;
            return true;
        }
    return false;
}

static int explain(int error, const struct words *w)
{
    switch (error) {
    case -EINVAL:
        return cli_fail("\"%s\" is no folder: write it /NAME or /NAME/NAME, from the "
                        "top "
                        "of the owner's files; the top itself cannot be shared",
                        w->at[1]);
    case -ENOENT:
        return cli_fail(
            "there is no account %s; all there are: packetboat account list", w->at[0]);
    case -EADDRNOTAVAIL:
        return cli_fail(
            "there is no account %s; all there are: packetboat account list", w->at[2]);
    case -ELOOP:
        return cli_fail("%s has it already: it is the owner", w->at[2]);
    case -ENOTUNIQ:
        return cli_fail("%s shares another folder of that name with %s: it would be "
                        "seen "
                        "twice; share the folder above it, or rename it",
                        w->at[0], w->at[2]);
    case -ENAMETOOLONG:
        return cli_fail("%s cannot be the name of a folder, in which %s would find it",
                        w->at[0], w->at[2]);
    case -ENOSPC:
        return cli_fail("%d folders are shared with %s: more cannot be", SHARES_OF_ONE,
                        w->at[2]);
    case -ENODATA:
        return cli_fail("%s does not share %s with %s; what is shared: packetboat "
                        "share "
                        "list",
                        w->at[0], w->at[1], w->at[2]);
    default:
        return explain_error(error);
    }
}

/* ---- add, remove */

static int ask_set(void *arg)
{
    const struct asking *a = arg;
    struct admin_share_set_answer answer;
    return ask_admin_share_set(&(struct admin_share_set){ a->owner, a->path, a->guest,
                                                          (uint8_t)a->access },
                               &answer, NULL);
}

static int add(const struct words *w)
{
    struct asking a = asking_of(w);
    if (w->count > 3 && !access_of(w->at[3], &a.access))
        return wrong_words(w, "\"%s\" is neither read, add nor write", w->at[3]);
    int error = administer(w->site, ask_set, &a);
    if (error)
        return explain(error, w);
    printf("%s sees it in /Shared, and may %s.\n", w->at[2],
           a.access == SHARE_READ  ? "read it"
           : a.access == SHARE_ADD ? "read it and add files"
                                   : "change everything in it");
    return EXIT_SUCCESS;
}

static int ask_remove(void *arg)
{
    const struct asking *a = arg;
    struct admin_share_remove_answer answer;
    return ask_admin_share_remove(&(struct admin_share_remove){ a->owner, a->path,
                                                                a->guest },
                                  &answer, NULL);
}

static int remove_share(const struct words *w)
{
    struct asking a = asking_of(w);
    int error = administer(w->site, ask_remove, &a);
    if (error)
        return explain(error, w);
    printf("%s no longer sees it.\n", w->at[2]);
    return EXIT_SUCCESS;
}

/* ---- list */

/* A line a share, as add takes it. */
static int ask_list(void *arg)
{
    (void)arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_share_next_answer a;
    int error = arena ? 0 : -ENOMEM;
    for (uint32_t n = 0; !error; n++) {
        error = ask_admin_share_next(&(struct admin_share_next){ n }, &a, arena);
        if (!error)
            printf("%.*s %.*s %.*s %s\n", SPAN_ARG(a.owner), SPAN_ARG(a.path),
                   SPAN_ARG(a.guest),
                   a.access < SHARE_ACCESSES ? accesses[a.access] : "?");
        arena_reset(arena);
    }
    return error == -ENOENT ? 0 : error;
}

static int list(const struct words *w)
{
    return explain_error(administer(w->site, ask_list, NULL));
}

/* clang-format off */
static const struct subcommand subcommands[] = {
    { "add",    3, 4, add },
    { "list",   0, 0, list },
    { "remove", 3, 3, remove_share },
    { 0 },
};
/* clang-format on */

int cli_share(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 1, 5))
        return EXIT_USAGE;
    return run_subcommand(subcommands, site, argc, argv);
}
