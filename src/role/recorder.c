/* recorder - see recorder.h. */
#include "role/recorder.h"

#include "base/clock.h"
#include "base/ring.h"
#include "config/limits.h"
#include "role/events.h"
#include "wire/transcript_files.h"

#include <assert.h>
#include <inttypes.h>

struct source {
    enum role role;
    struct ring_memory *memory;
    struct ring_reader reader;
    uint64_t missed;      /* octets, all told */
    uint64_t missed_said; /* of them, those that have been noted */
    uint64_t next_note;   /* clock_now() */
};

enum { SOURCES_MAX = ROLES * COPIES_MAX };

static struct source sources[SOURCES_MAX];
static size_t source_count;
static bool first_pass; /* the rings are as a log role before us may have left them */

static struct transcript_files files;
static _Alignas(struct record) char batch[TRANSCRIPT_BATCH];
static size_t batch_len;

int recorder_open(int dir)
{
    source_count = batch_len = 0;
    first_pass = true;
    int error = transcript_files_open(&files, dir);
    return error ? error : events_open(dir);
}

void recorder_close(void)
{
    events_close();
    transcript_files_close(&files);
}

void recorder_take(enum role role, struct ring_memory *memory, size_t size)
{
    assert(source_count < SOURCES_MAX);
    sources[source_count++] = (struct source){
        .role = role, .memory = memory, .reader = { .memory = memory, .size = size }
    };
}

/* ---- from the batch to the files */

static void flush(void)
{
    static int said;
    events_flush();
    if (batch_len == 0)
        return;
    int error = transcript_files_write(&files, span_at(batch, batch_len));
    bool news = error && error != said;
    said = error;
    batch_len = 0;
    if (news) /* last: this is an event too */
        log_event(LOG_ERROR, 0, "log/wire.%" PRIu64 " cannot be written: %s",
                  files.range.newest, strerror(-error));
}

void recorder_event(enum log_level level, uint64_t session, const char *line)
{
    struct span text = span_of(line);
    if (text.len > RECORD_TEXT_MAX)
        text.len = RECORD_TEXT_MAX;
    struct record record = { .len = (uint32_t)text.len,
                             .kind = RECORD_EVENT,
                             .level = (uint8_t)level,
                             .role = ROLE_LOG,
                             .session = session,
                             .wall_us = clock_wall_us() };
    size_t padded = (text.len + 7) & ~(size_t)7;
    if (level <= LOG_WARNING)
        log_to_stderr(level, session, line);
    events_put(&record, text);
    if (sizeof batch - batch_len < sizeof record + padded)
        return;
    memset(batch + batch_len, 0, sizeof record + padded);
    memcpy(batch + batch_len, &record, sizeof record);
    memcpy(batch + batch_len + sizeof record, text.at, text.len);
    batch_len += sizeof record + padded;
}

/* ---- from the rings to the batch */

/* A log role that died left rings that it had read: what is in the files already goes.
 * Returns how many octets of the records stay. */
static size_t drop_known(char *records, size_t len)
{
    struct span rest = span_at(records, len), known = rest, text;
    struct record record;
    while (ring_take(&rest, &record, &text) && record.wall_us <= files.newest_us)
        known = rest;
    memmove(records, known.at, known.len);
    return known.len;
}

/* Records that have just come to the batch's end: says whose they are, shows events. */
static void accept_records(const struct source *s, size_t len)
{
    if (first_pass)
        len = drop_known(batch + batch_len, len);
    struct span rest = span_at(batch + batch_len, len), text;
    struct record record;
    while (ring_take(&rest, &record, &text)) {
        size_t header = (size_t)(text.at - batch) - sizeof record;
        batch[header + offsetof(struct record, role)] = (char)s->role;
        record.role = (uint8_t)s->role;
        if (record.kind == RECORD_EVENT)
            events_put(&record, text);
    }
    batch_len += len - rest.len;
}

/* Once a second at most. */
static void note_missed(struct source *s)
{
    if (s->missed == s->missed_said || clock_now() < s->next_note)
        return;
    log_event(LOG_WARNING, 0,
              "%" PRIu64 " octets of %s's transcript were overwritten before they "
              "were read",
              s->missed - s->missed_said, role_name(s->role));
    s->missed_said = s->missed;
    s->next_note = clock_in(CLOCK_SECOND);
}

static size_t read_ring(struct source *s)
{
    size_t sum = 0, n;
    do {
        if (sizeof batch - batch_len < TRANSCRIPT_BATCH / 2)
            flush();
        n = ring_read(&s->reader, batch + batch_len, sizeof batch - batch_len,
                      &s->missed);
        accept_records(s, n);
        sum += n;
    } while (n > 0 && sum < s->reader.size);
    note_missed(s);
    return sum;
}

size_t recorder_read(void)
{
    size_t sum = 0;
    for (size_t i = 0; i < source_count; i++)
        sum += read_ring(&sources[i]);
    flush();
    first_pass = false;
    return sum;
}

bool recorder_sleep(void)
{
    bool asleep = true;
    for (size_t i = 0; i < source_count; i++)
        asleep = ring_sleep(&sources[i].reader, sources[i].memory) && asleep;
    return asleep;
}

uint64_t recorder_cursor(uint64_t cursor)
{
    uint64_t end = files.range.newest * TRANSCRIPT_FILE + files.size;
    return cursor > end ? end : cursor;
}

ptrdiff_t recorder_search(struct search *search, char *records, size_t max)
{
    return search_step(search, files.dir, &files.range, records, max);
}
