/* recorder_test - rings in, files out: whose a record is, floods, restarts, nonsense. */
#include "role/recorder.h"

#include "base/clock.h"
#include "base/ring.h"
#include "config/limits.h"
#include "os/files.h"
#include "test/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { RING = 64 << 10 };

static char path[64];
static int dir = -1;
static struct ring_writer mx, pop3;
static char got[TRANSCRIPT_ANSWER_MAX];

static void take_rings(void)
{
    recorder_take(ROLE_MX, mx.memory, RING);
    recorder_take(ROLE_POP3, pop3.memory, RING);
}

static struct ring_writer new_ring(void)
{
    void *memory = aligned_alloc(64, ring_memory_size(RING));
    CHECK(memory);
    memset(memory, 0, ring_memory_size(RING));
    return (struct ring_writer){ memory, RING, -1 };
}

static void begin(void)
{
    snprintf(path, sizeof path, "/tmp/packetboat-log-XXXXXX");
    CHECK(mkdtemp(path));
    dir = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    CHECK_EQ_INT(recorder_open(dir), 0);
    mx = new_ring();
    pop3 = new_ring();
    take_rings();
}

static void end(void)
{
    static const char *const names[] = { "wire.1", "wire.2", "events", "events.1" };
    recorder_close();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(dir, names[i], 0);
    CHECK_EQ_INT(rmdir(path), 0);
    fd_close(&dir);
    free(mx.memory);
    free(pop3.memory);
}

static ptrdiff_t read_on(uint64_t *cursor)
{
    struct transcript_range range;
    CHECK_EQ_INT(transcript_range(dir, &range), 0);
    *cursor = recorder_cursor(*cursor);
    return transcript_read(dir, &range, cursor, got, sizeof got);
}

/* All that the files hold from the cursor on: how many records, and the last one. */
static size_t find(uint64_t *cursor, struct record *last_r, struct span *text_r)
{
    size_t count = 0;
    ptrdiff_t n;
    while ((n = read_on(cursor)) > 0) {
        struct span rest = span_at(got, (size_t)n);
        while (ring_take(&rest, last_r, text_r))
            count++;
    }
    CHECK_EQ_INT(n, 0);
    return count;
}

static char events[64 << 10];

static struct span read_events(void)
{
    int fd = openat(dir, "events", O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, events, sizeof events);
    close(fd);
    return span_at(events, n > 0 ? (size_t)n : 0);
}

static bool has(struct span text, const char *word)
{
    return memmem(text.at, text.len, word, strlen(word));
}

TEST(recorder_says_whose_it_is)
{
    uint64_t cursor = 0;
    struct record r = { 0 };
    struct span text = SPAN("");
    begin();
    CHECK_EQ_UINT(recorder_read(), 0);
    ring_write(&mx, RECORD_CLIENT, 0, 7, SPAN("HELO crepes.fr"));
    CHECK(recorder_read() > 0);
    CHECK_EQ_UINT(find(&cursor, &r, &text), 1);
    CHECK_EQ_INT(r.role, ROLE_MX);
    CHECK_EQ_UINT(r.session, 7);
    CHECK_SPAN(text, "HELO crepes.fr");
    ring_write(&pop3, RECORD_CLIENT, 0, 8, SPAN("CAPA"));
    recorder_read();
    CHECK_EQ_UINT(find(&cursor, &r, &text), 1);
    CHECK_EQ_INT(r.role, ROLE_POP3);
    CHECK_EQ_UINT(recorder_read(), 0);
    end();
}

TEST(recorder_cursor_of_those_to_come)
{
    uint64_t cursor = UINT64_MAX;
    struct record r = { 0 };
    struct span text = SPAN("");
    begin();
    ring_write(&mx, RECORD_CLIENT, 0, 7, SPAN("before"));
    recorder_read();
    CHECK_EQ_UINT(find(&cursor, &r, &text), 0);
    ring_write(&mx, RECORD_CLIENT, 0, 7, SPAN("after"));
    recorder_read();
    CHECK_EQ_UINT(find(&cursor, &r, &text), 1);
    CHECK_SPAN(text, "after");
    end();
}

