/* database_test - what an older Packetboat left is taken over. */
#include "auth/site_test.h"
#include "test/unit.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* As the first release made it, with two accounts of one domain and one of another. */
static const char version_1[] =
    "CREATE TABLE domain(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE account(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "    name TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
    "CREATE TABLE address(canonical TEXT PRIMARY KEY,"
    "    domain INTEGER NOT NULL REFERENCES domain,"
    "    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE)"
    "    STRICT, WITHOUT ROWID;"
    "CREATE INDEX address_account ON address(account);"
    "CREATE INDEX address_domain ON address(domain);"
    "INSERT INTO domain VALUES(1, 'hamburger.edu'), (2, 'crepes.fr');"
    "INSERT INTO account VALUES(3, 'bob@hamburger.edu', '$y$bob'),"
    "    (4, 'alice@crepes.fr', '$y$alice'), (7, 'carol@hamburger.edu', '$y$carol');"
    "INSERT INTO address VALUES('bob@hamburger.edu', 1, 3),"
    "    ('postmaster@hamburger.edu', 1, 3), ('carol@hamburger.edu', 1, 7),"
    "    ('alice@crepes.fr', 2, 4), ('postmaster@crepes.fr', 2, 4);"
    "PRAGMA user_version = 1;";

static bool replace(struct site *s, const char *sql)
{
    sqlite3 *sqlite = NULL;
    directory_close(&s->directory);
    unlink("auth.db");
    bool made = sqlite3_open("auth.db", &sqlite) == SQLITE_OK &&
                sqlite3_exec(sqlite, sql, NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_close(sqlite);
    return CHECK(made);
}

TEST(database_of_the_first_release)
{
    struct site s;
    uint64_t account;
    struct credentials c;
    if (!site_begin(&s))
        return;
    if (replace(&s, version_1))
        for (int i = 0; i < 2 && site_reopen(&s); i++) {
            CHECK_EQ_INT(site_recipient(&s, "postmaster", &account), AUTH_OK);
            CHECK_EQ_UINT(account, 3);
            CHECK_EQ_INT(site_recipient(&s, "postmaster@crepes.fr", &account), AUTH_OK);
            CHECK_EQ_UINT(account, 4);
            CHECK_EQ_INT(site_recipient(&s, "carol+x@hamburger.edu", &account),
                         AUTH_OK);
            CHECK_EQ_UINT(account, 7);
            CHECK_EQ_INT(directory_login(s.directory, SPAN("carol"), &c), 0);
            CHECK_SPAN(c.hash, "$y$carol");
            CHECK(c.scram.iterations == 0 && !c.scram.off);
        }
    CHECK_EQ_UINT(site_add(&s, "dave@hamburger.edu"), 8);
    CHECK_EQ_INT(site_alias(&s, "staff@hamburger.edu", "dave@hamburger.edu"), 0);
    site_end(&s);
}

TEST(database_of_a_later_release)
{
    struct site s;
    if (!site_begin(&s))
        return;
    if (replace(&s, "PRAGMA user_version = 99;"))
        CHECK_EQ_INT(directory_open(&s.directory, s.dir), -EPROTONOSUPPORT);
    site_end(&s);
}

/* A row that nothing belongs to: refused, not guessed at. */
TEST(database_that_is_not_sound)
{
    static const char *const spoilt[] = {
        "INSERT INTO alias VALUES('x@hamburger.edu', 'nobody@hamburger.edu')",
        "INSERT INTO alias VALUES('x@elsewhere.example', 'bob@hamburger.edu')",
        "INSERT INTO alias VALUES('bob@hamburger.edu', 'bob@hamburger.edu')",
        "UPDATE domain SET catch_all = 'nobody@hamburger.edu'",
        "INSERT INTO identity VALUES(99, 'x@hamburger.edu')",
    };
    struct site s;
    sqlite3 *sqlite;
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        if (!site_begin(&s))
            return;
        site_add(&s, "bob@hamburger.edu");
        directory_close(&s.directory);
        CHECK_EQ_INT(sqlite3_open("auth.db", &sqlite), SQLITE_OK);
        CHECK_EQ_INT(sqlite3_exec(sqlite, spoilt[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(sqlite);
        CHECK_EQ_INT(directory_open(&s.directory, s.dir), -EUCLEAN);
        site_end(&s);
    }
}

/* Ten thousand accounts and as many aliases: read at every start, in a moment. */
static const char ten_thousand[] =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
    "INSERT INTO account(name, hash) SELECT 'u' || i || '@hamburger.edu', '$y$' FROM n;"
    "INSERT INTO alias SELECT 'a' || name, name FROM account WHERE id > 1;";

TEST(database_of_ten_thousand)
{
    struct site s;
    sqlite3 *sqlite;
    uint64_t account;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    directory_close(&s.directory);
    CHECK_EQ_INT(sqlite3_open("auth.db", &sqlite), SQLITE_OK);
    CHECK_EQ_INT(sqlite3_exec(sqlite, ten_thousand, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(sqlite);
    struct timespec began, now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    CHECK_EQ_INT(directory_open(&s.directory, s.dir), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    int64_t ms =
        (now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000;
    if (!CHECK(ms < 1000)) /* 30; ten times that and more under a sanitizer */
        printf("opened after %d ms\n", (int)ms);
    CHECK_EQ_INT(site_recipient(&s, "au9999@hamburger.edu", &account), AUTH_OK);
    CHECK_EQ_UINT(account, 10001);
    CHECK_EQ_INT(site_alias(&s, "all@hamburger.edu",
                            "au0@hamburger.edu u7@hamburger.edu"),
                 0);
    site_end(&s);
}

/* A circle that no command would have made is walked to its end, which it has. */
TEST(database_with_a_circle)
{
    struct site s;
    sqlite3 *sqlite;
    uint64_t account;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    directory_close(&s.directory);
    CHECK_EQ_INT(sqlite3_open("auth.db", &sqlite), SQLITE_OK);
    CHECK_EQ_INT(sqlite3_exec(sqlite,
                              "INSERT INTO alias VALUES"
                              "('a@hamburger.edu', 'b@hamburger.edu'),"
                              "('b@hamburger.edu', 'a@hamburger.edu')",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(sqlite);
    CHECK_EQ_INT(directory_open(&s.directory, s.dir), 0);
    CHECK_EQ_INT(site_recipient(&s, "a@hamburger.edu", &account), AUTH_BUSY);
    site_end(&s);
}
