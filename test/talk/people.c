/* people - the fake world's accounts, and who is behind an address; see mail.h. */
#include "test/talk/mail.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PEOPLE_MAX = 64, ALIASES_MAX = 16 };

static struct person people[PEOPLE_MAX];
static size_t people_count;

static struct alias {
    struct span address, targets;
} aliases[ALIASES_MAX];
static size_t alias_count;

/* ---- accounts */

struct span text_copy(struct span s)
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
        .address = text_copy(address),
        .password = text_copy(password),
        .limit = UINT64_MAX,
        .next_uid = 1,
        .names = { .next = INBOX + 1, .uidvalidity = UIDVALIDITY },
        .pack = memfd_create("pack", MFD_CLOEXEC),
        .pack_number = 1,
    };
    assert(a->pack >= 0);
    return a;
}

/* The queue's account is another's than all of theirs. */
struct person *person_add_queue(void)
{
    struct person *a = person_add(SPAN("@queue"), SPAN(""));

    a->number = QUEUE_ACCOUNT;
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
    for (size_t i = 0; i < people_count; i++)
        if (people[i].number == number)
            return &people[i];
    return NULL;
}

void alias_add(struct span address, struct span targets)
{
    assert(alias_count < ALIASES_MAX);
    aliases[alias_count++] = (struct alias){ text_copy(address), text_copy(targets) };
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
    free(a->gone);
    names_close(&a->names);
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
    people_count = alias_count = 0;
}

size_t people_delivered(void)
{
    size_t delivered = 0;

    for (size_t i = 0; i < people_count; i++)
        delivered += people[i].delivered;
    return delivered;
}
