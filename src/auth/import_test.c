/* import_test - lines of password files as other programs write them. */
#include "auth/import.h"
#include "test/unit.h"

#include <crypt.h>
#include <stdio.h>

/* clang-format off */
#define BCRYPT "$2y$05$abcdefghijklmnopqrstuuKJ4h5NFmMnQeXe1xkHjSY2d1DhYjWvS"
#define SHA512 "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8" \
               "wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"
static const struct {
    const char *line, *name, *hash;
} good[] = {
    { "bob@hamburger.edu:" SHA512, "bob@hamburger.edu", SHA512 },
    { "bob:" SHA512 ":19000:0:99999:7:::", "bob", SHA512 },
    { "bob@hamburger.edu:{BLF-CRYPT}" BCRYPT ":1000:1000::/home/bob::",
      "bob@hamburger.edu", BCRYPT },
    { "bob@hamburger.edu:{crypt}" SHA512, "bob@hamburger.edu", SHA512 },
    { "bob:" BCRYPT "\r", "bob", BCRYPT },
    { "bob:rEK1ecacw.7.c", "bob", "rEK1ecacw.7.c" },
};

static const struct {
    const char *line, *word; /* NULL: passed over without a word */
} bad[] = {
    { "", NULL },
    { "\r", NULL },
    { "# a comment", NULL },
    { ":" SHA512, "no name" },
    { "bob", "no password" },
    { "bob:", "no password" },
    { "bob:x:1000:1000::/home/bob:/bin/sh", "no password" },
    { "daemon:*:19000:0:99999:7:::", "no password" },
    { "bob:!" SHA512 ":19000::::::", "no password" },
    { "bob:!!:19000::::::", "no password" },
    { "bob:$apr1$x$abcdefghijklmnopqrstuv", "htpasswd -B" },
    { "bob:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "htpasswd -B" },
    { "bob:{PLAIN}ketchup", "SCHEME" },
    { "bob:{SSHA512}abcdef", "SCHEME" },
    { "bob:{CRYPT", "SCHEME" },
    { "bob:ketchup", "crypt(3)" },
    { "bob:$9$x$abc", "crypt(3)" },
    { "bob:$6$saltsalt$tooshort", "crypt(3)" },
    { "bob:" BCRYPT "x", "crypt(3)" },
    { "bob:$6$", "crypt(3)" },
    { "bob:$", "crypt(3)" },
};
/* clang-format on */

TEST(import_good)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct import_line line;
        const char *why;
        if (!CHECK(import_take_line(span_of(good[i].line), &line, &why))) {
            printf("%s: %s\n", good[i].line, why);
            continue;
        }
        CHECK(span_is(line.name, span_of(good[i].name)));
        CHECK(span_is(line.hash, span_of(good[i].hash)));
    }
}

TEST(import_bad)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct import_line line;
        const char *why = NULL;
        CHECK(!import_take_line(span_of(bad[i].line), &line, &why));
        if (!CHECK(bad[i].word ? why && strstr(why, bad[i].word) : !why))
            printf("%s: %s\n", bad[i].line, why ? why : "nothing");
    }
}

/* Whatever crypt(3) makes here today is taken. */
TEST(import_every_method)
{
    static const char *const prefixes[] = { "$y$",   "$gy$", "$7$", "$2b$",
                                            "$6$",   "$5$",  "$1$", "$md5",
                                            "$sha1", "_",    "$3$", "" };
    static struct crypt_data data;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        char setting[CRYPT_GENSALT_OUTPUT_SIZE];
        if (!crypt_gensalt_rn(prefixes[i], 0, NULL, 0, setting, sizeof setting))
            continue; /* not built into this libcrypt */
        const char *hash = crypt_r("ketchup", setting, &data);
        if (!CHECK(hash_is_usable(span_of(hash))))
            printf("%s\n", hash);
    }
}
