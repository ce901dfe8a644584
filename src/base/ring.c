/*
 * head and tail count octets since the ring's beginning: the records in [tail, head)
 * are whole.  Before the writer overwrites old records it moves tail past them; after
 * it has written a new one it moves head.  So the reader copies, looks at tail again,
 * and throws away what the writer may have touched meanwhile.
 *
 * A record may lie across the ring's end; its first eight octets never do.
 */
#include "base/ring.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <stdatomic.h>
#include <unistd.h>

struct ring_memory {
    _Alignas(64) _Atomic uint64_t tail;
    _Atomic uint64_t head;
    _Alignas(64) _Atomic uint32_t reader_sleeps;
    _Alignas(64) char octets[];
};

size_t ring_memory_size(size_t size)
{
    assert(size >= RING_SIZE_LEAST && (size & (size - 1)) == 0);
    return sizeof(struct ring_memory) + size;
}

static size_t record_size(uint32_t len)
{
    return (sizeof(struct record) + len + 7) & ~(size_t)7;
}

/* --- writing --- */

/* Copies to position `at`, around the ring's end. */
static void put(struct ring_writer *w, uint64_t at, const void *from, size_t len)
{
    size_t start = at & (w->size - 1);
    size_t first = len < w->size - start ? len : w->size - start;
    memcpy(w->memory->octets + start, from, first);
    if (first < len)
        memcpy(w->memory->octets, (const char *)from + first, len - first);
}

/* Where the oldest record that stays begins.  Nobody else writes here; but should the
 * memory be spoilt, then all is dropped rather than trusted. */
static uint64_t make_room(const struct ring_writer *w, uint64_t tail, uint64_t head,
                          size_t more)
{
    while (head + more - tail > w->size) {
        uint32_t len;
        if (head - tail > w->size || head == tail)
            return head;
        memcpy(&len, w->memory->octets + (tail & (w->size - 8)), sizeof len);
        if (len > RECORD_TEXT_MAX)
            return head;
        tail += record_size(len);
    }
    return tail;
}

static void ring_doorbell(struct ring_writer *w)
{
    const uint64_t one = 1;
    if (w->doorbell < 0 || !atomic_exchange(&w->memory->reader_sleeps, 0))
        return;
    ssize_t n = write(w->doorbell, &one, sizeof one);
    (void)n; /* EAGAIN: it rings already */
}

void ring_write(struct ring_writer *w, enum record_kind kind, uint8_t level,
                uint64_t session, struct span text)
{
    struct ring_memory *m = w->memory;
    if (text.len > RECORD_TEXT_MAX)
        text.len = RECORD_TEXT_MAX;
    struct record record = { .len = (uint32_t)text.len,
                             .kind = (uint8_t)kind,
                             .level = level,
                             .session = session,
                             .wall_us = clock_wall_us() };
    size_t size = record_size(record.len);
    uint64_t head = atomic_load_explicit(&m->head, memory_order_relaxed);
    uint64_t old = atomic_load_explicit(&m->tail, memory_order_relaxed);
    uint64_t tail = make_room(w, old, head, size);
    if (tail != old) {
        atomic_store_explicit(&m->tail, tail, memory_order_relaxed);
        atomic_thread_fence(memory_order_release);
    }
    put(w, head, &record, sizeof record);
    if (text.len > 0)
        put(w, head + sizeof record, text.at, text.len);
    /* In one order for all, against ring_sleep: one of us sees the other. */
    atomic_store(&m->head, head + size);
    if (atomic_load(&m->reader_sleeps))
        ring_doorbell(w);
}

/* --- reading --- */

static void copy_out(const struct ring_reader *r, char *out, size_t len)
{
    size_t start = r->at & (r->size - 1);
    size_t first = len < r->size - start ? len : r->size - start;
    memcpy(out, r->memory->octets + start, first);
    if (first < len)
        memcpy(out + first, r->memory->octets, len - first);
}

/* Goes past what has been overwritten; returns how many octets that was. */
static uint64_t skip_to(struct ring_reader *r, uint64_t tail)
{
    uint64_t lost = tail - r->at;
    if (lost == 0 || lost > INT64_MAX)
        return 0;
    r->at = tail;
    return lost;
}

/* How many octets there are to read; a writer that says nonsense has nothing. */
static uint64_t available(struct ring_reader *r, uint64_t *missed_r)
{
    uint64_t head = atomic_load_explicit(&r->memory->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&r->memory->tail, memory_order_acquire);
    *missed_r += skip_to(r, tail);
    if (head - tail > INT64_MAX) /* it has gone once around since we looked at head */
        return 0;
    if (head - r->at > r->size) {
        r->at = head;
        return 0;
    }
    return head - r->at;
}

static size_t whole_records(struct span read)
{
    struct record record;
    struct span text, rest = read;
    while (ring_take(&rest, &record, &text))
        continue;
    return read.len - rest.len;
}

size_t ring_read(struct ring_reader *r, char *out, size_t max, uint64_t *missed_r)
{
    uint64_t there = available(r, missed_r);
    size_t len = there < max ? (size_t)there : max;
    if (len == 0)
        return 0;
    copy_out(r, out, len);
    atomic_thread_fence(memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&r->memory->tail, memory_order_relaxed);
    uint64_t lost = skip_to(r, tail);
    *missed_r += lost;
    if (lost >= len)
        return 0;
    memmove(out, out + lost, len - lost);
    len -= lost;
    there -= lost;
    size_t whole = whole_records(span_at(out, len));
    bool nonsense = whole == 0 && (len == there || len >= RECORD_MAX);
    *missed_r += nonsense ? there : 0;
    r->at += nonsense ? there : whole;
    return whole;
}

bool ring_sleep(struct ring_reader *r, struct ring_memory *memory)
{
    atomic_store(&memory->reader_sleeps, 1);
    if (atomic_load(&memory->head) == r->at)
        return true;
    atomic_store(&memory->reader_sleeps, 0);
    return false;
}

static bool is_plausible(const struct record *record)
{
    return record->len <= RECORD_TEXT_MAX && record->kind > RECORD_PADDING &&
           record->kind < RECORD_KINDS && record->level <= RECORD_LEVEL_MAX;
}

bool ring_take(struct span *records, struct record *record_r, struct span *text_r)
{
    struct record record;
    if (records->len < sizeof record)
        return false;
    memcpy(&record, records->at, sizeof record);
    if (!is_plausible(&record) || record_size(record.len) > records->len)
        return false;
    *record_r = record;
    *text_r = span_at(records->at + sizeof record, record.len);
    *records = span_skip(*records, record_size(record.len));
    return true;
}