/* More than a ring holds between two looks: the newest are kept, and it is said. */
TEST(recorder_flood)
{
    enum { LINES = 4000 };
    uint64_t cursor = 0;
    struct record r = { 0 };
    struct span text = SPAN("");
    begin();
    for (uint64_t i = 1; i <= LINES; i++)
        ring_write(&mx, RECORD_SERVER, 0, i, SPAN("250 2.0.0 and then some words"));
    log_to(recorder_event);
    recorder_read();
    log_to(NULL);
    size_t count = find(&cursor, &r, &text);
    CHECK(count > RING / 128 && count < LINES);
    CHECK_EQ_INT(r.kind, RECORD_EVENT);
    CHECK_EQ_INT(r.role, ROLE_LOG);
    CHECK(has(text, "of mx's transcript were overwritten"));
    CHECK(has(read_events(), " log warning "));
    end();
}

/* Its successor reads the same rings: nothing twice, nothing left out. */
TEST(recorder_restart)
{
    uint64_t cursor = 0;
    struct record r = { 0 };
    struct span text = SPAN("");
    struct clock_page page = { 0 };
    begin();
    clock_use(&page);
    for (uint64_t i = 1; i <= 10; i++)
        ring_write(&mx, RECORD_CLIENT, 0, i, SPAN("NOOP"));
    ring_write(&mx, RECORD_EVENT, 3, 0, SPAN("once"));
    recorder_read();
    recorder_close();
    page.wall_shift = 1;
    for (uint64_t i = 11; i <= 15; i++)
        ring_write(&mx, RECORD_CLIENT, 0, i, SPAN("NOOP"));
    CHECK_EQ_INT(recorder_open(dir), 0);
    take_rings();
    recorder_read();
    CHECK_EQ_UINT(find(&cursor, &r, &text), 16);
    CHECK_EQ_UINT(r.session, 15);
    struct span lines = read_events();
    CHECK_EQ_UINT(span_find(lines, '\n') + 1, lines.len);
    clock_use(NULL);
    end();
}

/* A front that a stranger has taken over writes what it likes, wherever it likes. */
TEST(recorder_nonsense)
{
    uint64_t cursor = 0;
    struct record r = { 0 };
    struct span text = SPAN("");
    unsigned seed = 1;
    begin();
    for (int round = 0; round < 200; round++) {
        ring_write(&mx, RECORD_EVENT, 3, 1, SPAN("an event\033[2J\nand a forged line"));
        char *memory = (char *)mx.memory;
        for (int i = 0; i < 50; i++)
            memory[(size_t)rand_r(&seed) % ring_memory_size(RING)] =
                (char)rand_r(&seed);
        ring_write(&pop3, RECORD_CLIENT, 0, 8, SPAN("NOOP"));
        recorder_read();
    }
    /* The other role's are all there, and no line is anybody's but ours. */
    size_t of_pop3 = 0;
    ptrdiff_t n;
    while ((n = read_on(&cursor)) > 0) {
        struct span rest = span_at(got, (size_t)n);
        while (ring_take(&rest, &r, &text))
            of_pop3 += r.role == ROLE_POP3;
    }
    CHECK_EQ_UINT(of_pop3, 200);
    CHECK(!has(read_events(), "\nand"));
    CHECK(!has(read_events(), "\033"));
    end();
}

TEST(recorder_events_are_recycled)
{
    char line[1024];
    memset(line, 'x', sizeof line);
    begin();
    for (int i = 0; i < EVENTS_FILE / 1024 + 100; i++) {
        ring_write(&mx, RECORD_EVENT, 3, 0, span_at(line, sizeof line));
        recorder_read();
    }
    CHECK_EQ_INT(faccessat(dir, "events.1", F_OK, 0), 0);
    CHECK(read_events().len > 0);
    end();
}
