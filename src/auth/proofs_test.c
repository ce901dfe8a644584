/* proofs_test - what a login asks of the directory beside the account itself. */
#include "auth/site_test.h"
#include "base/own.h"
#include "test/unit.h"

#include <errno.h>

TEST(proofs_login_name)
{
    static const struct {
        const char *said, *name;
    } rows[] = {
        { "bob", "bob@hamburger.edu" },
        { "BOB@Hamburger.EDU.", "bob@hamburger.edu" },
        { "nobody", "nobody@hamburger.edu" },
        { "Nobody@elsewhere.example", "nobody@elsewhere.example" },
        { "../../etc/passwd@", "../../etc/passwd@" },
        { "", "" },
    };
    struct site s;
    OWN(arena_close) struct arena *arena = arena_open(64 << 10);
    if (site_begin(&s)) {
        CHECK_SPAN(directory_login_name(s.directory, SPAN("bob"), arena), "bob");
        site_add(&s, "bob@hamburger.edu");
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            CHECK(
                span_is(directory_login_name(s.directory, span_of(rows[i].said), arena),
                        span_of(rows[i].name)));
    }
    site_end(&s);
}

/* The salts of SCRAM hang on it: it outlives the process, and is this site's alone. */
TEST(proofs_secret)
{
    static const uint8_t none[DIRECTORY_SECRET];
    uint8_t before[DIRECTORY_SECRET];
    struct site s, other;
    if (!site_begin(&s))
        return;
    memcpy(before, directory_secret(s.directory), sizeof before);
    CHECK(memcmp(before, none, sizeof before) != 0);
    if (site_reopen(&s))
        CHECK(memcmp(before, directory_secret(s.directory), sizeof before) == 0);
    site_end(&s);
    if (site_begin(&other))
        CHECK(memcmp(before, directory_secret(other.directory), sizeof before) != 0);
    site_end(&other);
}

/* A better hash takes the place of the one that it was made for, and of no other. */
TEST(proofs_rehash)
{
    const struct scram_keys keys = { 4096, SPAN("salt"), SPAN("stored"), SPAN("server"),
                                     false };
    struct site s;
    struct credentials c;
    if (site_begin(&s)) {
        uint64_t bob = site_add(&s, "bob@hamburger.edu"), account;
        CHECK_EQ_INT(directory_passwd(s.directory, SPAN("bob"), SPAN("$6$old"),
                                      &account),
                     0);
        CHECK_EQ_INT(directory_put_scram(s.directory, bob, SPAN("$6$old"), &keys), 0);
        CHECK_EQ_INT(directory_rehash(s.directory, bob, SPAN("$6$other"), SPAN("$y$x")),
                     -ESTALE);
        CHECK_EQ_INT(directory_rehash(s.directory, bob + 1, SPAN("$6$old"),
                                      SPAN("$y$x")),
                     -ENOENT);
        CHECK_EQ_INT(directory_rehash(s.directory, bob, SPAN("$6$old"), SPAN("$y$new")),
                     0);
        CHECK_EQ_INT(directory_put_scram(s.directory, bob, SPAN("$6$old"), &keys),
                     -ESTALE);
        for (int i = 0; i < 2 && site_reopen(&s); i++)
            if (CHECK_EQ_INT(directory_login(s.directory, SPAN("bob"), &c), 0)) {
                CHECK_SPAN(c.hash, "$y$new");
                CHECK_EQ_UINT(c.scram.iterations, 0); /* they were of the old one */
            }
    }
    site_end(&s);
}
