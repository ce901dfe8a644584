/* prepare_test - RFC 4013 §3, and what passwords are made of since. */
#include "auth/prepare.h"

#include "base/own.h"
#include "test/unit.h"

#include <stdio.h>

/* clang-format off */
static const struct { const char *text, *prepared; } table[] = {
    /* RFC 4013 §3: NULL where it is prohibited */
    { "I\xc2\xadX", "IX" },          /* SOFT HYPHEN mapped to nothing */
    { "user", "user" },              /* no transformation */
    { "USER", "USER" },              /* case preserved, will not match #2 */
    { "\xc2\xaa", "a" },             /* output is NFKC, input in ISO 8859-1 */
    { "\xe2\x85\xa8", "IX" },        /* output is NFKC, will match #1 */
    { "\x07", NULL },                /* Error - prohibited character */
    { "\xd8\xa7\x31", NULL },        /* Error - bidirectional check */
    /* §2.1: spaces, and what is commonly mapped to nothing */
    { "a\xc2\xa0" "b", "a b" }, { "a\xe2\x80\x8b" "b", "a b" }, { "\xc2\xad", NULL },
    /* composed and not */
    { "\xc3\xa9", "\xc3\xa9" }, { "e\xcc\x81", "\xc3\xa9" },
    /* the longest that comes of one character */
    { "\xef\xb7\xba", "\xd8\xb5\xd9\x84\xd9\x89 \xd8\xa7\xd9\x84\xd9\x84\xd9\x87 "
      "\xd8\xb9\xd9\x84\xd9\x8a\xd9\x87 \xd9\x88\xd8\xb3\xd9\x84\xd9\x85" },
    /* younger than Unicode 3.2 */
    { "\xf0\x9f\x8d\x85ketchup", "\xf0\x9f\x8d\x85ketchup" },
    /* no UTF-8: ISO 8859-1, overlong, surrogate, cut, past the end */
    { "\xe9t\xe9", NULL }, { "\xc0\xaf", NULL }, { "\xed\xa0\x80", NULL },
    { "\xe2\x82", NULL }, { "\xf4\x90\x80\x80", NULL }, { "\xff", NULL },
    /* §2.3 */
    { "\x7f", NULL }, { "a\tb", NULL }, { "\xc2\x85", NULL }, { "\xee\x80\x80", NULL },
    { "\xef\xbf\xbe", NULL }, { "\xe2\x80\xae", NULL },
    { "", NULL },
};
/* clang-format on */

TEST(prepare_as_rfc_4013)
{
    OWN(arena_close) struct arena *arena = arena_open(4096);
    struct span prepared;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool good = prepare(span_of(table[i].text), arena, &prepared);
        if (!CHECK(table[i].prepared
                       ? good && span_is(prepared, span_of(table[i].prepared))
                       : !good))
            printf("  row %zu: %s \"%.*s\"\n", i, good ? "good" : "bad",
                   good ? (int)prepared.len : 0, prepared.at);
    }
    CHECK(!prepare(SPAN("a\0b"), arena, &prepared));
}

TEST(prepare_of_what_is_long)
{
    static char longest[3 * 170];
    OWN(arena_close) struct arena *arena = arena_open(64 << 10);
    struct span prepared;
    for (size_t i = 0; i < sizeof longest; i += 3)
        memcpy(longest + i, "\xef\xb7\xba", 3);
    CHECK(prepare(span_at(longest, sizeof longest), arena, &prepared));
    CHECK_EQ_UINT(prepared.len, 33 * 170);
}
