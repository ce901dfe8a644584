/* packetboat account app-password, identity. */
#include "cli/account.h"

#include "base/own.h"
#include "config/limits.h"
#include "ipc/message.h"
#include "store/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

struct asking {
    struct span address, word;
    uint64_t id;
    uint32_t rights;
    char password[APP_PASSWORD_OCTETS + 1];
};

/* ---- rights */

const char *account_rights;

/* clang-format off */
static const struct {
    const char *name;
    uint32_t right;
} rights[] = {
    { "read",   RIGHT_READ },
    { "delete", RIGHT_EXPUNGE },
    { "send",   RIGHT_SEND },
    { "files",  RIGHT_FILES | RIGHT_FILES_WRITE },
    { "files-read", RIGHT_FILES },
};
/* clang-format on */
enum { RIGHTS = sizeof rights / sizeof *rights };

/* "read,send"; 0: there is no such right. */
static uint32_t rights_of(struct span text)
{
    uint32_t sum = 0;
    while (text.len > 0) {
        struct span word = span_first(text, span_find(text, ','));
        size_t i = 0;
        while (i < RIGHTS && !span_is(word, span_of(rights[i].name)))
            i++;
        if (i == RIGHTS)
            return 0;
        sum |= rights[i].right;
        text = span_skip(text, word.len < text.len ? word.len + 1 : word.len);
    }
    return sum;
}

static void print_rights(FILE *to, uint32_t sum)
{
    const char *before = "";
    for (size_t i = 0; i < RIGHTS; i++)
        if ((sum & rights[i].right) == rights[i].right) {
            fprintf(to, "%s%s", before, rights[i].name);
            sum &= ~rights[i].right;
            before = ",";
        }
}

/* ---- app-password */

static int explain_app_password(const struct words *w, int error)
{
    switch (error) {
    case -EEXIST:
        return cli_fail("%s has an app password for \"%s\" already; packetboat account "
                        "app-password %s list shows its number, to remove it by",
                        w->at[0], w->at[2], w->at[0]);
    case -EINVAL:
        return cli_fail("a label has 1 to %d octets", APP_LABEL_OCTETS_MAX);
    case -ENOSPC:
        return cli_fail("%s has %d app passwords, and cannot have more: remove one "
                        "first",
                        w->at[0], APP_PASSWORDS_MAX);
    case -ENODATA:
        return cli_fail("%s has no app password number %s; all there are: packetboat "
                        "account app-password %s list",
                        w->at[0], w->at[2], w->at[0]);
    default:
        return account_explain(error, w->at[0]);
    }
}

static int ask_add(void *arg)
{
    struct asking *a = arg;
    struct admin_app_password_add_answer answer;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error =
        arena
            ? ask_admin_app_password_add(&(struct admin_app_password_add){ a->address,
                                                                           a->word,
                                                                           a->rights },
                                         &answer, arena)
            : -ENOMEM;
    if (error)
        return error;
    a->id = answer.id;
    span_to_string(answer.password, a->password, sizeof a->password);
    return 0;
}

/* The password alone goes to standard output, for those who pass it on. */
static int add(const struct words *w, struct asking *a)
{
    a->rights =
        rights_of(span_of(account_rights ? account_rights : "read,delete,send"));
    if (a->rights == 0)
        return wrong_words(w,
                           "--rights takes read, delete, send, files and "
                           "files-read, parted by commas, "
                           "not '%s'",
                           account_rights);
    int error = administer(w->site, ask_add, a);
    if (error)
        return explain_app_password(w, error);
    fprintf(stderr, "App password number %" PRIu64 " of %s, for \"%s\".  It may ",
            a->id, w->at[0], w->at[2]);
    print_rights(stderr, a->rights);
    fputs("; it is shown this once:\n", stderr);
    printf("%s\n", a->password);
    explicit_bzero(a->password, sizeof a->password);
    return EXIT_SUCCESS;
}

static int ask_remove(void *arg)
{
    const struct asking *a = arg;
    struct admin_app_password_remove_answer answer;
    return ask_admin_app_password_remove(
        &(struct admin_app_password_remove){ a->address, a->id }, &answer, NULL);
}

static int remove_one(const struct words *w, struct asking *a)
{
    struct span number = span_of(w->at[2]);
    if (!span_take_number(&number, UINT64_MAX, &a->id) || number.len > 0)
        return wrong_words(w,
                           "an app password is removed by its number, which list "
                           "shows; '%s' is none",
                           w->at[2]);
    int error = administer(w->site, ask_remove, a);
    if (error)
        return explain_app_password(w, error);
    printf("App password number %" PRIu64 " of %s is removed.\n", a->id, w->at[0]);
    return EXIT_SUCCESS;
}

