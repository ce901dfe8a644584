#include "base/ring.h"

#include "base/clock.h"
#include "base/log.h"
#include "test/unit.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SIZE = RING_SIZE_LEAST };

static struct ring_writer writer;
static struct ring_reader reader;
static char out[4 * RECORD_MAX];

static void ring_open(size_t size)
{
    size_t octets = (ring_memory_size(size) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, octets);
    if (!CHECK(memory))
        return;
    memset(memory, 0, octets);
    writer = (struct ring_writer){ .memory = memory, .size = size, .doorbell = -1 };
    reader = (struct ring_reader){ .memory = memory, .size = size };
}

static void ring_close(void)
{
    free(writer.memory);
}

static void write_line(uint64_t session, struct span text)
{
    ring_write(&writer, RECORD_CLIENT, 0, session, text);
}

/* The next record that is read; false: none. */
static bool read_one(struct record *record_r, struct span *text_r, uint64_t *missed_r)
{
    size_t n = ring_read(&reader, out, RECORD_MAX, missed_r);
    struct span records = span_at(out, n);
    if (!ring_take(&records, record_r, text_r))
        return false;
    reader.at -= records.len; /* the others once more */
    return true;
}

TEST(ring_gives_what_was_written)
{
    struct record record;
    struct span text;
    uint64_t missed = 0;
    ring_open(SIZE);
    int64_t before = clock_wall_us();
    ring_write(&writer, RECORD_OPEN, 0, 1, SPAN("smtp 127.0.0.1"));
    ring_write(&writer, RECORD_EVENT, LOG_WARNING, 2, SPAN(""));
    ring_write(&writer, RECORD_SERVER, 0, UINT64_MAX, SPAN("250 OK\0"));
    CHECK(read_one(&record, &text, &missed));
    CHECK_SPAN(text, "smtp 127.0.0.1");
    CHECK_EQ_INT(record.kind, RECORD_OPEN);
    CHECK_EQ_UINT(record.session, 1);
    CHECK(record.wall_us >= before && record.wall_us <= clock_wall_us());
    CHECK(read_one(&record, &text, &missed));
    CHECK_SPAN(text, "");
    CHECK_EQ_INT(record.level, LOG_WARNING);
    CHECK(read_one(&record, &text, &missed));
    CHECK_SPAN(text, "250 OK\0");
    CHECK_EQ_UINT(record.session, UINT64_MAX);
    CHECK(!read_one(&record, &text, &missed));
    CHECK_EQ_UINT(missed, 0);
    ring_close();
}

TEST(ring_goes_around)
{
    static char line[RECORD_TEXT_MAX];
    struct record record;
    struct span text;
    uint64_t missed = 0;
    ring_open(SIZE);
    for (uint64_t i = 0; i < 5000; i++) {
        size_t len = i * 37 % RECORD_TEXT_MAX;
        memset(line, (int)i, len);
        write_line(i, span_at(line, len));
        if (!CHECK(read_one(&record, &text, &missed)) ||
            !CHECK_EQ_UINT(record.session, i) ||
            !CHECK(span_is(text, span_at(line, len))))
            break;
    }
    CHECK_EQ_UINT(missed, 0);
    ring_close();
}

TEST(ring_cuts_what_is_too_long)
{
    static char line[RECORD_TEXT_MAX + 1];
    struct record record;
    struct span text;
    uint64_t missed = 0;
    ring_open(SIZE);
    write_line(1, span_at(line, sizeof line));
    CHECK(read_one(&record, &text, &missed));
    CHECK_EQ_UINT(text.len, RECORD_TEXT_MAX);
    ring_close();
}

