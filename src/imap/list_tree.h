/*
 * list_tree - inside the IMAP room: all names of an account in the order in which LIST
 * tells them, the INBOX first, each before what is below it.
 *
 * A name stands for a mailbox, a subscription, or both.  Superiors that are neither have no
 * place in it: whoever walks through it meets them between an entry's `shared` levels and
 * its last one.  The work is linear but for the sorting; the memory is malloc'ed.
 */
#ifndef IMAP_LIST_TREE_H
#define IMAP_LIST_TREE_H

#include "config/limits.h"
#include "store/names.h"

/* For a level of an entry's name, counted from 1: is there, at the entry or behind it, yet
 * still below that level's name, ...?  So up to this level. */
struct list_reach {
    uint8_t mailbox;    /* ... a mailbox */
    uint8_t subscribed; /* ... a subscription */
    uint8_t unmatched;  /* ... a subscription that does not match */
};

struct list_entry {
    struct span name; /* points into the records */
    uint32_t number;  /* of the mailbox; 0: there is none */
    enum mailbox_role role;
    bool subscribed, matches;
    uint8_t levels, shared;         /* how many, and how many with the entry before */
    struct list_reach reach, below; /* below: without the entry itself */
};

struct list_tree {
    struct list_entry *entries;
    size_t count;
};

/* 0, -ENOMEM, or -EBADMSG: they are no records. */
int list_tree_open(struct list_tree *tree_r, struct span records);
/* Once every `matches` is said. */
void list_tree_measure(struct list_tree *);
void list_tree_close(struct list_tree *);

/* Is it the INBOX, or below it? */
bool list_is_in_inbox(struct span name);
/* The name of one of its superiors, or its own. */
struct span list_level(struct span name, unsigned level);

#endif
