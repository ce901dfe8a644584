/* threading_order - inside threading: messages by date, and lists of children in that order. */
#include "imap/threading_nodes.h"

#include <errno.h>
#include <stdlib.h>

/* §2.2: "if the sent dates are equal, the order in the mailbox": numbers ascend, so a sort
 * that keeps the order of what is equal does it. */
static bool is_before(const struct threading *t, uint32_t a, uint32_t b)
{
    return t->nodes[a].date < t->nodes[b].date;
}

static bool merge(struct threading *t, size_t from, size_t middle, size_t to)
{
    size_t a = from, b = middle;

    for (size_t i = from; i < to; i++) {
        if (!thread_step(t))
            return false;
        bool first = a < middle && (b >= to || !is_before(t, t->order[b], t->order[a]));
        t->other[i] = first ? t->order[a++] : t->order[b++];
    }
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

int thread_sort(struct threading *t)
{
    t->other = calloc(t->count + 1, sizeof(*t->other));
    if (!t->other)
        return -ENOMEM;
    for (size_t run = 1; run < t->count; run *= 2) {
        for (size_t from = 0; from < t->count; from += 2 * run) {
            size_t middle = least(from + run, t->count);
            if (!merge(t, from, middle, least(middle + run, t->count)))
                return -ECANCELED;
        }
        uint32_t *order = t->order;
        t->order = t->other;
        t->other = order;
    }
    return 0;
}

static void append_root(struct threading *t, uint32_t node)
{
    if (t->roots)
        t->nodes[t->roots_last].next = node;
    else
        t->roots = node;
    t->roots_last = node;
}

/* A dummy stands where the first of its children does. */
static void append(struct threading *t, uint32_t node)
{
    uint32_t parent = t->nodes[node].parent;
    struct thread_node *p = &t->nodes[parent];

    if (parent == 0) {
        append_root(t, node);
        return;
    }
    if (p->first)
        t->nodes[p->last].next = node;
    else
        p->first = node;
    p->last = node;
    if (p->number == 0 && p->first == node)
        append_root(t, parent);
}

int thread_build(struct threading *t)
{
    t->roots = t->roots_last = 0;
    for (uint32_t i = 0; i <= t->last; i++) {
        struct thread_node *n = &t->nodes[i];
        n->first = n->last = n->next = 0;
        n->is_settled = false;
        if (!thread_step(t))
            return -ECANCELED;
    }
    for (size_t i = 0; i < t->count; i++) {
        append(t, t->order[i]);
        if (!thread_step(t))
            return -ECANCELED;
    }
    return 0;
}
