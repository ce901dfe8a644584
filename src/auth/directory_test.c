/* directory_test - who is here, and that it stays so. */
#include "auth/site_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

TEST(directory_empty)
{
    struct site p;
    uint64_t account;
    struct account_shown shown;
    struct credentials none;
    if (!site_begin(&p))
        return;
    CHECK_EQ_INT(site_recipient(&p, "bob@hamburger.edu", &account), AUTH_NOT_OURS);
    CHECK_EQ_INT(site_recipient(&p, "postmaster", &account), AUTH_NO_SUCH_USER);
    CHECK_EQ_INT(directory_login(p.directory, SPAN("bob"), &none), -ENOENT);
    CHECK_EQ_INT(directory_next(p.directory, 0, &shown), -ENOENT);
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("bob@x"), &account), -ENOENT);
    CHECK_EQ_INT(directory_passwd(p.directory, SPAN("bob@x"), SPAN("h"), &account),
                 -ENOENT);
    site_end(&p);
}

/* clang-format off */
static const struct {
    const char *address;
    enum auth_verdict verdict;
} recipients[] = {
    { "bob@hamburger.edu",              AUTH_OK },
    { "BOB@HAMBURGER.EDU",              AUTH_OK },
    { "\"bob\"@hamburger.edu",          AUTH_OK },
    { "bob@hamburger.edu.",             AUTH_OK },
    { "postmaster@hamburger.edu",       AUTH_OK },
    { "Postmaster",                     AUTH_OK },
    { "carol@hamburger.edu",            AUTH_NO_SUCH_USER },
    { "\"bob \"@hamburger.edu",         AUTH_NO_SUCH_USER },
    { "alice@crepes.fr",                AUTH_NOT_OURS },
    { "bob@mail.hamburger.edu",         AUTH_NOT_OURS },
    { "bob@edu",                        AUTH_NOT_OURS },
    { "bob@[127.0.0.1]",                AUTH_NOT_OURS },
    /* S08 */
    { "alice%crepes.fr@hamburger.edu",  AUTH_NO_SUCH_USER },
    { "crepes.fr!alice@hamburger.edu",  AUTH_NO_SUCH_USER },
    { "\"alice@crepes.fr\"@hamburger.edu", AUTH_NO_SUCH_USER },
    { "bob@hamburger.edu@crepes.fr",    AUTH_BAD_ADDRESS },
    { "@hamburger.edu:alice@crepes.fr", AUTH_BAD_ADDRESS },
    { "alice",                          AUTH_BAD_ADDRESS },
    { "bob",                            AUTH_BAD_ADDRESS },
    { "",                               AUTH_BAD_ADDRESS },
    /* S09 */
    { "bob;id@hamburger.edu",           AUTH_BAD_ADDRESS },
    { "|id@hamburger.edu",              AUTH_NO_SUCH_USER },
    { "$(id)@hamburger.edu",            AUTH_BAD_ADDRESS },
    { "bob\n@hamburger.edu",            AUTH_BAD_ADDRESS },
    /* S15 */
    { "b\xc3\xb6" "b@hamburger.edu",    AUTH_NO_SUCH_USER },
    { "b\xc3" "b@hamburger.edu",        AUTH_BAD_ADDRESS },
    { "bob@hamb\xc3\xbcrger.edu",      AUTH_NOT_OURS },
    { "bob\u202e@hamburger.edu",        AUTH_BAD_ADDRESS },
    { "\uff42\uff4f\uff42@hamburger.edu", AUTH_NO_SUCH_USER }, /* fullwidth: another */
};
/* clang-format on */

TEST(directory_recipients)
{
    struct site p;
    uint64_t account;
    if (!site_begin(&p))
        return;
    uint64_t bob = site_add(&p, "Bob@hamburger.edu");
    for (size_t i = 0; i < sizeof recipients / sizeof *recipients; i++) {
        if (!CHECK_EQ_INT(site_recipient(&p, recipients[i].address, &account),
                          recipients[i].verdict))
            printf("for %s\n", recipients[i].address);
        CHECK_EQ_UINT(account, recipients[i].verdict == AUTH_OK ? bob : 0);
    }
    site_end(&p);
}

