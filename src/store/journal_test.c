#include "store/journal.h"

#include "base/own.h"
#include "os/files.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEGMENT = 1 << 20, EPOCH = 5 };
#define START (UINT64_C(4) * SEGMENT)

/* A journal being written, as order.c does it. */
struct scribe {
    struct place place;
    struct journal journal;
    uint64_t end;
    unsigned count;
};

static void begin(struct scribe *s)
{
    *s = (struct scribe){ .end = START };
    place_make(&s->place);
    CHECK_EQ_INT(journal_open(&s->journal, s->place.directory, SEGMENT), 0);
    journal_stage_open(&s->journal);
    for (unsigned i = 0; i < JOURNAL_SEGMENTS; i++)
        CHECK_EQ_INT(journal_fill(&s->journal, i * UINT64_C(1) * SEGMENT), 0);
}

static void finish(struct scribe *s)
{
    journal_close(&s->journal);
    place_remove(&s->place);
}

static struct entry *make(uint64_t number, size_t size)
{
    struct entry *e = entry_new(ENTRY_DELIVER, 1, 0, size);
    if (!CHECK(e))
        abort();
    *entry_targets(e->head) = (struct target){ number, 1, 1 };
    memset(entry_body(e->head), 'a' + (int)(number % 26), size);
    return e;
}

static void commit(struct scribe *s, struct entry *e, uint64_t lsn)
{
    e->next = NULL;
    entry_seal(e->head, lsn, EPOCH);
    CHECK_EQ_INT(journal_commit(&s->journal, e), 0);
    s->end = lsn + e->head->length;
    entry_free(e);
}

static void write_one(struct scribe *s, size_t size)
{
    struct entry *e = make(s->count++, size);
    uint64_t at = journal_place(&s->journal, s->end, e->head->length);
    if (at - s->end >= ENTRY_HEAD) {
        struct entry *padding = entry_new(ENTRY_PADDING, 0, 0, 0);
        if (!CHECK(padding))
            abort();
        padding->head->length = (uint32_t)(at - s->end);
        commit(s, padding, s->end);
    }
    commit(s, e, at);
}

/* How many entries are there, each the one that was written? */
static unsigned read_all(struct scribe *s, uint64_t from, uint32_t epoch,
                         uint64_t *gap_r)
{
    struct journal_reader r;
    const struct entry_head *head;
    unsigned count = 0;
    CHECK_EQ_INT(journal_reader_open(&r, &s->journal, from, epoch), 0);
    while (journal_next(&r, &head) == 1) {
        if (entry_targets(head)->account != count && from == START)
            CHECK_EQ_UINT(entry_targets(head)->account, count);
        count++;
    }
    *gap_r = journal_gap(&r);
    journal_reader_close(&r);
    return count;
}

TEST(journal_reads_what_was_written)
{
    struct scribe s;
    uint64_t gap;
    begin(&s);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 0);
    /* Sizes that end segments with and without room for padding. */
    for (unsigned i = 0; i < 900; i++)
        write_one(&s, i * 7919 % 9000);
    CHECK(s.end > START + 3 * SEGMENT);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 900);
    CHECK_EQ_UINT(gap, 0);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH + 1, &gap), 0);
    finish(&s);
}

TEST(journal_fills_a_segment_to_the_last_octet)
{
    for (size_t rest = 0; rest <= 2 * ENTRY_HEAD; rest += 8) {
        struct scribe s;
        uint64_t gap;
        begin(&s);
        struct entry *probe = make(0, 0);
        size_t head = probe->head->length;
        entry_free(probe);
        for (unsigned i = 0; i < 7; i++)
            write_one(&s, SEGMENT / 8 - head);
        write_one(&s, SEGMENT / 8 - head - rest);
        CHECK_EQ_UINT(s.end % SEGMENT, (SEGMENT - rest) % SEGMENT);
        write_one(&s, 100);
        CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 9);
        CHECK_EQ_UINT(gap, 0);
        finish(&s);
    }
}

TEST(journal_goes_round)
{
    struct scribe s;
    uint64_t gap, middle = 0;
    begin(&s);
    while (s.end < START + 9 * UINT64_C(1) * SEGMENT) {
        write_one(&s, 200000);
        if (middle == 0 && s.end >= START + 6 * UINT64_C(1) * SEGMENT)
            middle = s.end;
    }
    CHECK(read_all(&s, middle, EPOCH, &gap) >= 13);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 0);
    finish(&s);
}

