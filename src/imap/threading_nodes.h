/*
 * threading_nodes - inside threading: messages, and ids that are none, as nodes of trees.
 *
 * Nodes are numbers from 1 on; 0 is none.  A node without a number is a dummy.
 */
#ifndef IMAP_THREADING_NODES_H
#define IMAP_THREADING_NODES_H

#include "imap/forest.h"
#include "imap/threading.h"

struct thread_node {
    uint64_t id, subject; /* hashed */
    int64_t date;
    uint32_t number, parent;
    uint32_t first, last, next; /* children, the next of the parent's */
    bool is_reply, had_children, is_settled, has_subject;
};

/* From a hash to a node. */
struct thread_table {
    struct thread_entry {
        uint64_t key;
        uint32_t node;
    } * entries;
    size_t size, count; /* size: a power of two, or 0 */
};

struct threading {
    uint8_t key[16];
    size_t named_max, named; /* dummies for ids */
    bool (*turn)(void *);
    void *arg;
    size_t steps;

    struct thread_node *nodes;
    struct forest_node *forest;
    size_t size;   /* of both */
    uint32_t last; /* node in use */
    struct thread_table ids, subjects;

    uint32_t current, named_last; /* the message that is taken, what it has named */

    uint32_t *order, *other; /* messages, as they come and then by date */
    size_t count, room;
    uint32_t roots, roots_last, at; /* the children of none; what is said next */
    bool begun;
};

/* False: -ECANCELED. */
bool thread_step(struct threading *);
/* A new one; 0: out of memory. */
uint32_t thread_node_new(struct threading *);
/* Where the key's node stands, or may be put; NULL: out of memory. */
struct thread_entry *thread_table_find(struct thread_table *, uint64_t key);
void thread_table_put(struct thread_table *, struct thread_entry *, uint64_t key,
                      uint32_t node);

/* ---- threading_order.c */
/* By date, then number.  0 or -errno. */
int thread_sort(struct threading *);
/* Children and roots, from every message's parent, in order. */
int thread_build(struct threading *);

/* ---- threading_subject.c */
int thread_by_subject(struct threading *); /* ORDEREDSUBJECT */
int thread_gather(struct threading *);     /* REFERENCES, step 5 */

#endif