/* Records of 80 octets into 8192: 102 fit. */
TEST(ring_counts_what_was_missed)
{
    static const char line[80 - sizeof(struct record)];
    struct record record;
    struct span text;
    uint64_t missed = 0;
    ring_open(SIZE);
    for (uint64_t i = 0; i < 200; i++)
        write_line(i, span_at(line, sizeof line));
    CHECK(read_one(&record, &text, &missed));
    CHECK_EQ_UINT(record.session, 98);
    CHECK_EQ_UINT(missed, 98 * 80);
    size_t read = 1;
    while (read_one(&record, &text, &missed))
        read++;
    CHECK_EQ_UINT(read, 102);
    CHECK_EQ_UINT(record.session, 199);
    CHECK_EQ_UINT(missed, 98 * 80);
    ring_close();
}

TEST(ring_reads_whole_records_only)
{
    static const char line[RECORD_TEXT_MAX];
    uint64_t missed = 0;
    ring_open(SIZE);
    for (int i = 0; i < 3; i++)
        write_line(1, span_at(line, sizeof line));
    CHECK_EQ_UINT(ring_read(&reader, out, RECORD_MAX, &missed), RECORD_MAX);
    CHECK_EQ_UINT(ring_read(&reader, out, 2 * RECORD_MAX - 1, &missed), RECORD_MAX);
    CHECK_EQ_UINT(ring_read(&reader, out, 2 * RECORD_MAX, &missed), RECORD_MAX);
    CHECK_EQ_UINT(ring_read(&reader, out, RECORD_MAX, &missed), 0);
    ring_close();
}

/* --- the doorbell --- */

static bool rings(int doorbell)
{
    uint64_t times;
    return read(doorbell, &times, sizeof times) == sizeof times;
}

TEST(ring_wakes_a_reader_that_sleeps_once)
{
    uint64_t missed = 0;
    ring_open(SIZE);
    writer.doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    write_line(1, SPAN("NOOP"));
    CHECK(!rings(writer.doorbell));
    CHECK(!ring_sleep(&reader, writer.memory)); /* something is there */
    write_line(1, SPAN("NOOP"));
    CHECK(!rings(writer.doorbell));
    ring_read(&reader, out, sizeof out, &missed);
    CHECK(ring_sleep(&reader, writer.memory));
    write_line(1, SPAN("NOOP"));
    write_line(1, SPAN("NOOP"));
    CHECK(rings(writer.doorbell));
    write_line(1, SPAN("NOOP"));
    CHECK(!rings(writer.doorbell));
    close(writer.doorbell);
    ring_close();
}

/* --- a hostile writer --- */

TEST(records_that_no_one_wrote)
{
    static const struct record good = { .len = 4, .kind = RECORD_CLIENT };
    struct record bad, record;
    struct span text;
    char run[sizeof good + 8] = { 0 };
    for (int i = 0; i < 5; i++) {
        bad = good;
        bad.len = i == 1 ? RECORD_TEXT_MAX + 1 : i == 2 ? 9 : good.len;
        bad.kind = i == 3 ? RECORD_KINDS : i == 4 ? RECORD_PADDING : good.kind;
        memcpy(run, &bad, sizeof bad);
        struct span records = span_at(run, sizeof run);
        CHECK_EQ_INT(ring_take(&records, &record, &text), i == 0);
        CHECK_EQ_UINT(records.len, i == 0 ? 0 : sizeof run);
    }
    struct span cut = span_at(run, sizeof good - 1);
    CHECK(!ring_take(&cut, &record, &text));
}

/* Nothing in the shared memory, whatever it says, leads the reader or the writer out of
 * it (the address sanitizer watches), nor into a loop. */
