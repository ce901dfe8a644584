/* address_test - RFC 5321 §4.1.2 Mailbox: what is one, and its canonical form. */
#include "auth/auth.h"

#include "base/own.h"
#include "config/limits.h"
#include "test/unit.h"

#include <stdio.h>

static bool canonical(struct arena *arena, struct span address,
                      struct span *canonical_r)
{
    arena_reset(arena);
    return address_canonical(address, arena, canonical_r);
}

/* clang-format off */
static const struct {
    const char *address, *canonical, *domain;
} good[] = {
    { "bob@hamburger.edu",           "bob@hamburger.edu",       "hamburger.edu" },
    { "Bob@Hamburger.EDU",           "bob@hamburger.edu",       "hamburger.edu" },
    { "bob@hamburger.edu.",          "bob@hamburger.edu",       "hamburger.edu" },
    { "a.b.c@x",                     "a.b.c@x",                 "x" },
    { "\"bob\"@hamburger.edu",       "bob@hamburger.edu",       "hamburger.edu" },
    { "\"\\b\\o\\b\"@hamburger.edu", "bob@hamburger.edu",       "hamburger.edu" },
    { "\"a b\"@x.y",                 "\"a b\"@x.y",             "x.y" },
    { "\"a\\\"b\\\\c\"@x",           "\"a\\\"b\\\\c\"@x",       "x" },
    { "\"a..b\"@x",                  "\"a..b\"@x",              "x" },
    { "\"\"@x",                      "\"\"@x",                  "x" },
    { "\"user@dom\"@hamburger.edu",  "\"user@dom\"@hamburger.edu", "hamburger.edu" },
    { "\"@x>\"@y",                   "\"@x>\"@y",               "y" },
    /* S08: old routing tricks are names like any other. */
    { "user%dom@hamburger.edu",      "user%dom@hamburger.edu",  "hamburger.edu" },
    { "dom!user@hamburger.edu",      "dom!user@hamburger.edu",  "hamburger.edu" },
    /* S09: so is a shell's alphabet. */
    { "a|b`c`$d{}@x",                "a|b`c`$d{}@x",            "x" },
    { "!#$%&'*+-/=?^_`{|}~@x",       "!#$%&'*+-/=?^_`{|}~@x",   "x" },
    { "a@1.2.3.4",                   "a@1.2.3.4",               "1.2.3.4" },
    { "a@x--y.z-9",                  "a@x--y.z-9",              "x--y.z-9" },
    { "a@[127.0.0.1]",               "a@[127.0.0.1]",           "[127.0.0.1]" },
    { "a@[IPv6:2001:DB8::1]",        "a@[ipv6:2001:db8::1]",    "[ipv6:2001:db8::1]" },
    { "a@[tag:x@y]",                 "a@[tag:x@y]",             "[tag:x@y]" },
};

static const char *const bad[] = {
    "", "@", "bob", "bob@", "@hamburger.edu", "bob@@hamburger.edu", ".", "..@x",
    ".bob@x", "bob.@x", "bo..b@x", "bo b@x", "bob @x", " bob@x", "bob@x ", "bob@ x",
    "<bob@x>", "bob@x>", "b>ob@x", "b(c)@x", "b,c@x", "b;c@x", "b:c@x", "b\\c@x",
    "a@.", "a@..", "a@.x", "a@x..", "a@x..y", "a@-x", "a@x-", "a@x.-y", "a@x_y", "a@x!",
    /* S08: a route, and two domains. */
    "@us:user@dom", "@a,@b:user@dom", "user@dom@us", "user@[127.0.0.1",
    "user@127.0.0.1]", "user@[]",
    /* quoting */
    "\"bob@x", "\"bob\"x@y", "x\"bob\"@y", "\"bob\\\"@x", "\"\\", "\"", "\"a\nb\"@x",
    "\"a\\\nb\"@x", "\"a\tb\"@x",
    /* literals */
    "a@[1.2.3]", "a@[1.2.3.4.5]", "a@[1.2.3.256]", "a@[1.2.3.0004]", "a@[1.2.3.]",
    "a@[IPv6:]", "a@[IPv6:1::2::3]", "a@[IPv6:12345::]", "a@[tag:]", "a@[tag:a]b]",
    "a@[tag]", "a@[-t:x]", "a@[tag:a b]",
    /* RFC 6531 comes later. */
    "b\xc3\xb6" "b@x", "bob@b\xc3\xbc" "cher.example", "\"b\xc3\xb6\"@x",
};
/* clang-format on */

TEST(address_good)
{
    OWN(arena_close) struct arena *arena = arena_open(4096);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct span got;
        if (!canonical(arena, span_of(good[i].address), &got)) {
            printf("refused: %s\n", good[i].address);
            CHECK(false);
            continue;
        }
        if (!CHECK(span_is(got, span_of(good[i].canonical))))
            printf("%s became %.*s\n", good[i].address, SPAN_ARG(got));
        CHECK(span_is(address_domain(got), span_of(good[i].domain)));
    }
}

TEST(address_bad)
{
    OWN(arena_close) struct arena *arena = arena_open(4096);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct span got;
        if (!CHECK(!canonical(arena, span_of(bad[i]), &got)))
            printf("accepted: %s\n", bad[i]);
    }
}

TEST(address_with_a_nul)
{
    OWN(arena_close) struct arena *arena = arena_open(4096);
    struct span got;
    CHECK(!canonical(arena, SPAN("bob\0@x"), &got));
    CHECK(!canonical(arena, SPAN("bob@x\0"), &got));
    CHECK(!canonical(arena, SPAN("\"b\0b\"@x"), &got));
    CHECK(!canonical(arena, SPAN("bob@hamburger.edu\0.crepes.fr"), &got));
    CHECK(!canonical(arena, SPAN("b@[IPv6:::1\0]"), &got));
}

/* Builds local-part "@" domain with labels of `label` octets up to `domain` octets. */
static struct span sized(char *out, size_t local, size_t label, size_t domain)
{
    memset(out, 'a', local);
    out[local] = '@';
    for (size_t i = 0; i < domain; i++)
        out[local + 1 + i] = (i + 1) % (label + 1) ? 'b' : '.';
    return span_at(out, local + 1 + domain);
}

TEST(address_lengths)
{
    char text[ADDRESS_OCTETS_MAX + 16];
    OWN(arena_close) struct arena *arena = arena_open(4096);
    struct span got;
    CHECK(canonical(arena, sized(text, 64, 63, 255), &got));
    CHECK(!canonical(arena, sized(text, 65, 63, 20), &got));
    CHECK(!canonical(arena, sized(text, 1, 62, 256), &got));
    CHECK(canonical(arena, sized(text, 1, 62, 255), &got));
    CHECK(canonical(arena, sized(text, 1, 63, 63), &got));
    CHECK(!canonical(arena, sized(text, 1, 64, 64), &got));
}

TEST(address_canonical_stays)
{
    OWN(arena_close) struct arena *arena = arena_open(4096);
    OWN(arena_close) struct arena *second = arena_open(4096);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct span once, twice;
        CHECK(canonical(arena, span_of(good[i].address), &once));
        CHECK(canonical(second, once, &twice));
        CHECK(span_is(once, twice));
    }
}
