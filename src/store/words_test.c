#include "store/words.h"

#include "base/buf.h"
#include "config/limits.h"
#include "store/place_test.h"
#include "store/terms.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct place place;
static struct words *words;
static struct words_place now;

static void begin(void)
{
    place_make(&place);
    CHECK_EQ_INT(mkdirat(place.directory, "accounts", 0700), 0);
    CHECK_EQ_INT(mkdirat(place.directory, "accounts/1", 0700), 0);
    now = (struct words_place){ 1, 0 };
    CHECK_EQ_INT(words_open(&words, place.directory, 1, now), 0);
}

static int again(void)
{
    words_close(&words);
    return words_open(&words, place.directory, 1, now);
}

static void end(void)
{
    words_close(&words);
    place_remove(&place);
}

static void note(const char *terms)
{
    for (struct span s = span_of(terms); s.len > 0;) {
        struct span term = span_first(s, span_find(s, ' '));
        words_note(words, term);
        s = span_skip(s, term.len + (term.len < s.len));
    }
}

static void commit(void)
{
    CHECK_EQ_INT(words_write(words, &now), 0);
    words_committed(words);
}

static int collect(struct span term, void *arg)
{
    struct buf *b = arg;
    return buf_printf(b, "%s%.*s", b->len > 0 ? " " : "", SPAN_ARG(term));
}

static void check(const char *part, enum word_part where, const char *terms)
{
    struct buf b = { .max = 4096 };
    CHECK_EQ_INT(words_find(words, span_of(part), where, collect, &b), 0);
    buf_printf(&b, "%s", "");
    unit_equal_span(buf_span(&b), span_of(terms), __FILE__, __LINE__, part);
    buf_free(&b);
}

static int file_of(uint64_t number, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "accounts/1/text.words.%06u", (unsigned)number);
    return openat(place.directory, path, flags);
}

TEST(words_have_every_part)
{
    begin();
    note("zanzibar ketchup zanzi bar barbarous ketchup");
    commit();
    note("ketchup abarb z");
    commit();
    for (int turn = 0; turn < 2; turn++) {
        check("anziba", WORD_ANYWHERE, "zanzibar");
        check("bar", WORD_ANYWHERE, "zanzibar bar barbarous abarb");
        check("bar", WORD_END, "zanzibar bar");
        check("z", WORD_END, "z");
        check("ketchup", WORD_ANYWHERE, "ketchup");
        check("ketchupp", WORD_ANYWHERE, "");
        CHECK_EQ_INT(again(), 0);
    }
    struct buf b = { .max = 64 };
    CHECK_EQ_INT(words_find(words, SPAN(""), WORD_ANYWHERE, collect, &b), -EINVAL);
    CHECK_EQ_INT(words_find(words, SPAN("a\nb"), WORD_ANYWHERE, collect, &b), -EINVAL);
    end();
}

/* What was written and never committed is written over. */
TEST(words_of_a_transaction_that_failed)
{
    begin();
    note("one two");
    commit();
    struct words_place lost;
    note("three");
    CHECK_EQ_INT(words_write(words, &lost), 0);
    CHECK_EQ_INT(again(), 0);
    check("three", WORD_ANYWHERE, "");
    note("four");
    commit();
    CHECK_EQ_INT(again(), 0);
    check("o", WORD_ANYWHERE, "one two four");
    CHECK_EQ_INT(words_check(words), 0);
    end();
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void random_term(uint64_t *random, char term_r[12])
{
    size_t len = 1 + next_random(random) % 10;
    for (size_t i = 0; i < len; i++)
        term_r[i] = (char)('a' + next_random(random) % 6);
    term_r[len] = '\0';
}

static int count(struct span term, void *arg)
{
    (void)term;
    ++*(size_t *)arg;
    return 0;
}

/* Written anew again and again, it has every term once, and the file stays small. */
TEST(words_are_made_anew)
{
    uint64_t random = 0x5eed, octets = 0, files = 0;
    struct terms all = { 0 };
    size_t with = 0, found = 0;
    begin();
    for (int slice = 0; slice < 60; slice++) {
        for (int i = 0; i < 3000; i++) {
            char term[12];
            bool is_known;
            random_term(&random, term);
            CHECK_EQ_INT(terms_add(&all, span_of(term), &is_known), 0);
            octets += is_known ? 0 : strlen(term) + 1;
            with += !is_known && strstr(term, "abc") != NULL;
            words_note(words, span_of(term));
        }
        uint64_t file = now.file;
        commit();
        files += now.file != file;
        if (slice % 7 == 0)
            CHECK_EQ_INT(again(), 0);
    }
    CHECK_EQ_INT(words_find(words, SPAN("abc"), WORD_ANYWHERE, count, &found), 0);
    CHECK_EQ_UINT(found, with);
    CHECK(files > 2);
    CHECK(now.len < 3 * octets + WORDS_PACK_FROM);
    CHECK_EQ_INT(file_of(now.file - 1, O_RDONLY), -1);
    terms_free(&all);
    end();
}

/* A crash between the new file and its commit: the old one is still the list. */
TEST(words_made_anew_and_not_committed)
{
    begin();
    struct words_place old = now;
    for (int slice = 0; slice < 100 && now.file == 1; slice++) {
        old = now;
        for (int i = 0; i < 2000; i++) {
            char term[24];
            snprintf(term, sizeof term, "t%d", i * 7 + slice);
            words_note(words, span_of(term));
        }
        CHECK_EQ_INT(words_write(words, &now), 0);
        if (now.file == 1)
            words_committed(words);
    }
    CHECK_EQ_UINT(now.file, 2);
    now = old;
    CHECK_EQ_INT(again(), 0);
    CHECK_EQ_INT(words_check(words), 0);
    note("after");
    commit();
    check("after", WORD_ANYWHERE, "after");
    end();
}

TEST(words_that_are_damaged)
{
    begin();
    note("zanzibar ketchup");
    commit();
    note("pickles");
    commit();
    int fd = file_of(1, O_RDWR);
    for (off_t at = 0; at < (off_t)now.len; at++) {
        unsigned char octet, turned;
        CHECK_EQ_INT(pread(fd, &octet, 1, at), 1);
        turned = octet ^ 0x10;
        CHECK_EQ_INT(pwrite(fd, &turned, 1, at), 1);
        int error = again();
        CHECK_EQ_INT(error ? error : words_check(words), -EUCLEAN);
        CHECK_EQ_INT(pwrite(fd, &octet, 1, at), 1);
    }
    CHECK_EQ_INT(again(), 0);
    CHECK_EQ_INT(words_check(words), 0);
    CHECK_EQ_INT(ftruncate(fd, (off_t)now.len - 1), 0);
    CHECK_EQ_INT(again(), -EUCLEAN);
    close(fd);
    end();
}

TEST(words_of_any_length)
{
    begin();
    char *term = malloc(WORD_OCTETS_MAX);
    memset(term, 'x', WORD_OCTETS_MAX);
    for (unsigned i = 0; i < 100; i++) { /* several blocks */
        term[i] = 'y';
        words_note(words, span_at(term, WORD_OCTETS_MAX));
    }
    commit();
    size_t found = 0;
    CHECK_EQ_INT(words_find(words, SPAN("yx"), WORD_ANYWHERE, count, &found), 0);
    CHECK_EQ_UINT(found, 100);
    free(term);
    end();
}