static void print_day(const char *what, uint32_t day)
{
    char date[sizeof "2026-11-25"] = "never";
    time_t when = (time_t)day * 24 * 60 * 60;
    struct tm t;
    if (day > 0 && gmtime_r(&when, &t))
        strftime(date, sizeof date, "%Y-%m-%d", &t);
    printf("  %s %s", what, date);
}

static int ask_list(void *arg)
{
    const struct asking *a = arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_app_password_next q = { .address = a->address };
    struct admin_app_password_next_answer answer;
    int error = arena ? 0 : -ENOMEM;
    while (!error && !(error = ask_admin_app_password_next(&q, &answer, arena))) {
        printf("%" PRIu64 "  %.*s  ", answer.id, SPAN_ARG(answer.label));
        print_rights(stdout, answer.rights);
        print_day("made", answer.created);
        print_day("used", answer.used);
        putchar('\n');
        q.after = answer.id;
        arena_reset(arena);
    }
    return error == -ENODATA ? 0 : error;
}

int account_app_password(const struct words *w)
{
    bool adds = strcmp(w->at[1], "add") == 0, removes = strcmp(w->at[1], "remove") == 0;
    struct asking a = { .address = span_of(w->at[0]) };
    if (!adds && !removes && strcmp(w->at[1], "list") != 0)
        return wrong_words(w, "app-password ADDRESS list, add or remove, not '%s'",
                           w->at[1]);
    if ((w->count == 3) != (adds || removes))
        return wrong_words(w, adds      ? "app-password add takes a label"
                              : removes ? "app-password remove takes a number"
                                        : "app-password list takes no more");
    if (account_rights && !adds)
        return wrong_words(w, "--rights is for app-password add");
    if (!adds && !removes)
        return explain_app_password(w, administer(w->site, ask_list, &a));
    a.word = span_of(w->at[2]);
    return adds ? add(w, &a) : remove_one(w, &a);
}

/* ---- identity */

static int explain_identity(const struct words *w, int error)
{
    switch (error) {
    case -EINVAL:
        return cli_fail("\"%s\" is no address", w->at[2]);
    case -EEXIST:
        return cli_fail("%s may send as %s already", w->at[0], w->at[2]);
    case -EXDEV:
        return cli_fail("%s is in no domain of this site; packetboat domain list shows "
                        "them",
                        w->at[2]);
    case -ENOSPC:
        return cli_fail("%s has %d identities, and cannot have more: remove one first",
                        w->at[0], IDENTITIES_MAX);
    case -EADDRNOTAVAIL:
        return cli_fail("%s is no identity that %s was given; all there are: "
                        "packetboat "
                        "account identity %s list",
                        w->at[2], w->at[0], w->at[0]);
    default:
        return account_explain(error, w->at[0]);
    }
}

static int ask_identity_add(void *arg)
{
    const struct asking *a = arg;
    struct admin_identity_add_answer answer;
    return ask_admin_identity_add(&(struct admin_identity_add){ a->address, a->word },
                                  &answer, NULL);
}

static int ask_identity_remove(void *arg)
{
    const struct asking *a = arg;
    struct admin_identity_remove_answer answer;
    return ask_admin_identity_remove(&(struct admin_identity_remove){ a->address,
                                                                      a->word },
                                     &answer, NULL);
}

static int ask_identity_list(void *arg)
{
    const struct asking *a = arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct admin_identity_next q = { .address = a->address };
    struct admin_identity_next_answer answer;
    int error = arena ? 0 : -ENOMEM;
    while (!error && !(error = ask_admin_identity_next(&q, &answer, arena))) {
        printf("%.*s\n", SPAN_ARG(answer.identity));
        q.number++;
        arena_reset(arena);
    }
    return error == -ENODATA ? 0 : error;
}

int account_identity(const struct words *w)
{
    bool adds = strcmp(w->at[1], "add") == 0, removes = strcmp(w->at[1], "remove") == 0;
    struct asking a = { .address = span_of(w->at[0]) };
    if (!adds && !removes && strcmp(w->at[1], "list") != 0)
        return wrong_words(w, "identity ADDRESS list, add or remove, not '%s'",
                           w->at[1]);
    if ((w->count == 3) != (adds || removes))
        return wrong_words(w,
                           adds || removes ? "identity %s takes an address"
                                           : "identity %s takes no more",
                           w->at[1]);
    if (!adds && !removes)
        return explain_identity(w, administer(w->site, ask_identity_list, &a));
    a.word = span_of(w->at[2]);
    int error = administer(w->site, adds ? ask_identity_add : ask_identity_remove, &a);
    if (error)
        return explain_identity(w, error);
    printf("%s may %ssend as %s.\n", w->at[0], adds ? "" : "no longer ", w->at[2]);
    return EXIT_SUCCESS;
}
