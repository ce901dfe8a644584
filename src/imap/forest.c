/* forest - see forest.h.  A path of a tree is a splay tree in the order of depth; its root's
 * `up` is the node that the path hangs from, which does not know it as a child. */
#include "imap/forest.h"

#include <stdbool.h>

static bool is_top(const struct forest_node *n, uint32_t x)
{
    uint32_t up = n[x].up;
    return up == 0 || (n[up].left != x && n[up].right != x);
}

static void rotate(struct forest_node *n, uint32_t x)
{
    uint32_t p = n[x].up, g = n[p].up;
    bool is_left = n[p].left == x, was_top = is_top(n, p);
    uint32_t between = is_left ? n[x].right : n[x].left;

    if (is_left) {
        n[p].left = between;
        n[x].right = p;
    } else {
        n[p].right = between;
        n[x].left = p;
    }
    if (between)
        n[between].up = p;
    n[p].up = x;
    n[x].up = g;
    if (!was_top && n[g].left == p)
        n[g].left = x;
    else if (!was_top)
        n[g].right = x;
}

static void splay(struct forest_node *n, uint32_t x)
{
    while (!is_top(n, x)) {
        uint32_t p = n[x].up;
        if (!is_top(n, p)) {
            bool straight = (n[p].left == x) == (n[n[p].up].left == p);
            rotate(n, straight ? p : x);
        }
        rotate(n, x);
    }
}

/* The path from the root to the node becomes one, with the node at its end and top. */
static void access(struct forest_node *n, uint32_t x)
{
    uint32_t below = 0;

    for (uint32_t y = x; y; y = n[y].up) {
        splay(n, y);
        n[y].right = below;
        below = y;
    }
    splay(n, x);
}

uint32_t forest_root(struct forest_node *n, uint32_t x)
{
    access(n, x);
    while (n[x].left)
        x = n[x].left;
    splay(n, x);
    return x;
}

void forest_link(struct forest_node *n, uint32_t child, uint32_t parent)
{
    access(n, child);
    access(n, parent);
    n[child].up = parent;
}

void forest_cut(struct forest_node *n, uint32_t x)
{
    access(n, x);
    if (n[x].left)
        n[n[x].left].up = 0;
    n[x].left = 0;
}
