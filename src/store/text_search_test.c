#include "store/text_search.h"

#include "base/buf.h"
#include "base/own.h"
#include "os/files.h"
#include "store/account.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ACCOUNT = 1, STORE = 99, BODY_AT = 5, MANY = 6000 };

static struct place place;
static struct text_index *text;

static void begin(void)
{
    place_make(&place);
    CHECK_EQ_INT(fchdir(place.directory), 0);
    CHECK_EQ_INT(mkdirat(place.directory, "accounts", 0700), 0);
    CHECK_EQ_INT(mkdirat(place.directory, "accounts/1", 0700), 0);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), 0);
}

static void end(void)
{
    text_close(&text);
    place_remove(&place);
}

/* Of five octets "head\n" and what else it has. */
static void add(uint64_t email, struct span octets)
{
    struct text_item item = { email, octets, BODY_AT };
    CHECK_EQ_INT(text_add(text, &item, 1), 0);
}

/* All slices; how many they were. */
static unsigned find(struct span folded, bool body, struct buf *emails_r)
{
    struct text_search *search;
    static struct text_slice slice;
    unsigned slices = 0;
    uint64_t after = 0;
    if (!CHECK_EQ_INT(text_search_open(&search, text, folded, body), 0))
        return 0;
    CHECK(text_search_is_for(search, folded, body));
    CHECK(!text_search_is_for(search, folded, !body));
    do {
        CHECK_EQ_INT(text_search_next(search, text, after, &slice), 0);
        CHECK(slice.upto > after || !slice.more);
        after = slice.upto;
        for (size_t i = 0; i < slice.count; i++)
            buf_printf(emails_r, " %u", (unsigned)slice.emails[i]);
        slices++;
    } while (slice.more);
    CHECK_EQ_UINT(after, text_indexed(text));
    text_search_close(&search);
    return slices;
}

static void check_find(const char *folded, bool body, const char *emails)
{
    struct buf b = { .max = 4096 };
    find(span_of(folded), body, &b);
    buf_printf(&b, "%s", "");
    unit_equal_span(buf_span(&b), span_of(emails), __FILE__, __LINE__, folded);
    buf_free(&b);
}

TEST(search_finds_substrings)
{
    begin();
    add(10, SPAN("head\nthe zanzibar of cafe-au-lait\n"));
    add(20, SPAN("zanz\nibar and the other words, zanz ibar\n"));
    add(30, SPAN("head\n\xd0\xb7\xd0\xb8\xd0\xbc\xd0\xb0 abc\xd0\xb7 1999.5\n"));
    check_find("anziba", false, " 10");
    check_find("zanz", false, " 10 20");
    check_find("zanz", true, " 10 20");
    check_find("head", false, " 10 30");
    check_find("head", true, "");
    /* the end of a word, whole words, the beginning of one */
    check_find("bar of caf", false, " 10");
    check_find("anz of caf", false, "");
    check_find("ibar and t", true, " 20");
    check_find("e-au-l", false, " 10");
    check_find("r words,", false, " 20");
    check_find(", z", false, " 20");
    /* no word of ASCII narrows */
    check_find("\xd0\xb8\xd0\xbc", false, " 30");
    check_find("bc\xd0\xb7", false, " 30");
    check_find(", ", false, " 20");
    check_find("999.", false, " 30");
    check_find("\"*", false, "");
    end();
}

