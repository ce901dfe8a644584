/* entry - see entry.h. */
#include "store/entry.h"

#include "store/crc32c.h"

#include <assert.h>
#include <stdlib.h>

static size_t to_eight(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static size_t body_at(size_t targets, size_t uids)
{
    return ENTRY_HEAD + targets * sizeof(struct target) + to_eight(uids * 4);
}

static struct entry *room_for(size_t targets, size_t length)
{
    size_t octets_at =
        to_eight(sizeof(struct entry) + targets * sizeof(struct pending));
    struct entry *e = malloc(octets_at + length);
    if (!e)
        return NULL;
    memset(e, 0, octets_at);
    e->pending = (struct pending *)(e + 1);
    e->head = (struct entry_head *)(void *)((char *)e + octets_at);
    for (size_t i = 0; i < targets; i++)
        e->pending[i].entry = e;
    e->unapplied = (uint32_t)targets;
    return e;
}

size_t entry_length(size_t targets, size_t uids, size_t body)
{
    return to_eight(body_at(targets, uids) + body);
}

struct entry *entry_new(enum entry_type type, size_t targets, size_t uids, size_t body)
{
    assert(targets <= RECIPIENTS_MAX && uids <= UIDS_A_MESSAGE);
    assert(body < LARGE_BODY_LEAST);
    size_t begin = body_at(targets, uids);
    size_t length = entry_length(targets, uids, body);
    struct entry *e = room_for(targets, length);
    if (!e)
        return NULL;
    /* What no field covers reaches the disk too. */
    if (uids & 1)
        memset((char *)e->head + begin - 8, 0, 8);
    if (length > begin + body)
        memset((char *)e->head + length - 8, 0, 8);
    *e->head = (struct entry_head){ .type = type,
                                    .length = (uint32_t)length,
                                    .targets = (uint32_t)targets,
                                    .uids = (uint32_t)uids,
                                    .size = body };
    return e;
}

struct entry *entry_copy(const struct entry_head *head)
{
    struct entry *e = room_for(head->targets, head->length);
    if (e)
        memcpy(e->head, head, head->length);
    return e;
}

void entry_free(struct entry *e)
{
    free(e);
}

struct target *entry_targets(const struct entry_head *head)
{
    return (struct target *)(uintptr_t)(head + 1);
}

uint32_t *entry_uids(const struct entry_head *head)
{
    return (uint32_t *)(void *)(entry_targets(head) + head->targets);
}

char *entry_body(const struct entry_head *head)
{
    return (char *)(uintptr_t)head + body_at(head->targets, head->uids);
}

size_t entry_body_size(const struct entry_head *head)
{
    static const bool has[ENTRY_TYPES] = { [ENTRY_DELIVER] = true,
                                           [ENTRY_APPEND] = true,
                                           [ENTRY_FLAGS] = true,
                                           [ENTRY_NAMES] = true,
                                           [ENTRY_COPY] = true };
    return head->type < ENTRY_TYPES && has[head->type] && !head->large ? head->size : 0;
}

bool entry_takes_away(const struct entry_head *head)
{
    return head->type == ENTRY_EXPUNGE || head->type == ENTRY_NAMES ||
           (head->type == ENTRY_COPY && head->uids > 0);
}

struct pack_row *entry_appended(const struct entry_head *head)
{
    return (struct pack_row *)(void *)entry_uids(head);
}

struct copied *entry_copied(const struct entry_head *head)
{
    return (struct copied *)(void *)entry_body(head);
}

struct pack_row *entry_rows(const struct entry_head *head, size_t *count_r)
{
    *count_r = (head->size - sizeof(struct copied)) / sizeof(struct pack_row);
    return (struct pack_row *)(void *)(entry_copied(head) + 1);
}

const struct flags_change *entry_flags(const struct entry_head *head)
{
    return (const struct flags_change *)(const void *)entry_body(head);
}

const struct uid_range *entry_ranges(const struct entry_head *head, size_t *count_r)
{
    *count_r = (head->size - sizeof(struct flags_change)) / sizeof(struct uid_range);
    return (const struct uid_range *)(const void *)(entry_flags(head) + 1);
}

static uint32_t checksum(const struct entry_head *head)
{
    size_t skip = sizeof head->crc;
    return crc32c(0, (const char *)head + skip,
                  body_at(head->targets, head->uids) - skip);
}

void entry_seal(struct entry_head *head, uint64_t lsn, uint32_t epoch)
{
    head->lsn = lsn;
    head->epoch = epoch;
    if (head->type == ENTRY_APPEND)
        entry_appended(head)->email = lsn;
    if (!head->large)
        head->body_crc = crc32c(0, entry_body(head), entry_body_size(head));
    head->crc = checksum(head);
}

/* How many targets and uids each type has. */
static bool counts_are_sound(const struct entry_head *head)
{
    switch (head->type) {
    case ENTRY_PADDING:
        return head->targets == 0 && head->uids == 0;
    case ENTRY_CREATE:
    case ENTRY_FORGET:
        return head->targets == 1 && head->uids == 0;
    case ENTRY_DELIVER:
        return head->targets >= 1 && head->targets <= RECIPIENTS_MAX && head->uids == 0;
    case ENTRY_APPEND:
        return head->targets == 1 && head->uids == APPEND_UIDS;
    case ENTRY_EXPUNGE:
        return head->targets == 1 && head->uids <= UIDS_A_MESSAGE;
    case ENTRY_FLAGS:
        return head->targets == 1 && head->uids == 0 && head->large == 0 &&
               head->size >= sizeof(struct flags_change) &&
               head->size % sizeof(struct uid_range) == 0;
    case ENTRY_NAMES:
        return head->targets == 1 && head->uids == 0 && head->large == 0;
    case ENTRY_COPY:
        return head->targets == 1 && head->uids <= UIDS_A_MESSAGE && head->large == 0 &&
               head->size >= sizeof(struct copied) &&
               (head->size - sizeof(struct copied)) % sizeof(struct pack_row) == 0;
    default:
        return false;
    }
}

static bool length_is_sound(const struct entry_head *head)
{
    size_t body = entry_body_size(head);
    if (body >= LARGE_BODY_LEAST)
        return false;
    size_t least = entry_length(head->targets, head->uids, body);
    return head->type == ENTRY_PADDING ? head->length >= least && head->length % 8 == 0
                                       : head->length == least;
}

bool entry_is_sound(struct span octets, uint64_t lsn, uint32_t epoch, size_t *need_r)
{
    *need_r = 0;
    assert(octets.len >= ENTRY_HEAD && (uintptr_t)octets.at % 8 == 0);
    const struct entry_head *head = (const struct entry_head *)(const void *)octets.at;
    if (head->lsn != lsn || head->epoch != epoch || !counts_are_sound(head) ||
        !length_is_sound(head))
        return false;
    size_t need = head->type == ENTRY_PADDING ? (size_t)ENTRY_HEAD : head->length;
    if (octets.len < need) {
        *need_r = need;
        return false;
    }
    return head->crc == checksum(head) &&
           (head->large || head->type == ENTRY_PADDING ||
            head->body_crc == crc32c(0, entry_body(head), entry_body_size(head)));
}