TEST(ring_memory_full_of_nonsense)
{
    uint32_t random = 2463534242;
    ring_open(SIZE);
    char *memory = (char *)writer.memory;
    for (int round = 0; round < 4000; round++) {
        uint64_t missed = 0;
        for (int changes = 0; changes < 8; changes++) {
            random = random * 1664525 + 1013904223;
            size_t at = (random >> 8) % 192; /* positions, and the first octets */
            if (changes > 3)
                at = (random >> 8) % ring_memory_size(SIZE);
            memory[at] = (char)(random >> 3);
        }
        size_t n = ring_read(&reader, out, RECORD_MAX, &missed);
        CHECK(n <= RECORD_MAX);
        write_line(1, SPAN("NOOP"));
    }
    /* And then it is good again. */
    memset(memory, 0, ring_memory_size(SIZE));
    struct record record;
    struct span text;
    uint64_t missed = 0;
    ring_read(&reader, out, RECORD_MAX, &missed);
    write_line(5, SPAN("NOOP"));
    CHECK(read_one(&record, &text, &missed));
    CHECK_SPAN(text, "NOOP");
    ring_close();
}

/* --- both at once --- */

enum { THREAD_RECORDS = 400000, SPINS = 200 };

/* This thread to the first or the last of our processors: the two shall really meet. */
static void pin(cpu_set_t all, bool first)
{
    size_t at = 0, wanted = first ? 1 : (size_t)CPU_COUNT(&all);
    while (wanted > 0)
        wanted -= CPU_ISSET(at++, &all) ? 1 : 0;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(at - 1, &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* Session: the record's number, from 1.  Text: its low octet, so many times. */
static void *write_much(void *arg)
{
    static char line[300];
    pin(*(const cpu_set_t *)arg, false);
    for (uint64_t i = 1; i <= THREAD_RECORDS; i++) {
        size_t len = i * 7919 % sizeof line;
        memset(line, (int)(i & 0xff), len);
        write_line(i, span_at(line, len));
        if (i % 10000 == 0)
            usleep(50);
    }
    ring_write(&writer, RECORD_CLOSE, 0, THREAD_RECORDS + 1, SPAN(""));
    return NULL;
}

static bool is_right(const struct record *record, struct span text)
{
    if (text.len != record->session * 7919 % 300 && record->kind != RECORD_CLOSE)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((uint8_t)text.at[i] != (record->session & 0xff))
            return false;
    return true;
}

static struct {
    uint64_t last, read, octets, missed;
    bool wrong, closed;
} seen;

static void look_at(struct span records)
{
    struct record record;
    struct span text;
    seen.octets += records.len;
    while (ring_take(&records, &record, &text)) {
        seen.wrong =
            seen.wrong || record.session <= seen.last || !is_right(&record, text);
        seen.last = record.session;
        seen.read++;
        seen.closed = record.kind == RECORD_CLOSE;
    }
    seen.wrong = seen.wrong || records.len > 0;
}

static bool wait_for_doorbell(void)
{
    struct pollfd bell = { .fd = writer.doorbell, .events = POLLIN };
    if (!ring_sleep(&reader, writer.memory))
        return true;
    if (poll(&bell, 1, 5000) != 1)
        return false;
    rings(writer.doorbell);
    return true;
}

TEST(ring_between_two_threads)
{
    pthread_t thread;
    memset(&seen, 0, sizeof seen);
    ring_open(SIZE);
    writer.doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    cpu_set_t all;
    CHECK_EQ_INT(sched_getaffinity(0, sizeof all, &all), 0);
    CHECK_EQ_INT(pthread_create(&thread, NULL, write_much, &all), 0);
    pin(all, true);
    bool awake = true;
    for (int idle = 0; awake && !seen.closed && !seen.wrong; idle++) {
        size_t n = ring_read(&reader, out, sizeof out, &seen.missed);
        if (n > 0)
            look_at(span_at(out, n));
        if (n > 0)
            idle = 0;
        else if (idle > SPINS)
            awake = wait_for_doorbell();
    }
    pthread_join(thread, NULL);
    sched_setaffinity(0, sizeof all, &all);
    CHECK(!seen.wrong);
    CHECK(seen.closed);
    CHECK_EQ_UINT(seen.octets + seen.missed, reader.at);
    CHECK(seen.missed > 0 && seen.read > 0 && seen.read < THREAD_RECORDS);
    close(writer.doorbell);
    ring_close();
}
