/* aliases_test - aliases, details, catch-alls, postmaster: whom an address reaches. */
#include "auth/site_test.h"
#include "config/limits.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct domain_settings catch_all(const char *address)
{
    return (struct domain_settings){ .sets_catch_all = true,
                                     .catch_all = span_of(address) };
}

static void check_reaches(struct site *s, const char *address, uint64_t account)
{
    uint64_t reached;
    enum auth_verdict verdict = site_recipient(s, address, &reached);
    if (!CHECK_EQ_INT(verdict, account ? AUTH_OK : AUTH_NO_SUCH_USER) ||
        !CHECK_EQ_UINT(reached, account))
        printf("for %s\n", address);
}

TEST(alias_reaches_its_targets)
{
    struct site s;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    site_add(&s, "carol@hamburger.edu");
    site_add(&s, "alice@crepes.fr");
    CHECK_EQ_INT(site_alias(&s, "Sales@hamburger.edu", "bob@hamburger.edu"), 0);
    CHECK_EQ_INT(site_alias(&s, "staff@hamburger.edu",
                            "BOB@hamburger.edu carol@hamburger.edu alice@crepes.fr"),
                 0);
    CHECK_EQ_INT(site_alias(&s, "all@crepes.fr",
                            "staff@hamburger.edu sales@hamburger.edu alice@crepes.fr"),
                 0);
    for (int i = 0; i < 2; i++) {
        check_reaches(&s, "sales@HAMBURGER.edu", bob);
        check_reaches(&s, "sales+q3@hamburger.edu", bob);
        CHECK_EQ_UINT(site_reach(&s, "staff@hamburger.edu"), 3);
        CHECK_EQ_UINT(site_reach(&s, "all@crepes.fr"), 3); /* each once */
        check_reaches(&s, "staff@crepes.fr", 0);
        site_reopen(&s);
    }
    site_end(&s);
}

/* clang-format off */
static const struct {
    const char *address, *targets;
    int error;
} refused[] = {
    { "x@hamburger.edu",     "nobody@hamburger.edu",  -EADDRNOTAVAIL },
    { "x@hamburger.edu",     "bob+x@hamburger.edu",   -EADDRNOTAVAIL },
    { "x@hamburger.edu",     "bob@hamburger.edu nobody@hamburger.edu", -EADDRNOTAVAIL },
    { "x@hamburger.edu",     "alice@crepes.fr",       -EXDEV },
    { "x@crepes.fr",         "bob@hamburger.edu",     -EXDEV },
    { "bob@hamburger.edu",   "carol@hamburger.edu",   -ENOTUNIQ },
    { "x@hamburger.edu",     "x@hamburger.edu",       -ELOOP },
    { "sales@hamburger.edu", "sales@hamburger.edu",   -ELOOP },
    { "sales@hamburger.edu", "team@hamburger.edu",    -ELOOP },
    { "sales@hamburger.edu", "bob@hamburger.edu",     -EEXIST },
    { "sales@hamburger.edu", "",                      -EEXIST },
    { "x",                   "bob@hamburger.edu",     -EINVAL },
    { "x@hamburger.edu",     "bob",                   -EINVAL },
    /* S30: what a line of /etc/aliases could hold is no address. */
    { "x@hamburger.edu",     "|/bin/sh",              -EINVAL },
    { "x@hamburger.edu",     "/dev/null",             -EINVAL },
    { "x@hamburger.edu",     ":include:/etc/passwd",  -EINVAL },
    { "x@hamburger.edu",     "\"|id\"@hamburger.edu", -EADDRNOTAVAIL },
};
/* clang-format on */

