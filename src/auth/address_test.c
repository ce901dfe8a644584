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
    /* RFC 6531: case and composition do not matter */
    { "b\u00f6b@x",                   "b\u00f6b@x",              "x" },
    { "B\u00d6B@x",                   "b\u00f6b@x",              "x" },
    { "bo\u0308b@x",                  "b\u00f6b@x",              "x" },
    { "\"b\u00f6b\"@x",              "b\u00f6b@x",              "x" },
    { "\"b\u00f6 b\"@x",             "\"b\u00f6 b\"@x",        "x" },
    { "\u0394\u039f\u039a@x",        "\u03b4\u03bf\u03ba@x",   "x" },
    { "stra\u00dfe@x",                "strasse@x",              "x" },
    { "\u7528\u6237@x",              "\u7528\u6237@x",         "x" },
    /* Folded it is ASCII, and one character must be quoted now: Kelvin, Greek "?". */
    { "\u212aim@x",                   "kim@x",                  "x" },
    { "a\u037eb@x",                "\"a;b\"@x",              "x" },
    /* RFC 5890: U-labels and A-labels are one. */
    { "a@b\u00fccher.example",        "a@xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "a@BU\u0308CHER.Example",       "a@xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "a@XN--BCHER-KVA.example.",     "a@xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "a@b\u00fccher.example.",       "a@xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "a@fa\u00df.example",           "a@xn--fa-hia.example",   "xn--fa-hia.example" },
    { "a@\u4f8b\u3048\u3002jp",       "a@xn--r8jz45g.jp",       "xn--r8jz45g.jp" },
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
    /* S15: no UTF-8: cut short, overlong, a surrogate, past the end; C1 controls */
    "b\xc3@x", "b\x80@x", "b\xc0\xaf@x", "b\xc1\xa2@x", "b\xe0\x80\xaf@x",
    "b\xed\xa0\x80@x", "b\xf4\x90\x80\x80@x", "b\xff@x", "b\xc2\x85@x",
    "\"b\xc3\"@x", "bob@x\xc3", "bob@\xc0\xae.x", "bob@b\xc3.x",
    /* S15: what nobody sees, or what moves others: U+202E, U+2066, U+200B, U+FEFF, U+00AD,
     * U+2028, U+00A0, U+3000; private and unassigned ones */
    "b\u202eob@x", "b\u2066ob@x", "b\u200bob@x", "\ufeffbob@x", "b\u00adob@x",
    "b\u2028ob@x", "b\u00a0ob@x", "\"b\u3000ob\"@x", "b\ue000ob@x", "b\U000e0001ob@x",
    "b\u0378ob@x",
    /* a domain that IDNA knows not: a symbol, a control, a label that begins badly */
    "bob@\u2764.example", "bob@b\u202ecd.example", "bob@\u0301x.example",
    "bob@\u00fc-.example", "bob@b\u00fcb..example", "bob@.b\u00fcb", "bob@[b\u00fc]",
    "bob@b\u00fc/cher.example", "bob@b\u00fc_cher.example", "bob@b\u00fc cher.example",
    "bob@b\u00fc@cher.example", "bob@\uff3bb\u00fc\uff3d", "bob@b\u00fc\uff0fx",
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

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00 >> n & 0xff) | c);
    return n;
}

/* Every character, alone and before a mark that moves when it is folded. */
TEST(address_canonical_stays_for_every_character)
{
    OWN(arena_close) struct arena *arena = arena_open(4096);
    OWN(arena_close) struct arena *second = arena_open(4096);
    size_t taken = 0;
    for (uint32_t c = 0x80; c < 0x32000; c++) {
        char text[32] = "";
        size_t len = put_utf8(text, c);
        if (c % 2)
            len += put_utf8(text + len, 0x345);
        memcpy(text + len, "@x", 2);
        struct span once, twice;
        if (!canonical(arena, span_at(text, len + 2), &once))
            continue;
        taken++;
        bool again = canonical(second, once, &twice);
        if (!CHECK(again && span_is(once, twice)))
            printf("U+%04X\n", (unsigned)c);
    }
    CHECK(taken > 100000);
}
