/*
 * forest - trees that are linked and cut, and asked for the root of a node.
 *
 * Link-cut trees (Sleator, Tarjan 1983): each operation costs O(log n) over many, however
 * deep the trees are, and none recurses: so who chooses what is linked cannot make it
 * dear.  Nodes are numbers from 1 on; 0 is none.
 */
#ifndef IMAP_FOREST_H
#define IMAP_FOREST_H

#include <stdint.h>

struct forest_node { /* zeroed: a tree of its own */
    uint32_t up, left, right;
};

uint32_t forest_root(struct forest_node *, uint32_t node);
/* The child is a root, and not the parent's. */
void forest_link(struct forest_node *, uint32_t child, uint32_t parent);
/* From its parent, if it has one. */
void forest_cut(struct forest_node *, uint32_t node);

#endif