/* Every substring of some octets, as memmem sees it. */
TEST(search_agrees_with_the_texts)
{
    static const char alphabet[] = "ab c.d-\n";
    char texts[40][24];
    unsigned seed = 1;
    begin();
    for (unsigned i = 0; i < 40; i++) {
        memcpy(texts[i], "head\n", BODY_AT);
        for (unsigned k = 5; k < 24; k++)
            texts[i][k] = alphabet[rand_r(&seed) % 8];
        add(i + 1, span_at(texts[i], 24));
    }
    for (unsigned n = 0; n < 400; n++) {
        const char *of = texts[rand_r(&seed) % 40] + rand_r(&seed) % 16;
        struct span needle = span_at(of, 1 + (size_t)(rand_r(&seed) % 8));
        struct buf got = { .max = 4096 }, expected = { .max = 4096 };
        bool body = n % 2;
        find(needle, body, &got);
        for (unsigned i = 0; i < 40; i++)
            if (memmem(texts[i] + (body ? BODY_AT : 0), body ? 24 - BODY_AT : 24,
                       needle.at, needle.len))
                buf_printf(&expected, " %u", i + 1);
        unit_equal_span(buf_span(&got), buf_span(&expected), __FILE__, __LINE__, "");
        buf_free(&got);
        buf_free(&expected);
    }
    end();
}

/* A word longer than the index keeps is found by its end, too. */
TEST(search_finds_the_end_of_a_long_word)
{
    struct buf b = { .max = 1 << 20 };
    begin();
    buf_put(&b, SPAN("head\n"));
    for (int i = 0; i < WORD_OCTETS_MAX; i++)
        buf_put(&b, SPAN("x"));
    buf_put(&b, SPAN("needle\n"));
    add(1, buf_span(&b));
    check_find("needle", false, " 1");
    check_find("xneedl", true, " 1");
    buf_free(&b);
    end();
}

/* I17: it goes on in slices, whatever it finds, and each is bounded. */
TEST(search_goes_on_in_slices_I17)
{
    static struct text_item items[MANY];
    struct buf b = { .max = 1 << 20 };
    begin();
    for (unsigned i = 0; i < MANY; i++)
        items[i] = (struct text_item){ i + 1, span_of("head\nsame words\n"), BODY_AT };
    CHECK_EQ_INT(text_add(text, items, MANY), 0);
    CHECK(find(SPAN("same w"), true, &b) >= MANY / FIND_EMAILS_MAX + 1);
    size_t spaces = 0;
    for (size_t i = 0; i < b.len; i++)
        spaces += b.at[i] == ' ';
    CHECK_EQ_UINT(spaces, MANY);
    buf_free(&b);
    end();
}

/* What came after it had begun is not said to have been judged; what is damaged is said. */
TEST(search_says_how_far_it_has_come)
{
    struct text_search *search;
    static struct text_slice slice;
    begin();
    add(1, SPAN("head\none\n"));
    CHECK_EQ_INT(text_search_open(&search, text, SPAN("e"), true), 0);
    add(2, SPAN("head\none\n"));
    CHECK_EQ_INT(text_search_next(search, text, 0, &slice), 0);
    CHECK(slice.count == 1 && slice.upto == 1 && !slice.more);
    text_search_close(&search);
    OWN(fd_close) int fd = openat(place.directory, "accounts/1/text.000001", O_WRONLY);
    CHECK_EQ_INT(pwrite(fd, "X", 1, 6), 1);
    CHECK_EQ_INT(text_search_open(&search, text, SPAN("e"), true), 0);
    CHECK_EQ_INT(text_search_next(search, text, 0, &slice), -EUCLEAN);
    text_search_close(&search);
    end();
}

/* A slice whose time ends at such a one does not say so either. */
TEST(search_has_not_judged_what_came_later)
{
    static char blank[SEARCH_TEXT_MAX];
    struct text_search *search;
    static struct text_slice slice;
    begin();
    memset(blank, ' ', sizeof blank);
    for (uint64_t email = 1; email < 32; email++)
        add(email, span_at(blank, sizeof blank));
    CHECK_EQ_INT(text_search_open(&search, text, SPAN(";"), true), 0);
    for (uint64_t email = 32; email < 64; email++)
        add(email, SPAN("head\none;\n"));
    uint64_t after = 0;
    do {
        CHECK_EQ_INT(text_search_next(search, text, after, &slice), 0);
        CHECK(slice.count == 0 && slice.upto <= 31);
        after = slice.upto;
    } while (slice.more);
    CHECK_EQ_UINT(after, 31);
    text_search_close(&search);
    end();
}
