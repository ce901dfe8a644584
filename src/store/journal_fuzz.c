/* journal - any octets as segments: what the reader takes for an entry is one. */
#include "store/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEGMENT = 64 << 10, EPOCH = 1 };
#define START (UINT64_C(4) * SEGMENT)

static struct journal journal = { .segment = { -1, -1, -1, -1 }, .size = SEGMENT };

static void fill_segment(int i, const char *octets)
{
    if (journal.segment[i] < 0)
        journal.segment[i] = memfd_create("segment", MFD_CLOEXEC);
    ssize_t n = pwrite(journal.segment[i], octets, SEGMENT, 0);
    assert(n == SEGMENT);
}

/* Does all that it claims to have lie within these octets? */
static bool has_room(const struct entry_head *h, size_t rest)
{
    return h->targets <= RECIPIENTS_MAX && h->uids <= UIDS_A_MESSAGE &&
           h->size < LARGE_BODY_LEAST &&
           (size_t)(entry_body(h) - (const char *)h) + h->size <= rest;
}

/* Numbers and checksums as they should be, so that the rest is looked at too. */
static void seal_all(char *octets)
{
    for (size_t at = 0; at + ENTRY_HEAD <= SEGMENT;) {
        struct entry_head *h = (struct entry_head *)(void *)(octets + at);
        if (!has_room(h, SEGMENT - at))
            return;
        entry_seal(h, START + at, EPOCH);
        if (h->length < ENTRY_HEAD || h->length % 8 != 0 || h->length > SEGMENT - at)
            return;
        at += h->length;
    }
}

static void check(const struct entry_head *h)
{
    const char *end = (const char *)h + h->length;
    assert(h->type > ENTRY_PADDING && h->type < ENTRY_TYPES);
    assert((const char *)(entry_targets(h) + h->targets) <= end);
    assert((const char *)(entry_uids(h) + h->uids) <= end);
    assert(entry_body(h) + entry_body_size(h) <= end);
    struct entry *copy = entry_copy(h);
    assert(!copy || memcmp(copy->head, h, h->length) == 0);
    entry_free(copy);
}

/* The first octet, bit 0: seal it.  The rest begins every segment. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(8) char octets[SEGMENT];
    struct journal_reader r;
    const struct entry_head *head;
    if (size < 1 || size > SEGMENT)
        return 0;
    memset(octets, 0, sizeof octets);
    memcpy(octets, data + 1, size - 1);
    if (data[0] & 1)
        seal_all(octets);
    for (int i = 0; i < JOURNAL_SEGMENTS; i++)
        fill_segment(i, octets);
    int error = journal_reader_open(&r, &journal, START, EPOCH);
    assert(!error);
    uint64_t last = 0;
    while (journal_next(&r, &head) == 1) {
        assert(head->lsn > last && head->lsn < START + SEGMENT);
        last = head->lsn;
        check(head);
    }
    journal_gap(&r);
    journal_reader_close(&r);
    return 0;
}
