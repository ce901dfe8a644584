#include "test/talk/mail.h"

#include "base/clock.h"
#include "os/files.h"
#include "store/crc32c.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PEOPLE_MAX = 64,
    ALIASES_MAX = 16,
    RECEIVED = 837596665 /* RFC 9051 §8's day */
};

static struct person people[PEOPLE_MAX];
static size_t people_count, delivered;

static struct alias {
    struct span address, targets;
} aliases[ALIASES_MAX];
static size_t alias_count;

/* ---- accounts */

static struct span copy(struct span s)
{
    char *at = malloc(s.len + 1);

    assert(at);
    memcpy(at, s.at, s.len);
    at[s.len] = '\0';
    return span_at(at, s.len);
}

struct person *person_add(struct span address, struct span password)
{
    assert(people_count < PEOPLE_MAX);
    struct person *a = &people[people_count++];
    *a = (struct person){
        .number = people_count,
        .address = copy(address),
        .password = copy(password),
        .limit = UINT64_MAX,
        .next_uid = 1,
        .pack = memfd_create("pack", MFD_CLOEXEC),
        .pack_number = 1,
    };
    assert(a->pack >= 0);
    return a;
}

struct person *person_find(struct span address)
{
    for (size_t i = 0; i < people_count; i++)
        if (span_is_nocase(people[i].address, address))
            return &people[i];
    return NULL;
}

struct person *person_numbered(uint64_t number)
{
    return number > 0 && number <= people_count ? &people[number - 1] : NULL;
}

void alias_add(struct span address, struct span targets)
{
    assert(alias_count < ALIASES_MAX);
    aliases[alias_count++] = (struct alias){ copy(address), copy(targets) };
}

static const struct alias *alias_find(struct span address)
{
    for (size_t i = 0; i < alias_count; i++)
        if (span_is_nocase(aliases[i].address, address))
            return &aliases[i];
    return NULL;
}

size_t people_behind(struct span address, struct person *people_r[], size_t max)
{
    const struct alias *alias = alias_find(address);
    struct span rest = alias ? alias->targets : address;
    size_t count = 0;

    while (rest.len > 0 && count < max) {
        struct span one = span_first(rest, span_find(rest, ' '));
        struct person *a = person_find(one);
        if (a)
            people_r[count++] = a;
        rest = span_skip(rest, one.len < rest.len ? one.len + 1 : one.len);
    }
    return count;
}

void people_measure(struct person *const people_of[], size_t count, uint64_t *room_r,
                    uint64_t *limit_r)
{
    *limit_r = *room_r = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct person *a = people_of[i];
        uint64_t room = a->used < a->limit ? a->limit - a->used : 0;
        if (a->limit < *limit_r)
            *limit_r = a->limit;
        if (a->limit != UINT64_MAX && room < *room_r)
            *room_r = room;
    }
}

bool person_has_domain(struct span at_domain)
{
    for (size_t i = 0; i < people_count; i++) {
        struct span address = people[i].address;
        struct span domain = span_skip(address, span_find(address, '@'));
        if (span_is_nocase(domain, at_domain))
            return true;
    }
    return false;
}

static void person_forget(struct person *a)
{
    for (size_t i = 0; i < a->count; i++)
        free(a->letters[i].body);
    free(a->letters);
    free((void *)(uintptr_t)a->address.at);
    free((void *)(uintptr_t)a->password.at);
    close(a->pack);
}

void people_forget(void)
{
    for (size_t i = 0; i < people_count; i++)
        person_forget(&people[i]);
    for (size_t i = 0; i < alias_count; i++) {
        free((void *)(uintptr_t)aliases[i].address.at);
        free((void *)(uintptr_t)aliases[i].targets.at);
    }
    people_count = alias_count = delivered = 0;
}

/* ---- letters */

static void put_into_pack(struct person *a, struct letter *l)
{
    l->row.pack = a->pack_number;
    l->row.offset = a->pack_size;
    assert(pwrite(a->pack, l->body, l->row.size, (off_t)a->pack_size) ==
           (ssize_t)l->row.size);
    a->pack_size += l->row.size;
}

static struct letter *put(struct person *a, struct span body)
{
    a->letters = reallocarray(a->letters, a->count + 1, sizeof(*a->letters));
    assert(a->letters);
    struct letter *l = &a->letters[a->count++];
    *l = (struct letter){
        .row = { .uid = a->next_uid,
                 .size = body.len,
                 .crc = crc32c(0, body.at, body.len),
                 .email = 1000 + a->next_uid,
                 .received = RECEIVED },
        .body = (char *)(uintptr_t)copy(body).at,
    };
    a->next_uid++;
    l->row.offset = 1000 + l->row.uid; /* a large one's name */
    if (body.len < LARGE_BODY_LEAST)
        put_into_pack(a, l);
    return l;
}