static void spoil(struct scribe *s, uint64_t lsn)
{
    char octet;
    int fd = s->journal.segment[lsn / SEGMENT % JOURNAL_SEGMENTS];
    CHECK_EQ_INT(pread(fd, &octet, 1, (off_t)(lsn % SEGMENT)), 1);
    octet = (char)~octet;
    CHECK_EQ_INT(file_write_at(fd, span_at(&octet, 1), (off_t)(lsn % SEGMENT)), 0);
}

TEST(journal_ends_at_the_first_entry_that_is_not_whole)
{
    struct scribe s;
    uint64_t gap, last = 0;
    begin(&s);
    for (unsigned i = 0; i < 10; i++) {
        last = s.end;
        write_one(&s, 5000);
    }
    for (unsigned octet = 0; octet < 5000; octet += 61) {
        spoil(&s, last + octet);
        CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 9);
        CHECK_EQ_UINT(gap, 0);
        spoil(&s, last + octet);
    }
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 10);
    finish(&s);
}

TEST(journal_sees_that_it_is_broken_in_the_middle)
{
    struct scribe s;
    uint64_t gap;
    begin(&s);
    while (s.end < START + SEGMENT + SEGMENT / 2)
        write_one(&s, 60000);
    spoil(&s, START + 300000);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 4);
    CHECK_EQ_UINT(gap, START + SEGMENT);
    finish(&s);
}

TEST(journal_many_entries_in_one_commit)
{
    struct scribe s;
    uint64_t gap;
    begin(&s);
    struct entry *first = NULL, **last = &first, *next;
    for (unsigned i = 0; i < 1000; i++) {
        *last = make(i, 300);
        entry_seal((*last)->head, s.end, EPOCH);
        s.end += (*last)->head->length;
        last = &(*last)->next;
    }
    CHECK_EQ_INT(journal_commit(&s.journal, first), 0);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 1000);
    for (; first; first = next) {
        next = first->next;
        entry_free(first);
    }
    finish(&s);
}

/* How the journal is written must not be seen in what is read: entries through the cache
 * and past it, in turn, each behind the other in one block. */
TEST(journal_reads_the_same_past_the_cache_and_through_it)
{
    struct scribe s;
    uint64_t gap;
    begin(&s);
    char *stage = s.journal.stage;
    for (unsigned i = 0; i < 300; i++) {
        bool cached = i % 3 == 1;
        s.journal.stage = cached ? NULL : stage;
        write_one(&s, i * 7919 % 9000);
    }
    s.journal.stage = stage;
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 300);
    CHECK_EQ_UINT(gap, 0);
    finish(&s);
}

TEST(journal_says_that_what_is_past_the_cache_was_not_written)
{
    struct scribe s;
    uint64_t gap;
    begin(&s);
    write_one(&s, 5000);
    int ends[2];
    CHECK_EQ_INT(pipe(ends), 0);
    for (int i = 0; i < JOURNAL_SEGMENTS; i++) {
        fd_close(&s.journal.direct[i]);
        s.journal.direct[i] = dup(ends[1]); /* pwrite says ESPIPE */
    }
    struct entry *e = make(1, 100);
    entry_seal(e->head, s.end, EPOCH);
    CHECK_EQ_INT(journal_commit(&s.journal, e), s.journal.stage ? -ESPIPE : 0);
    entry_free(e);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), s.journal.stage ? 1 : 2);
    close(ends[0]);
    close(ends[1]);
    finish(&s);
}

/* More than is staged at once, to the middle of a block, and one more behind it. */
TEST(journal_commits_more_than_is_staged)
{
    struct scribe s;
    uint64_t gap;
    begin(&s);
    write_one(&s, 3000);
    struct entry *first = NULL, **last = &first, *next;
    for (unsigned i = 1; i <= 900; i++) {
        *last = make(i, 1000);
        entry_seal((*last)->head, s.end, EPOCH);
        s.end += (*last)->head->length;
        last = &(*last)->next;
    }
    CHECK(s.end < START + SEGMENT);
    CHECK_EQ_INT(journal_commit(&s.journal, first), 0);
    s.count = 901;
    write_one(&s, 10);
    CHECK_EQ_UINT(read_all(&s, START, EPOCH, &gap), 902);
    for (; first; first = next) {
        next = first->next;
        entry_free(first);
    }
    finish(&s);
}
