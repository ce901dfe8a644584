/* list_tree - see list_tree.h. */
#include "imap/list_tree.h"

#include <errno.h>
#include <stdlib.h>

bool list_is_in_inbox(struct span name)
{
    return name_is_inbox(span_first(name, span_find(name, NAMES_DELIMITER)));
}

/* The delimiter comes before all that a level may have. */
static int compare_names(struct span a, struct span b)
{
    size_t least = a.len < b.len ? a.len : b.len, i = 0;

    while (i < least && a.at[i] == b.at[i])
        i++;
    if (i == least)
        return (a.len > b.len) - (a.len < b.len);
    int x = a.at[i] == NAMES_DELIMITER ? -1 : (unsigned char)a.at[i];
    int y = b.at[i] == NAMES_DELIMITER ? -1 : (unsigned char)b.at[i];
    return x < y ? -1 : 1;
}

static int compare_entries(const void *left, const void *right)
{
    const struct list_entry *a = left, *b = right;
    bool x = list_is_in_inbox(a->name), y = list_is_in_inbox(b->name);

    return x != y ? (x ? -1 : 1) : compare_names(a->name, b->name);
}

/* ---- what there is */

static bool is_listed(const struct name *n)
{
    return n->name.len > 0 && (n->kind == NAME_MAILBOX || n->kind == NAME_SUBSCRIBED);
}

static size_t count_records(struct span records)
{
    struct name n;
    size_t count = 0;

    while (name_take(&records, &n))
        count += is_listed(&n);
    return count;
}

static void add(struct list_tree *t, const struct name *n)
{
    struct list_entry *e = &t->entries[t->count++];

    *e = (struct list_entry){ .name = n->name,
                              .number = n->kind == NAME_MAILBOX ? n->id : 0,
                              .role = n->role,
                              .subscribed = n->kind == NAME_SUBSCRIBED };
}

/* A mailbox and a subscription of one name are one. */
static void merge(struct list_tree *t)
{
    size_t kept = 0;

    for (size_t i = 1; i < t->count; i++) {
        const struct list_entry *e = &t->entries[i];
        struct list_entry *last = &t->entries[kept];
        if (!span_is(last->name, e->name)) {
            t->entries[++kept] = *e;
            continue;
        }
        last->number = last->number ? last->number : e->number;
        last->role = last->role ? last->role : e->role;
        last->subscribed = last->subscribed || e->subscribed;
    }
    t->count = kept + 1;
}

/* Where the level behind that place ends. */
static size_t level_end(struct span name, size_t at)
{
    return at + span_find(span_skip(name, at), NAMES_DELIMITER);
}

static uint8_t count_shared(struct span a, struct span b)
{
    uint8_t shared = 0;
    size_t from = 0;

    while (from <= a.len && from <= b.len) {
        size_t x = level_end(a, from), y = level_end(b, from);
        if (x != y || memcmp(a.at + from, b.at + from, x - from) != 0)
            break;
        shared++;
        from = x + 1;
    }
    return shared;
}

struct span list_level(struct span name, unsigned level)
{
    size_t end = level_end(name, 0);

    while (--level > 0 && end < name.len)
        end = level_end(name, end + 1);
    return span_first(name, end);
}

static uint8_t count_levels(struct span name)
{
    uint8_t levels = 1;

    for (size_t i = 0; i < name.len; i++)
        levels = (uint8_t)(levels + (name.at[i] == NAMES_DELIMITER));
    return levels;
}
_Static_assert(MAILBOX_LEVELS_MAX < UINT8_MAX, "what counts levels");

int list_tree_open(struct list_tree *t, struct span records)
{
    const struct name inbox = { .kind = NAME_MAILBOX,
                                .id = INBOX,
                                .name = { "INBOX", 5 } };
    struct name n;

    *t = (struct list_tree){ 0 };
    if (!names_are_sound(records))
        return -EBADMSG;
    t->entries = calloc(count_records(records) + 1, sizeof(*t->entries));
    if (!t->entries)
        return -ENOMEM;
    add(t, &inbox);
    t->entries[0].subscribed = true;
    while (name_take(&records, &n))
        if (is_listed(&n))
            add(t, &n);
    qsort(t->entries, t->count, sizeof(*t->entries), compare_entries);
    merge(t);
    for (size_t i = 0; i < t->count; i++) {
        struct list_entry *e = &t->entries[i];
        e->levels = count_levels(e->name);
        e->shared = i > 0 ? count_shared(t->entries[i - 1].name, e->name) : 0;
    }
    return 0;
}

void list_tree_close(struct list_tree *t)
{
    free(t->entries);
    *t = (struct list_tree){ 0 };
}

/* ---- what is below */

static uint8_t least(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

/* From the last to the first: what stands behind an entry counts as far up as both share
 * their levels. */
void list_tree_measure(struct list_tree *t)
{
    for (size_t i = t->count; i-- > 0;) {
        struct list_entry *e = &t->entries[i], *next = e + 1;
        bool unmatched = e->subscribed && !e->matches;
        e->below = (struct list_reach){ 0 };
        if (i + 1 < t->count)
            e->below = (struct list_reach){
                least(next->shared, next->reach.mailbox),
                least(next->shared, next->reach.subscribed),
                least(next->shared, next->reach.unmatched),
            };
        e->reach = e->below;
        if (e->number)
            e->reach.mailbox = e->levels;
        if (e->subscribed)
            e->reach.subscribed = e->levels;
        if (unmatched)
            e->reach.unmatched = e->levels;
    }
}
