#include "store/text.h"

#include "base/own.h"
#include "store/account.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ACCOUNT = 1, STORE = 99 };

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

static void again(void)
{
    text_close(&text);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), 0);
}

static void end(void)
{
    text_close(&text);
    place_remove(&place);
}

static void add(uint64_t email, const char *words)
{
    struct text_item item = { email, span_of(words), 3 };
    CHECK_EQ_INT(text_add(text, &item, 1), 0);
}

static int collect(uint64_t email, void *arg)
{
    struct buf *b = arg;
    return buf_printf(b, "%s%u", b->len > 0 ? " " : "", (unsigned)email);
}

static void check_word(const char *word, const char *emails)
{
    struct buf b = { .max = 4096 };
    CHECK_EQ_INT(text_find(text, span_of(word), collect, &b), 0);
    buf_printf(&b, "%s", "");
    unit_equal_span(buf_span(&b), span_of(emails), __FILE__, __LINE__, word);
    buf_free(&b);
}

static void check_text(uint64_t email, const char *words)
{
    struct span got = { NULL, 0 };
    uint32_t body = 0;
    CHECK_EQ_INT(text_get(text, email, &got, &body), 0);
    unit_equal_span(got, span_of(words), __FILE__, __LINE__, words);
    CHECK_EQ_UINT(body, 3);
    free((void *)(uintptr_t)got.at);
}

TEST(text_keeps_words_and_texts)
{
    begin();
    add(10, "re: zanzibar ketchup\n");
    add(20, "ketchup and pickles\n");
    add(30, "\xd1\x87\xd0\xb0\xd0\xb9 zanzi\n");
    for (int turn = 0; turn < 2; turn++, again()) {
        check_word("ketchup", "10 20");
        check_word("pickles", "20");
        check_word("pickle", "");
        check_word("zanzi*", "10 30");
        check_word("\xd1\x87\xd0\xb0\xd0\xb9", "30");
        check_text(10, "re: zanzibar ketchup\n");
        check_text(30, "\xd1\x87\xd0\xb0\xd0\xb9 zanzi\n");
        CHECK_EQ_UINT(text_indexed(text), 30);
        CHECK_EQ_UINT(text_count(text), 3);
    }
    end();
}

TEST(text_takes_each_message_once)
{
    struct text_item items[] = { { 10, SPAN("one\n"), 3 },
                                 { 20, SPAN("two\n"), 3 },
                                 { 30, SPAN(""), 0 } };
    begin();
    CHECK_EQ_INT(text_add(text, items, 2), 0);
    CHECK_EQ_INT(text_add(text, items, 3), 0);
    CHECK_EQ_UINT(text_indexed(text), 30);
    check_word("one", "10");
    check_word("two", "20");
    end();
}

TEST(text_that_is_damaged_is_known)
{
    struct span got;
    uint32_t body;
    uint64_t wrong;
    begin();
    add(10, "one\n");
    add(20, "two\n");
    text_close(&text);
    place_flip(&place, "accounts/1/text.000001", 1);
    CHECK_EQ_INT(text_check(place.directory, STORE, ACCOUNT, &wrong), 0);
    CHECK_EQ_UINT(wrong, 1);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), 0);
    CHECK_EQ_INT(text_get(text, 10, &got, &body), -EUCLEAN);
    check_text(20, "two\n");
    text_close(&text);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE + 1, ACCOUNT), -EUCLEAN);
    place_truncate(&place, "accounts/1/text.000001", 7);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), -EUCLEAN);
    place_flip(&place, "accounts/1/text.db", 20);
    place_flip(&place, "accounts/1/text.db", 3);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), -EUCLEAN);
    CHECK_EQ_INT(text_drop(place.directory, ACCOUNT), 0);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), 0);
    CHECK_EQ_UINT(text_indexed(text), 0);
    end();
}

TEST(text_of_no_account_is_none)
{
    struct text_index *none;
    begin();
    CHECK_EQ_INT(text_open(&none, place.directory, STORE, 2), -ENOENT);
    end();
}

static int collect_term(struct span term, void *arg)
{
    struct buf *b = arg;
    return buf_printf(b, "%s%.*s", b->len > 0 ? " " : "", SPAN_ARG(term));
}

static void check_terms(const char *part, const char *terms)
{
    struct buf b = { .max = 4096 };
    CHECK_EQ_INT(text_terms(text, span_of(part), WORD_ANYWHERE, collect_term, &b), 0);
    buf_printf(&b, "%s", "");
    unit_equal_span(buf_span(&b), span_of(terms), __FILE__, __LINE__, part);
    buf_free(&b);
}

/* The words are the index's own: each is found in it. */
TEST(text_has_parts_of_words)
{
    begin();
    add(10, "re: zanzibar's ketchup, zanzibar\n");
    check_terms("anziba", "zanzibar");
    add(20, "\xd1\x87\xd0\xb0\xd0\xb9-ketchup 7up\n");
    for (int turn = 0; turn < 2; turn++, again()) {
        check_terms("up", "ketchup 7up");
        check_terms("s", "s");
        check_terms("\xd0\xb0", "\xd1\x87\xd0\xb0\xd0\xb9");
        check_word("zanzibar", "10");
    }
    end();
}

/* What an index says of its list, and the list: either goes alone, both begin anew. */
TEST(text_without_its_words)
{
    begin();
    add(10, "zanzibar\n");
    text_close(&text);
    CHECK_EQ_INT(unlinkat(place.directory, "accounts/1/text.words.000001", 0), 0);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), -EUCLEAN);
    CHECK_EQ_INT(text_drop(place.directory, ACCOUNT), 0);
    CHECK_EQ_INT(text_open(&text, place.directory, STORE, ACCOUNT), 0);
    check_terms("zanzibar", "");
    add(10, "zanzibar\n");
    check_terms("zanzibar", "zanzibar");
    end();
}
