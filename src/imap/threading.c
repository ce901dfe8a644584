/* threading - see threading.h.  Steps are those of RFC 5256 §3, REFERENCES. */
#include "imap/threading_nodes.h"

#include "base/map.h"
#include "config/limits.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>

enum { FIRST_NODES = 256, ID_MAX = 1024, SAID_AT_ONCE = 16 << 10 };

bool thread_step(struct threading *t)
{
    return ++t->steps % IMAP_SORT_SLICE != 0 || !t->turn || t->turn(t->arg);
}

/* ---- nodes */

static bool grow(void **array, size_t from, size_t to, size_t size)
{
    char *more = realloc(*array, to * size);
    if (!more)
        return false;
    memset(more + from * size, 0, (to - from) * size);
    *array = more;
    return true;
}

uint32_t thread_node_new(struct threading *t)
{
    if (t->last + 1 >= t->size) {
        size_t to = t->size ? t->size * 2 : FIRST_NODES;
        if (to > UINT32_MAX / 2 ||
            !grow((void **)&t->nodes, t->size, to, sizeof(*t->nodes)) ||
            !grow((void **)&t->forest, t->size, to, sizeof(*t->forest)))
            return 0;
        t->size = to;
    }
    return ++t->last;
}

static struct thread_entry *place_of(const struct thread_table *table, uint64_t key)
{
    size_t at = key & (table->size - 1);

    while (table->entries[at].node && table->entries[at].key != key)
        at = (at + 1) & (table->size - 1);
    return &table->entries[at];
}

static bool grow_table(struct thread_table *table)
{
    struct thread_table more = { .size = table->size ? table->size * 2 : FIRST_NODES,
                                 .count = table->count };

    more.entries = calloc(more.size, sizeof(*more.entries));
    if (!more.entries)
        return false;
    for (size_t i = 0; i < table->size; i++)
        if (table->entries[i].node)
            *place_of(&more, table->entries[i].key) = table->entries[i];
    free(table->entries);
    *table = more;
    return true;
}

struct thread_entry *thread_table_find(struct thread_table *table, uint64_t key)
{
    if (table->count * 2 >= table->size && !grow_table(table))
        return NULL;
    return place_of(table, key);
}

void thread_table_put(struct thread_table *table, struct thread_entry *entry,
                      uint64_t key, uint32_t node)
{
    table->count += entry->node == 0;
    *entry = (struct thread_entry){ key, node };
}

struct threading *threading_open(size_t named_max, bool (*turn)(void *), void *arg)
{
    struct threading *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->named_max = named_max;
    t->turn = turn;
    t->arg = arg;
    if (getrandom(t->key, sizeof(t->key), 0) != sizeof(t->key))
        threading_close(&t);
    return t;
}

void threading_close(struct threading **t)
{
    if (!*t)
        return;
    free((*t)->nodes);
    free((*t)->forest);
    free((*t)->ids.entries);
    free((*t)->subjects.entries);
    free((*t)->order);
    free((*t)->other);
    free(*t);
    *t = NULL;
}

/* ---- step 1: what names what */

/* "normalized": a quoted local part is what it quotes. */
static uint64_t hash_of(const struct threading *t, struct span id)
{
    char octets[ID_MAX];
    size_t len = 0;
    bool quoted = false;

    if (id.len > sizeof(octets) || span_find(id, '"') == id.len)
        return siphash(t->key, id);
    for (size_t i = 0; i < id.len; i++) {
        bool escapes = quoted && id.at[i] == '\\' && i + 1 < id.len;
        if (id.at[i] == '"')
            quoted = !quoted;
        else
            octets[len++] = id.at[escapes ? ++i : i];
    }
    return siphash(t->key, span_at(octets, len));
}

static void link(struct threading *t, uint32_t child, uint32_t parent)
{
    struct thread_node *c = &t->nodes[child];

    assert(c->parent == 0);
    if (child == parent || (c->had_children && forest_root(t->forest, parent) == child))
        return;
    forest_link(t->forest, child, parent);
    c->parent = parent;
    t->nodes[parent].had_children = true;
}

/* 1.B: the message's own parent, in place of what others have made of it. */
static void take_parent(struct threading *t)
{
    uint32_t node = t->current;

    if (node && t->nodes[node].parent) {
        forest_cut(t->forest, node);
        t->nodes[node].parent = 0;
    }
    if (node && t->named_last)
        link(t, node, t->named_last);
    t->current = t->named_last = 0;
}

static bool remember(struct threading *t, uint32_t node)
{
    if (t->count == t->room) {
        size_t to = t->room ? t->room * 2 : FIRST_NODES;
        if (!grow((void **)&t->order, t->room, to, sizeof(*t->order)))
            return false;
        t->room = to;
    }
    t->order[t->count++] = node;
    return true;
}

/* The node that has been named so, or a new one; who has no id, or another's, has a new
 * one that nothing names. */
static uint32_t node_of_message(struct threading *t, struct span id)
{
    struct thread_entry *entry = NULL;
    uint64_t hash = hash_of(t, id);

    if (id.len > 0 && !(entry = thread_table_find(&t->ids, hash)))
        return 0;
    if (entry && entry->node && t->nodes[entry->node].number == 0)
        return entry->node;
    uint32_t node = thread_node_new(t);
    if (node && entry && !entry->node)
        thread_table_put(&t->ids, entry, hash, node);
    return node;
}

