/* transcript_files_test - DIR/log/wire.N: cursors, recycling, and what a crash leaves. */
#include "wire/transcript_files.h"

#include "base/ring.h"
#include "config/limits.h"
#include "os/files.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    char path[64];
    int dir;
    struct transcript_files files;
};

static char batch[TRANSCRIPT_BATCH], got[TRANSCRIPT_BATCH];

static bool begin(struct place *p)
{
    *p = (struct place){ .path = "/tmp/packetboat-wire-XXXXXX" };
    if (!CHECK(mkdtemp(p->path)))
        return false;
    p->dir = open(p->path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    return CHECK_EQ_INT(transcript_files_open(&p->files, p->dir), 0);
}

static void end(struct place *p)
{
    char name[32];
    transcript_files_close(&p->files);
    for (uint64_t i = p->files.range.oldest; i > 0 && i <= p->files.range.newest; i++) {
        snprintf(name, sizeof name, "wire.%u", (unsigned)i);
        CHECK_EQ_INT(unlinkat(p->dir, name, 0), 0);
    }
    CHECK_EQ_INT(rmdir(p->path), 0); /* and nothing else was there */
    fd_close(&p->dir);
}

/* Records of `size` octets each, numbered by their session. */
static struct span records(uint64_t first, size_t count, size_t size)
{
    size_t len = 0;
    memset(batch, 0, count * size);
    for (size_t i = 0; i < count; i++, len += size) {
        struct record r = { .len = (uint32_t)(size - sizeof r),
                            .kind = RECORD_CLIENT,
                            .session = first + i,
                            .wall_us = (int64_t)(first + i) };
        memcpy(batch + len, &r, sizeof r);
    }
    return span_at(batch, len);
}

static int write_records(struct place *p, uint64_t first, size_t count, size_t size)
{
    return transcript_files_write(&p->files, records(first, count, size));
}

/* Reads on from the cursor: the first and the last number, and how many. */
static size_t read_records(struct place *p, uint64_t *cursor, size_t max,
                           uint64_t *first_r, uint64_t *last_r)
{
    size_t count = 0;
    struct record r;
    struct span text;
    ptrdiff_t n = transcript_read(p->dir, &p->files.range, cursor, got, max);
    CHECK(n >= 0 && (size_t)n <= max);
    struct span rest = span_at(got, n > 0 ? (size_t)n : 0);
    for (; ring_take(&rest, &r, &text); count++) {
        if (count == 0)
            *first_r = r.session;
        *last_r = r.session;
    }
    CHECK_EQ_UINT(rest.len, 0);
    return count;
}

TEST(transcript_files_cursor)
{
    struct place p;
    uint64_t cursor = 0, first = 0, last = 0;
    if (!begin(&p))
        return;
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 0);
    CHECK_EQ_INT(write_records(&p, 1, 10, 104), 0);
    /* Only whole records: three of them fit. */
    CHECK_EQ_UINT(read_records(&p, &cursor, 3 * 104 + 103, &first, &last), 3);
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 7);
    CHECK_EQ_UINT(first, 4);
    CHECK_EQ_UINT(last, 10);
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 0);
    CHECK_EQ_INT(write_records(&p, 11, 1, 64), 0);
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 1);
    CHECK_EQ_UINT(first, 11);
    end(&p);
}

/* What a reader sees who walks from the start to the end. */
static void walk(struct place *p, uint64_t *first_r, uint64_t *last_r, size_t *count_r)
{
    uint64_t cursor = 0, first, last;
    size_t n;
    *count_r = 0;
    while ((n = read_records(p, &cursor, TRANSCRIPT_ANSWER_MAX, &first, &last)) > 0) {
        if (*count_r == 0)
            *first_r = first;
        else
            CHECK_EQ_UINT(first, *last_r + 1);
        *last_r = last;
        *count_r += n;
    }
}

TEST(transcript_files_are_recycled)
{
    enum {
        RECORD = 1024,
        A_BATCH = 200,
        BATCHES = 6 * (TRANSCRIPT_FILE / RECORD) / A_BATCH
    };
    struct place p;
    uint64_t cursor = 0, first = 0, last = 0, number = 1;
    size_t count;
    if (!begin(&p))
        return;
    CHECK_EQ_INT(write_records(&p, number, 1, RECORD), 0);
    read_records(&p, &cursor, sizeof got, &first, &last);
    for (number++; number < (uint64_t)BATCHES * A_BATCH; number += A_BATCH)
        CHECK_EQ_INT(write_records(&p, number, A_BATCH, RECORD), 0);
    CHECK_EQ_UINT(p.files.range.newest - p.files.range.oldest, TRANSCRIPT_FILES - 1);
    walk(&p, &first, &last, &count);
    CHECK_EQ_UINT(last, number - 1);
    CHECK_EQ_UINT(first, last - count + 1);
    CHECK(count * RECORD >
          (uint64_t)(TRANSCRIPT_FILES - 1) * (TRANSCRIPT_FILE - (1 << 20)));
    /* A cursor that was left behind goes on with the oldest. */
    uint64_t oldest = first;
    CHECK(read_records(&p, &cursor, sizeof got, &first, &last) > 0);
    CHECK_EQ_UINT(first, oldest);
    end(&p);
}

TEST(transcript_files_after_a_crash)
{
    struct place p;
    uint64_t cursor = 0, first = 0, last = 0;
    if (!begin(&p))
        return;
    CHECK_EQ_INT(write_records(&p, 1, 5000, 48), 0);
    struct span half = span_first(records(5001, 1, 200), 77);
    CHECK_EQ_INT(file_write_all(p.files.fd, half), 0);
    transcript_files_close(&p.files);
    CHECK_EQ_INT(transcript_files_open(&p.files, p.dir), 0);
    CHECK_EQ_UINT(p.files.size, 5000 * 48);
    CHECK_EQ_INT(p.files.newest_us, 5000);
    CHECK_EQ_INT(write_records(&p, 5001, 1, 48), 0);
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 5001);
    CHECK_EQ_UINT(last, 5001);
    end(&p);
}

/* A place in the middle of a record, or a file full of nonsense: nothing, or the next. */
TEST(transcript_files_odd_cursors)
{
    struct place p;
    uint64_t first = 0, last = 0, cursor = TRANSCRIPT_FILE + 1;
    if (!begin(&p))
        return;
    CHECK_EQ_INT(write_records(&p, 1, 10, 104), 0);
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 0);
    cursor = UINT64_MAX;
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 0);
    memset(batch, 0xff, sizeof batch);
    CHECK_EQ_INT(transcript_files_write(&p.files, span_at(batch, 4096)), 0);
    p.files.size = TRANSCRIPT_FILE;
    CHECK_EQ_INT(write_records(&p, 11, 1, 104), 0);
    CHECK_EQ_UINT(p.files.range.newest, 2);
    cursor = 0;
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 10);
    CHECK_EQ_UINT(read_records(&p, &cursor, sizeof got, &first, &last), 1);
    CHECK_EQ_UINT(first, 11);
    end(&p);
}