TEST(alias_refused)
{
    struct site s;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    site_add(&s, "carol@hamburger.edu");
    CHECK_EQ_INT(site_alias(&s, "sales@hamburger.edu", "bob@hamburger.edu"), 0);
    CHECK_EQ_INT(site_alias(&s, "team@hamburger.edu", "sales@hamburger.edu"), 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
            if (!CHECK_EQ_INT(site_alias(&s, refused[i].address, refused[i].targets),
                              refused[i].error))
                printf("%s to %s\n", refused[i].address, refused[i].targets);
        /* Nothing of it has stayed, here or in the database. */
        check_reaches(&s, "x@hamburger.edu", 0);
        CHECK_EQ_UINT(site_reach(&s, "sales@hamburger.edu"), 1);
        CHECK_EQ_UINT(site_reach(&s, "team@hamburger.edu"), 1);
        site_reopen(&s);
    }
    site_end(&s);
}

TEST(alias_and_account_share_no_name)
{
    struct site s;
    uint64_t account;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    CHECK_EQ_INT(site_alias(&s, "sales@hamburger.edu", "bob@hamburger.edu"), 0);
    CHECK_EQ_INT(directory_add(s.directory, SPAN("sales@hamburger.edu"), SPAN("h"),
                               &account),
                 -ENOTUNIQ);
    struct credentials none;
    CHECK_EQ_INT(directory_login(s.directory, SPAN("sales@hamburger.edu"), &none),
                 -ENOENT);
    site_end(&s);
}

/* S12: an alias in an alias in an alias ... */
TEST(alias_depth)
{
    struct site s;
    char address[64], target[64] = "bob@hamburger.edu";
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, target);
    for (int i = 1; i <= ALIAS_DEPTH_MAX; i++) {
        snprintf(address, sizeof address, "a%d@hamburger.edu", i);
        CHECK_EQ_INT(site_alias(&s, address, target), 0);
        check_reaches(&s, address, bob);
        memcpy(target, address, sizeof target);
    }
    CHECK_EQ_INT(site_alias(&s, "more@hamburger.edu", target), -E2BIG);
    /* Nor may one be put below them all, or a circle closed. */
    CHECK_EQ_INT(site_alias(&s, "low@hamburger.edu", "bob@hamburger.edu"), 0);
    CHECK_EQ_INT(site_alias(&s, "a1@hamburger.edu", "low@hamburger.edu"), -E2BIG);
    CHECK_EQ_INT(site_alias(&s, "a1@hamburger.edu", "a9@hamburger.edu"), -ELOOP);
    check_reaches(&s, target, bob);
    site_end(&s);
}

/* S12: each level's aliases name all of the level below: seven times as much to look at.
 * The fifth leads to 5201 targets, all of them bob; the sixth would to seven times that. */
TEST(alias_that_explodes)
{
    struct site s;
    char address[64], targets[160];
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    int error = 0, level = 1, width = 7;
    for (int i = 0; i < width; i++) {
        snprintf(address, sizeof address, "a1-%d@hamburger.edu", i);
        CHECK_EQ_INT(site_alias(&s, address, "bob@hamburger.edu"), 0);
    }
    while (!error && level < ALIAS_DEPTH_MAX) {
        level++;
        for (int i = 0; i < width && !error; i++)
            for (int k = 0; k < width && !error; k++) {
                snprintf(address, sizeof address, "a%d-%d@hamburger.edu", level, i);
                snprintf(targets, sizeof targets, "a%d-%d@hamburger.edu", level - 1, k);
                error = site_alias(&s, address, targets);
            }
    }
    CHECK_EQ_INT(error, -E2BIG);
    CHECK_EQ_INT(level, 6);
    CHECK_EQ_UINT(site_reach(&s, "a5-0@hamburger.edu"), 1);
    site_end(&s);
}

