#include "imap/search_key.h"

#include "test/unit.h"

#include "config/limits.h"

#include <stdio.h>

static struct arena *arena;
static unsigned asked;

static const char *const names[] = {
    [SEARCH_ALL] = "all",         [SEARCH_AND] = "and",
    [SEARCH_OR] = "or",           [SEARCH_NOT] = "not",
    [SEARCH_FLAG] = "flag",       [SEARCH_RECENT] = "recent",
    [SEARCH_NUMBERS] = "numbers", [SEARCH_UIDS] = "uids",
    [SEARCH_BEFORE] = "before",   [SEARCH_ON] = "on",
    [SEARCH_SINCE] = "since",     [SEARCH_SENTBEFORE] = "sentbefore",
    [SEARCH_SENTON] = "senton",   [SEARCH_SENTSINCE] = "sentsince",
    [SEARCH_LARGER] = "larger",   [SEARCH_SMALLER] = "smaller",
    [SEARCH_OLDER] = "older",     [SEARCH_YOUNGER] = "younger",
    [SEARCH_HEADER] = "header",   [SEARCH_BODY] = "body",
    [SEARCH_TEXT] = "text",
};

/* The keys as they stand, "?" where they are none. */
static struct span keys_of(const char *text, struct buf *b)
{
    struct span rest = span_of(text);
    struct search_keys keys;

    arena_reset(arena);
    buf_clear(b);
    if (!search_keys_take(&rest, arena, &keys) || rest.len > 0) {
        buf_put(b, SPAN("?"));
        return buf_span(b);
    }
    for (size_t i = 0; i < keys.count; i++) {
        const struct search_key *k = &keys.keys[i];
        buf_printf(b, "%s%s", i ? " " : "", names[k->kind]);
        if (k->count > 0)
            buf_printf(b, "%u", k->count);
        if (k->field.len > 0)
            buf_printf(b, ":%.*s", SPAN_ARG(k->field));
        if (k->text.len > 0)
            buf_printf(b, ":%.*s", SPAN_ARG(k->text));
    }
    return buf_span(b);
}

TEST(keys_of_rfc_9051)
{
    struct buf b = { .max = 1 << 16 };

    arena = arena_open(IMAP_ARENA_MAX * 4);
    /* §6.4.4's examples */
    CHECK_SPAN(keys_of("FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"", &b),
               "and3 flag:\\Flagged since not1 header:From:Smith");
    CHECK_SPAN(keys_of("TEXT \"string not in mailbox\"", &b),
               "and1 text:string not in mailbox");
    CHECK_SPAN(keys_of("TEXT {12}\r\n\xd0\x97\xd0\x97\xd0\x97\xd0\x97\xd0\x97\xd0\x97",
                       &b),
               "and1 text:\xd0\x97\xd0\x97\xd0\x97\xd0\x97\xd0\x97\xd0\x97");
    /* and its keys */
    CHECK_SPAN(keys_of("OR (SEEN 1:3) NOT (UNSEEN)", &b),
               "and1 or2 and2 flag:\\Seen numbers not1 and1 not1 flag:\\Seen");
    CHECK_SPAN(keys_of("OR OR 1 2 3 4", &b),
               "and2 or2 or2 numbers numbers numbers numbers");
    CHECK_SPAN(keys_of("NOT NOT NOT ALL", &b), "and1 not1 not1 not1 all");
    CHECK_SPAN(keys_of("NEW OLD KEYWORD $Junk UNKEYWORD a", &b),
               "and4 and2 recent not1 flag:\\Seen not1 recent flag:$Junk not1 flag:a");
    CHECK_SPAN(keys_of("HEADER Message-ID \"\" UID 1,3:* LARGER 0 SMALLER 5", &b),
               "and4 header:Message-ID uids larger smaller");
    CHECK_SPAN(keys_of("SENTBEFORE 1-Feb-1994 SENTON 1-Feb-1994 ON 1-Feb-1994 $", &b),
               "and4 sentbefore senton on numbers");
    CHECK_SPAN(keys_of("OLDER 60 YOUNGER 259200", &b), "and2 older younger");
    arena_close(&arena);
    buf_free(&b);
}

TEST(what_are_no_keys_I03)
{
    static const char *const wrong[] = {
        "",        " ALL",     "ALL ",     "()",       "(ALL",   "ALL)",  "NOT",
        "NOT ",    "NOT )",    "OR 1",     "(OR 1) 2", "OR 1 ",  "FOO",   "SINCE",
        "SINCE 1", "LARGER x", "KEYWORD",  "UID 0",    "(1) (2", "((1)",  "1))",
        "FROM",    "FROM ",    "HEADER a", "NOT (1",   "ALL(1)", "SEENX",
    };
    struct buf b = { .max = 1 << 20 }, deep = { .max = 1 << 20 };

    arena = arena_open(IMAP_ARENA_MAX * 4);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (!CHECK_SPAN(keys_of(wrong[i], &b), "?"))
            CHECK_STR(wrong[i], "");
    static const char *const nested[] = { "NOT ", "(", "OR 1 ", "((((", "OR (NOT " };
    for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++) {
        buf_clear(&deep);
        for (int n = 0; n < 10000; n++)
            buf_put(&deep, span_of(nested[i]));
        buf_put(&deep, SPAN("1\0"));
        CHECK_SPAN(keys_of(deep.at, &b), "?");
    }
    arena_close(&arena);
    buf_free(&b);
    buf_free(&deep);
}

/* Numbers are true when odd. */
static bool is_odd(const struct search_key *key, void *arg)
{
    (void)arg;
    asked++;
    return key->set.ranges[0].first % 2 == 1;
}

static bool fits(const char *text, unsigned questions)
{
    struct span rest = span_of(text);
    struct search_keys keys;

    arena_reset(arena);
    asked = 0;
    CHECK(search_keys_take(&rest, arena, &keys));
    bool does = search_keys_fit(&keys, is_odd, NULL);
    CHECK_EQ_UINT(asked, questions);
    return does;
}

TEST(a_message_fits_or_does_not)
{
    arena = arena_open(IMAP_ARENA_MAX * 4);
    CHECK(fits("ALL", 0) && fits("1", 1) && !fits("2", 1));
    CHECK(fits("1 3 5", 3) && !fits("2 1 1", 1) && !fits("1 2 1", 2));
    CHECK(fits("OR 1 2", 1) && fits("OR 2 1", 2) && !fits("OR 2 4", 2));
    CHECK(fits("NOT 2", 1) && !fits("NOT 1", 1) && fits("NOT NOT 1", 1));
    CHECK(fits("OR (2 1 1) (1 NOT 2)", 3) && !fits("(OR 1 (2 2)) 2 1", 2));
    CHECK(!fits("NOT (1 OR 2 NOT 2) 1", 3) && fits("NOT (OR 2 2) 1", 3));
    CHECK(fits("OR 1 (NOT (2 2) OR 1 NOT 2)", 1) && !fits("2 NOT (OR 1 OLD NEW)", 1));
    CHECK(fits("OR (OR 2 (2 OR 1 1)) NOT (2 2)", 3));
    arena_close(&arena);
}