/* S15: twins in NFC and NFD, in capitals, and in a domain's two forms are one account. */
TEST(directory_beyond_ascii)
{
    struct site p;
    uint64_t account;
    if (!site_begin(&p))
        return;
    uint64_t jorg = site_add(&p, "J\u00f6rg@b\u00fccher.example");
    static const char *const names[] = { "j\u00f6rg@b\u00fccher.example",
                                         "JO\u0308RG@BU\u0308CHER.EXAMPLE",
                                         "j\u00f6rg+list@xn--bcher-kva.example",
                                         "\"j\u00f6rg\"@xn--bcher-kva.example." };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_EQ_INT(site_recipient(&p, names[i], &account), AUTH_OK);
        CHECK_EQ_UINT(account, jorg);
        CHECK_EQ_INT(directory_sender(p.directory, jorg, span_of(names[i])), AUTH_OK);
    }
    CHECK_EQ_INT(site_recipient(&p, "jorg@b\u00fccher.example", &account),
                 AUTH_NO_SUCH_USER);
    CHECK_EQ_INT(directory_domain_add(p.directory, SPAN("xn--bcher-kva.example")),
                 -EEXIST);
    CHECK_EQ_INT(directory_domain_add(p.directory, SPAN("b\u00fccher.example")),
                 -EEXIST);
    site_end(&p);
}

TEST(directory_refuses_to_add)
{
    struct site p;
    uint64_t account;
    if (!site_begin(&p))
        return;
    site_add(&p, "bob@hamburger.edu");
    static const struct {
        const char *address;
        int error;
    } refused[] = {
        { "bob@hamburger.edu", -EEXIST },
        { "BOB@hamburger.edu.", -EEXIST },
        { "bob", -EINVAL },
        { "bob@", -EINVAL },
        { "bob@[127.0.0.1]", -EINVAL },
        { "b b@hamburger.edu", -EINVAL },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK_EQ_INT(directory_add(p.directory, span_of(refused[i].address), SPAN("h"),
                                   &account),
                     refused[i].error);
    site_end(&p);
}

TEST(directory_survives)
{
    struct site p;
    uint64_t account;
    struct credentials c;
    if (!site_begin(&p))
        return;
    uint64_t bob = site_add(&p, "bob@hamburger.edu"),
             carol = site_add(&p, "carol@hamburger.edu");
    CHECK(bob > 0 && carol > bob);
    CHECK_EQ_INT(directory_passwd(p.directory, SPAN("carol@hamburger.edu"),
                                  SPAN("$y$new"), &account),
                 0);
    CHECK_EQ_UINT(account, carol);
    if (site_reopen(&p)) {
        CHECK_EQ_INT(directory_login(p.directory, SPAN("bob@HAMBURGER.edu"), &c), 0);
        CHECK_EQ_UINT(c.account, bob);
        CHECK_SPAN(c.name, "bob@hamburger.edu");
        CHECK_SPAN(c.hash, "$y$hash");
        CHECK_EQ_INT(directory_login(p.directory, SPAN("carol"), &c), 0);
        CHECK_EQ_UINT(c.account, carol);
        CHECK_SPAN(c.hash, "$y$new");
        CHECK_EQ_INT(site_recipient(&p, "postmaster", &account), AUTH_OK);
        CHECK_EQ_UINT(account, bob);
    }
    site_end(&p);
}

TEST(directory_numbers_are_never_used_again)
{
    struct site p;
    uint64_t account;
    if (!site_begin(&p))
        return;
    site_add(&p, "bob@hamburger.edu");
    uint64_t carol = site_add(&p, "carol@hamburger.edu");
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("carol@hamburger.edu"), &account),
                 0);
    CHECK_EQ_UINT(account, carol);
    CHECK_EQ_INT(site_recipient(&p, "carol@hamburger.edu", &account),
                 AUTH_NO_SUCH_USER);
    if (site_reopen(&p)) {
        CHECK_EQ_INT(site_recipient(&p, "carol@hamburger.edu", &account),
                     AUTH_NO_SUCH_USER);
        CHECK(site_add(&p, "carol@hamburger.edu") > carol);
    }
    site_end(&p);
}