TEST(alias_that_reaches_too_many)
{
    struct site s;
    char address[64];
    if (!site_begin(&s))
        return;
    char *all = calloc(RECIPIENTS_MAX + 1, sizeof address);
    size_t len = 0;
    for (int i = 0; i <= RECIPIENTS_MAX; i++) {
        snprintf(address, sizeof address, "%s%d@hamburger.edu", i ? " u" : "u", i);
        memcpy(all + len, address, strlen(address));
        len += strlen(address);
        site_add(&s, address + (i > 0));
    }
    CHECK_EQ_INT(site_alias(&s, "all@hamburger.edu", all), -EOVERFLOW);
    *strrchr(all, ' ') = '\0';
    CHECK_EQ_INT(site_alias(&s, "all@hamburger.edu", all), 0);
    CHECK_EQ_UINT(site_reach(&s, "all@hamburger.edu"), RECIPIENTS_MAX);
    CHECK_EQ_INT(site_alias(&s, "x@hamburger.edu", "all@hamburger.edu"), 0);
    CHECK_EQ_INT(site_alias(&s, "all@hamburger.edu", strchr(address, 'u')), -EOVERFLOW);
    CHECK_EQ_INT(site_alias(&s, "x@hamburger.edu", strchr(address, 'u')), -EOVERFLOW);
    free(all);
    if (site_reopen(&s))
        CHECK_EQ_UINT(site_reach(&s, "all@hamburger.edu"), RECIPIENTS_MAX);
    site_end(&s);
}

TEST(alias_removed)
{
    struct site s;
    uint64_t account;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    site_add(&s, "carol@hamburger.edu");
    site_alias(&s, "staff@hamburger.edu", "bob@hamburger.edu carol@hamburger.edu");
    site_alias(&s, "all@hamburger.edu", "staff@hamburger.edu");
    CHECK_EQ_INT(directory_remove(s.directory, SPAN("carol"), &account), -EBUSY);
    CHECK_EQ_INT(site_unalias(&s, "staff@hamburger.edu", ""), -EBUSY);
    CHECK_EQ_INT(site_unalias(&s, "staff@hamburger.edu",
                              "bob@hamburger.edu carol@hamburger.edu"),
                 -EBUSY);
    CHECK_EQ_INT(site_unalias(&s, "all@hamburger.edu", "bob@hamburger.edu"),
                 -EADDRNOTAVAIL);
    CHECK_EQ_INT(site_unalias(&s, "bob@hamburger.edu", ""), -ENOENT);
    CHECK_EQ_INT(site_unalias(&s, "nobody@hamburger.edu", ""), -ENOENT);
    CHECK_EQ_INT(site_unalias(&s, "staff@hamburger.edu", "carol"), 0);
    CHECK_EQ_UINT(site_reach(&s, "all@hamburger.edu"), 1);
    CHECK_EQ_INT(directory_remove(s.directory, SPAN("carol"), &account), 0);
    CHECK_EQ_INT(site_unalias(&s, "all@hamburger.edu", ""), 0);
    CHECK_EQ_INT(site_unalias(&s, "staff@hamburger.edu", "bob@hamburger.edu"), 0);
    for (int i = 0; i < 2; i++) {
        check_reaches(&s, "all@hamburger.edu", 0);
        check_reaches(&s, "staff@hamburger.edu", 0);
        site_reopen(&s);
    }
    CHECK_EQ_INT(directory_remove(s.directory, SPAN("bob"), &account), 0);
    site_end(&s);
}

TEST(alias_list)
{
    struct site s;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    site_add(&s, "carol@hamburger.edu");
    site_alias(&s, "staff@hamburger.edu", "bob@hamburger.edu carol@hamburger.edu");
    site_alias(&s, "all@hamburger.edu", "staff@hamburger.edu");
    static const char *const rows[][2] = {
        { "all@hamburger.edu", "staff@hamburger.edu" },
        { "staff@hamburger.edu", "bob@hamburger.edu" },
        { "staff@hamburger.edu", "carol@hamburger.edu" },
    };
    struct span alias = SPAN(""), target;
    size_t number = 0;
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ_INT(directory_alias_next(s.directory, &alias, &number, &target), 0);
        CHECK(span_is(alias, span_of(rows[i][0])));
        CHECK(span_is(target, span_of(rows[i][1])));
    }
    CHECK_EQ_INT(directory_alias_next(s.directory, &alias, &number, &target), -ENOENT);
    site_end(&s);
}

