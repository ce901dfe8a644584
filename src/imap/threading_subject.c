/* threading_subject - inside threading: what has the same base subject (RFC 5256 §3). */
#include "imap/threading_nodes.h"

#include <errno.h>

/* ---- ORDEREDSUBJECT: the first by date, and the others below it */

int thread_by_subject(struct threading *t)
{
    for (uint32_t i = 1; i <= t->last; i++)
        t->nodes[i].parent = 0;
    int error = thread_sort(t);
    for (size_t i = 0; i < t->count && !error; i++) {
        struct thread_node *n = &t->nodes[t->order[i]];
        struct thread_entry *entry = thread_table_find(&t->subjects, n->subject);
        if (!entry)
            return -ENOMEM;
        n->parent = entry->node;
        if (!entry->node)
            thread_table_put(&t->subjects, entry, n->subject, t->order[i]);
        error = thread_step(t) ? 0 : -ECANCELED;
    }
    return error ? error : thread_build(t);
}

/* ---- REFERENCES, step 5: threads under the root */

/* 5.B.i: a dummy's subject is its first child's. */
static bool take_subject(struct threading *t, uint32_t root)
{
    struct thread_node *n = &t->nodes[root];

    if (n->number == 0) {
        n->subject = t->nodes[n->first].subject;
        n->has_subject = t->nodes[n->first].has_subject;
    }
    return n->has_subject;
}

/* 5.B: which of them stands for its subject */
static int fill(struct threading *t)
{
    for (uint32_t i = t->roots; i; i = t->nodes[i].next) {
        struct thread_node *n = &t->nodes[i];
        if (!thread_step(t))
            return -ECANCELED;
        if (!take_subject(t, i))
            continue;
        struct thread_entry *entry = thread_table_find(&t->subjects, n->subject);
        if (!entry)
            return -ENOMEM;
        const struct thread_node *there = &t->nodes[entry->node];
        bool replaces =
            there->number > 0 && (n->number == 0 || (there->is_reply && !n->is_reply));
        if (!entry->node || replaces)
            thread_table_put(&t->subjects, entry, n->subject, i);
    }
    return 0;
}

static int put_below_new(struct threading *t, struct thread_entry *entry, uint32_t node)
{
    uint32_t both = thread_node_new(t);

    if (!both)
        return -ENOMEM;
    t->nodes[both].subject = t->nodes[node].subject;
    t->nodes[node].parent = t->nodes[entry->node].parent = both;
    entry->node = both;
    return 0;
}

/* 5.C */
static int merge(struct threading *t, uint32_t node)
{
    struct thread_node *n = &t->nodes[node];
    struct thread_entry *entry = thread_table_find(&t->subjects, n->subject);

    if (!entry)
        return -ENOMEM;
    if (entry->node == node)
        return 0;
    const struct thread_node *there = &t->nodes[entry->node];
    if (n->number == 0) { /* then both are dummies */
        for (uint32_t i = n->first; i; i = t->nodes[i].next)
            t->nodes[i].parent = entry->node;
    } else if (there->number == 0 || (n->is_reply && !there->is_reply)) {
        n->parent = entry->node;
    } else {
        return put_below_new(t, entry, node);
    }
    return 0;
}

int thread_gather(struct threading *t)
{
    int error = fill(t);

    for (uint32_t i = t->roots; i && !error; i = t->nodes[i].next)
        if (t->nodes[i].has_subject && t->nodes[i].parent == 0)
            error = thread_step(t) ? merge(t, i) : -ECANCELED;
    return error;
}