int threading_message(struct threading *t, const struct thread_message *m)
{
    take_parent(t);
    uint32_t node = node_of_message(t, m->id);
    if (!node || !remember(t, node))
        return -ENOMEM;
    struct thread_node *n = &t->nodes[node];
    n->number = m->number;
    n->date = m->date;
    n->is_reply = m->is_reply;
    n->has_subject = m->subject != 0;
    n->subject = siphash(t->key, MAP_KEY(m->subject));
    t->current = node;
    return 0;
}

/* 1.A: what was named before it is its parent, if it has none yet. */
int threading_reference(struct threading *t, struct span id)
{
    uint64_t hash = hash_of(t, id);
    struct thread_entry *entry = thread_table_find(&t->ids, hash);

    if (!entry)
        return -ENOMEM;
    if (!entry->node) {
        if (t->named == t->named_max)
            return 0;
        uint32_t node = thread_node_new(t);
        if (!node)
            return -ENOMEM;
        t->named++;
        thread_table_put(&t->ids, entry, hash, node);
    }
    uint32_t named = entry->node;
    if (t->named_last && t->nodes[named].parent == 0)
        link(t, named, t->named_last);
    t->named_last = named;
    return 0;
}

/* ---- steps 2 and 3: dummies go */

/* A node whose parent is settled: that is a message, or the outermost dummy. */
static void settle(struct threading *t, uint32_t node)
{
    struct thread_node *n = &t->nodes[node];
    const struct thread_node *p = &t->nodes[n->parent];

    n->is_settled = true;
    if (n->parent && p->number == 0 && p->parent)
        n->parent = p->parent;
}

static int settle_all(struct threading *t)
{
    for (uint32_t i = 1; i <= t->last; i++) {
        uint32_t way = 0; /* back down, by `next` */
        for (uint32_t x = i; x && !t->nodes[x].is_settled; x = t->nodes[x].parent) {
            t->nodes[x].next = way;
            way = x;
        }
        for (; way; way = t->nodes[way].next) {
            settle(t, way);
            if (!thread_step(t))
                return -ECANCELED;
        }
    }
    return 0;
}

/* "unless there is only one child": then that one is promoted to be a child of the root. */
static void promote(struct threading *t)
{
    for (size_t i = 0; i < t->count; i++) {
        struct thread_node *parent = &t->nodes[t->nodes[t->order[i]].parent];
        if (parent->first)
            parent->last = t->order[i];
        else
            parent->first = parent->last = t->order[i];
    }
    for (size_t i = 0; i < t->count; i++) {
        struct thread_node *n = &t->nodes[t->order[i]], *parent = &t->nodes[n->parent];
        if (n->parent && parent->number == 0 && parent->first == parent->last)
            n->parent = 0;
    }
}

static int by_references(struct threading *t)
{
    int error = settle_all(t);

    if (error)
        return error;
    promote(t);
    error = thread_sort(t); /* steps 4 and 6 in one: children are put in this order */
    if (!error)
        error = thread_build(t);
    if (!error)
        error = thread_gather(t);
    return error ? error : thread_build(t);
}

int threading_end(struct threading *t, enum threading_algorithm algorithm)
{
    int error = 0;

    take_parent(t);
    if (t->count == 0)
        return 0;
    if (algorithm == THREADING_REFERENCES)
        error = by_references(t);
    else
        error = thread_by_subject(t);
    t->at = t->roots;
    return error;
}

/* ---- telling */

/* thread-list = "(" (thread-members / thread-nested) ")": what is no only child begins
 * one. */
static bool begins_list(const struct threading *t, const struct thread_node *n)
{
    const struct thread_node *parent = &t->nodes[n->parent];
    return n->parent == 0 || parent->first != parent->last;
}

static void enter(const struct threading *t, struct buf *b)
{
    const struct thread_node *n = &t->nodes[t->at];

    buf_put(b, begins_list(t, n) ? SPAN("(") : SPAN(" "));
    if (n->number == 0)
        return;
    buf_printf(b, "%" PRIu32, n->number);
    if (n->first != n->last)
        buf_put(b, SPAN(" "));
}

/* To the next one, as far up as that takes. */
static void leave(struct threading *t, struct buf *b)
{
    while (t->at) {
        const struct thread_node *n = &t->nodes[t->at];
        if (begins_list(t, n))
            buf_put(b, SPAN(")"));
        t->at = n->next ? n->next : n->parent;
        if (n->next || b->len >= SAID_AT_ONCE)
            return;
    }
}

bool threading_say(struct threading *t, struct buf *b)
{
    while (t->at && b->len < SAID_AT_ONCE) {
        struct thread_node *n = &t->nodes[t->at];
        bool is_back = n->is_settled; /* from what is below it */
        if (!is_back)
            enter(t, b);
        n->is_settled = true;
        if (n->first && !is_back)
            t->at = n->first;
        else
            leave(t, b);
    }
    return t->at != 0;
}