void person_put(struct person *a, struct span body)
{
    put(a, body);
}

void person_deliver(struct person *a, struct span body)
{
    put(a, body)->delivered = true;
    delivered++;
}

uint32_t person_append(struct person *a, struct span body, uint64_t flags,
                       int64_t received)
{
    struct snapshot_row *row = &put(a, body)->row;

    row->flags = flags;
    row->received = received;
    row->saved = (uint32_t)clock_wall();
    return row->uid;
}

size_t people_delivered(void)
{
    return delivered;
}

bool person_next(struct person *a, struct span *body_r)
{
    for (size_t i = 0; i < a->count; i++) {
        struct letter *l = &a->letters[i];
        if (!l->delivered || l->seen)
            continue;
        l->seen = true;
        *body_r = span_at(l->body, l->row.size);
        return true;
    }
    return false;
}

static bool is_among(uint32_t uid, struct span uids)
{
    for (size_t i = 0; i + sizeof(uid) <= uids.len; i += sizeof(uid))
        if (memcmp(uids.at + i, &uid, sizeof(uid)) == 0)
            return true;
    return false;
}

void person_expunge(struct person *a, struct span uids)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->count; i++) {
        if (is_among(a->letters[i].row.uid, uids))
            free(a->letters[i].body);
        else
            a->letters[kept++] = a->letters[i];
    }
    a->count = kept;
}

static bool is_within(uint32_t uid, struct span ranges)
{
    struct uid_range range;

    for (size_t i = 0; i + sizeof(range) <= ranges.len; i += sizeof(range)) {
        memcpy(&range, ranges.at + i, sizeof(range));
        if (uid >= range.first && uid <= range.last)
            return true;
    }
    return false;
}

void person_flag(struct person *a, struct span ranges, uint64_t add, uint64_t remove)
{
    for (size_t i = 0; i < a->count; i++) {
        struct snapshot_row *row = &a->letters[i].row;
        if (is_within(row->uid, ranges))
            row->flags = (row->flags & ~remove) | add;
    }
}

void person_compact(struct person *a)
{
    close(a->pack);
    a->pack = memfd_create("pack", MFD_CLOEXEC);
    a->pack_number++;
    a->pack_size = 0;
    for (size_t i = 0; i < a->count; i++)
        if (a->letters[i].row.pack != 0)
            put_into_pack(a, &a->letters[i]);
}

void person_tear(struct person *a, uint64_t octets)
{
    assert(ftruncate(a->pack, (off_t)octets) == 0);
}

/* ---- for a front */

void person_status(const struct person *a, struct store_status_answer *answer_r)
{
    *answer_r = (struct store_status_answer){ .uidvalidity = UIDVALIDITY,
                                              .uidnext = a->next_uid,
                                              .total = (uint32_t)a->count };
    for (size_t i = 0; i < a->count; i++) {
        const struct snapshot_row *row = &a->letters[i].row;
        answer_r->unseen += !(row->flags & FLAG_SEEN);
        answer_r->deleted += (row->flags & FLAG_DELETED) != 0;
        answer_r->octets += row->size;
    }
}

int person_snapshot(const struct person *a, struct store_snapshot_answer *answer_r)
{
    struct snapshot_row *rows = calloc(a->count + 1, sizeof *rows);

    assert(rows);
    answer_r->uidvalidity = UIDVALIDITY;
    answer_r->uidnext = a->next_uid;
    answer_r->count = (uint32_t)a->count;
    answer_r->octets = 0;
    for (size_t i = 0; i < a->count; i++) {
        rows[i] = a->letters[i].row;
        answer_r->octets += rows[i].size;
    }
    answer_r->rows = sealed_copy("rows", span_at(rows, a->count * sizeof *rows));
    free(rows);
    return answer_r->rows < 0 ? answer_r->rows : 0;
}

struct span person_body(const struct person *a, uint64_t email)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->letters[i].row.email == email)
            return span_at(a->letters[i].body, a->letters[i].row.size);
    return (struct span){ 0 };
}

int person_large(const struct person *a, uint64_t name)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct letter *l = &a->letters[i];
        if (l->row.pack == 0 && l->row.offset == name)
            return sealed_copy("large", span_at(l->body, l->row.size));
    }
    return -ENOENT;
}