TEST(detail)
{
    struct site s;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    uint64_t own = site_add(&s, "bob+own@hamburger.edu");
    check_reaches(&s, "bob+list@hamburger.edu", bob);
    check_reaches(&s, "BOB+a+b@hamburger.edu", bob);
    check_reaches(&s, "bob+@hamburger.edu", bob);
    check_reaches(&s, "bob+own@hamburger.edu", own);
    check_reaches(&s, "postmaster+x@hamburger.edu", bob);
    check_reaches(&s, "+bob@hamburger.edu", 0);
    check_reaches(&s, "carol+x@hamburger.edu", 0);
    check_reaches(&s, "bob-x@hamburger.edu", 0);
    check_reaches(&s, "\"bob+x y\"@hamburger.edu", 0);
    struct domain_settings off = { .sets_detail = true, .detail = false };
    CHECK_EQ_INT(directory_domain_set(s.directory, SPAN("hamburger.edu"), &off), 0);
    for (int i = 0; i < 2; i++) {
        check_reaches(&s, "bob+list@hamburger.edu", 0);
        check_reaches(&s, "bob+own@hamburger.edu", own);
        site_reopen(&s);
    }
    site_end(&s);
}

TEST(catch_all)
{
    struct site s;
    uint64_t account;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    uint64_t carol = site_add(&s, "carol@hamburger.edu");
    site_add(&s, "alice@crepes.fr");
    site_alias(&s, "sales@hamburger.edu", "bob@hamburger.edu");
    struct domain_settings to = catch_all("carol@hamburger.edu");
    CHECK_EQ_INT(directory_domain_set(s.directory, SPAN("Hamburger.EDU"), &to), 0);
    for (int i = 0; i < 2; i++) {
        check_reaches(&s, "anybody@hamburger.edu", carol);
        check_reaches(&s, "postmaster@hamburger.edu", carol);
        check_reaches(&s, "bob@hamburger.edu", bob);
        check_reaches(&s, "bob+x@hamburger.edu", bob);
        check_reaches(&s, "sales@hamburger.edu", bob);
        check_reaches(&s, "anybody@crepes.fr", 0);
        CHECK_EQ_INT(directory_remove(s.directory, SPAN("carol"), &account), -EBUSY);
        site_reopen(&s);
    }
    to = catch_all("nobody@hamburger.edu");
    CHECK_EQ_INT(directory_domain_set(s.directory, SPAN("hamburger.edu"), &to),
                 -EADDRNOTAVAIL);
    to = catch_all("sales@hamburger.edu");
    CHECK_EQ_INT(directory_domain_set(s.directory, SPAN("hamburger.edu"), &to), 0);
    check_reaches(&s, "anybody@hamburger.edu", bob);
    CHECK_EQ_INT(site_unalias(&s, "sales@hamburger.edu", ""), -EBUSY);
    to = catch_all("");
    CHECK_EQ_INT(directory_domain_set(s.directory, SPAN("hamburger.edu"), &to), 0);
    check_reaches(&s, "anybody@hamburger.edu", 0);
    CHECK_EQ_INT(directory_remove(s.directory, SPAN("carol"), &account), 0);
    CHECK_EQ_INT(site_unalias(&s, "sales@hamburger.edu", ""), 0);
    site_end(&s);
}

/* RFC 2142: postmaster always; others where somebody made an alias. */
TEST(role_names)
{
    struct site s;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    uint64_t carol = site_add(&s, "carol@hamburger.edu");
    check_reaches(&s, "PostMaster@hamburger.edu", bob);
    check_reaches(&s, "abuse@hamburger.edu", 0);
    check_reaches(&s, "hostmaster@hamburger.edu", 0);
    site_alias(&s, "abuse@hamburger.edu", "carol@hamburger.edu");
    site_alias(&s, "postmaster@hamburger.edu", "carol@hamburger.edu");
    check_reaches(&s, "abuse@hamburger.edu", carol);
    check_reaches(&s, "postmaster@hamburger.edu", carol);
    check_reaches(&s, "postmaster", carol);
    site_unalias(&s, "postmaster@hamburger.edu", "");
    check_reaches(&s, "postmaster@hamburger.edu", bob);
    site_end(&s);
}