/* What removing leaves must be the same in memory and after a restart. */
static void check_heirs(struct site *p, uint64_t carol, uint64_t alice)
{
    uint64_t account;
    CHECK_EQ_INT(site_recipient(p, "postmaster@hamburger.edu", &account), AUTH_OK);
    CHECK_EQ_UINT(account, carol);
    CHECK_EQ_INT(site_recipient(p, "postmaster@crepes.fr", &account), AUTH_OK);
    CHECK_EQ_UINT(account, alice);
    /* Whose domain has nobody left: the site's first account. */
    CHECK_EQ_INT(site_recipient(p, "postmaster@gone.example", &account), AUTH_OK);
    CHECK_EQ_UINT(account, alice);
    CHECK_EQ_INT(site_recipient(p, "dave@gone.example", &account), AUTH_NO_SUCH_USER);
    CHECK_EQ_INT(site_recipient(p, "postmaster", &account), AUTH_OK);
    CHECK_EQ_UINT(account, carol);
}

TEST(directory_postmaster_has_an_heir)
{
    struct site p;
    uint64_t account;
    if (!site_begin(&p))
        return;
    site_add(&p, "bob@hamburger.edu");
    uint64_t alice = site_add(&p, "alice@crepes.fr");
    uint64_t carol = site_add(&p, "carol@hamburger.edu");
    site_add(&p, "dave@gone.example");
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("bob@hamburger.edu"), &account), 0);
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("dave@gone.example"), &account), 0);
    check_heirs(&p, carol, alice);
    if (site_reopen(&p))
        check_heirs(&p, carol, alice);
    site_end(&p);
}

TEST(directory_postmaster_by_name)
{
    struct site p;
    uint64_t account;
    if (!site_begin(&p))
        return;
    uint64_t bob = site_add(&p, "bob@hamburger.edu");
    uint64_t own = site_add(&p, "postmaster@hamburger.edu");
    CHECK_EQ_INT(directory_add(p.directory, SPAN("postmaster@hamburger.edu"), SPAN("h"),
                               &account),
                 -EEXIST);
    for (int i = 0; i < 2 && CHECK(site_reopen(&p)); i++) {
        CHECK_EQ_INT(site_recipient(&p, "postmaster", &account), AUTH_OK);
        CHECK_EQ_UINT(account, own);
    }
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("postmaster@hamburger.edu"),
                                  &account),
                 0);
    for (int i = 0; i < 2 && CHECK(site_reopen(&p)); i++) {
        CHECK_EQ_INT(site_recipient(&p, "postmaster", &account), AUTH_OK);
        CHECK_EQ_UINT(account, bob);
    }
    site_end(&p);
}

TEST(directory_walk)
{
    struct site p;
    uint64_t account;
    struct account_shown shown;
    if (!site_begin(&p))
        return;
    site_add(&p, "c@x");
    site_add(&p, "a@x");
    site_add(&p, "b@y");
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("a@x"), &account), 0);
    CHECK_EQ_INT(directory_next(p.directory, 0, &shown), 0);
    CHECK_SPAN(shown.address, "c@x");
    CHECK_EQ_INT(directory_next(p.directory, shown.account, &shown), 0);
    CHECK_SPAN(shown.address, "b@y");
    CHECK_EQ_INT(directory_next(p.directory, shown.account, &shown), -ENOENT);
    CHECK_EQ_INT(directory_next(p.directory, UINT64_MAX, &shown), -ENOENT);
    site_end(&p);
}

/* A database that somebody has spoilt is refused, not believed and not crashed upon. */
TEST(directory_spoilt)
{
    struct site p;
    if (!site_begin(&p))
        return;
    site_add(&p, "bob@hamburger.edu");
    directory_close(&p.directory);
    int fd = openat(p.dir, "auth.db", O_WRONLY | O_CLOEXEC);
    CHECK_EQ_INT(pwrite(fd, "not a database at all", 21, 0), 21);
    close(fd);
    CHECK_EQ_INT(directory_open(&p.directory, p.dir), -EUCLEAN);
    CHECK(!p.directory);
    site_end(&p);
}
