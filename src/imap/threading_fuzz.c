/*
 * threading_fuzz - threads are those that a reader finds who follows RFC 5256 §3 by the
 * letter: with lists of children, walks to the root, and recursion.
 *
 * Four octets are a message: its id, its date and subject, and two of what it names.
 */
#include "imap/threading.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDS = 16, MESSAGES = 64, NODES = 2 * MESSAGES + IDS + 1 };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static struct node {
    unsigned number, date, subject; /* number 0: a dummy */
    bool is_reply, is_gone;
    int parent; /* 0: the root */
} nodes[NODES];
static int count, of_id[IDS];

/* ---- the tree, naively */

static bool is_below(int node, int above)
{
    for (; node; node = nodes[node].parent)
        if (node == above)
            return true;
    return false;
}

static int children(int node, int *to)
{
    int n = 0;
    for (int i = 1; i <= count; i++)
        if (nodes[i].parent == node && !nodes[i].is_gone)
            to[n++] = i;
    return n;
}

/* By date and number; of a dummy, its first child's. */
static unsigned rank(int node)
{
    int list[NODES];
    unsigned best = UINT32_MAX;

    if (nodes[node].number)
        return nodes[node].date * 1000 + nodes[node].number;
    for (int n = children(node, list); n > 0; n--)
        if (rank(list[n - 1]) < best)
            best = rank(list[n - 1]);
    return best;
}

static int by_rank(const void *a, const void *b)
{
    unsigned x = rank(*(const int *)a), y = rank(*(const int *)b);
    return (x > y) - (x < y);
}

static int sorted(int node, int *to)
{
    int n = children(node, to);
    qsort(to, (size_t)n, sizeof(*to), by_rank);
    return n;
}

static int named(unsigned id)
{
    if (!of_id[id])
        of_id[id] = ++count;
    return of_id[id];
}

static void prune(int node)
{
    int list[NODES], n = children(node, list);

    for (int i = 0; i < n; i++)
        prune(list[i]);
    n = children(node, list);
    if (!node || nodes[node].number)
        return;
    if (nodes[node].parent && n > 0) {
        for (int i = 0; i < n; i++)
            nodes[list[i]].parent = nodes[node].parent;
    } else if (n == 1) {
        nodes[list[0]].parent = 0;
    } else if (n > 1) {
        return;
    }
    nodes[node].is_gone = true;
}

/* ---- step 5 */

static unsigned thread_subject(int node)
{
    int list[NODES];

    if (nodes[node].number)
        return nodes[node].subject;
    sorted(node, list);
    return nodes[list[0]].subject;
}

static void merge(int *table, int node)
{
    int there = *table, list[NODES];

    if (there == node)
        return;
    if (!nodes[there].number && !nodes[node].number) {
        for (int n = children(node, list); n > 0; n--)
            nodes[list[n - 1]].parent = there;
        nodes[node].is_gone = true;
    } else if (!nodes[there].number ||
               (nodes[node].is_reply && !nodes[there].is_reply)) {
        nodes[node].parent = there;
    } else {
        nodes[++count] = (struct node){ 0 };
        nodes[there].parent = nodes[node].parent = *table = count;
    }
}

static void gather(void)
{
    int table[8] = { 0 }, list[NODES], n = sorted(0, list);
    unsigned subjects[NODES];

    for (int i = 0; i < n; i++) {
        unsigned subject = subjects[i] = thread_subject(list[i]);
        const struct node *now = &nodes[list[i]], *there = &nodes[table[subject]];
        if (subject &&
            (!table[subject] ||
             (there->number && (!now->number || (there->is_reply && !now->is_reply)))))
            table[subject] = list[i];
    }
    for (int i = 0; i < n; i++)
        if (subjects[i] && !nodes[list[i]].parent)
            merge(&table[subjects[i]], list[i]);
}

static void put(int node, struct buf *b)
{
    int list[NODES], n = sorted(node, list);

    if (nodes[node].number)
        buf_printf(b, "%u%s", nodes[node].number, n ? " " : "");
    for (int i = 0; i < n; i++) {
        bool brackets = n > 1 || !node;
        buf_put(b, brackets ? SPAN("(") : SPAN(""));
        put(list[i], b);
        buf_put(b, brackets ? SPAN(")") : SPAN(""));
    }
}

/* ---- both */

static void name_both(struct threading *t, unsigned id, int *last)
{
    char text[8];
    int node = named(id);

    snprintf(text, sizeof(text), "%u", id);
    assert(threading_reference(t, span_of(text)) == 0);
    if (*last && !nodes[node].parent && !is_below(*last, node))
        nodes[node].parent = *last;
    *last = node;
}

static void add_both(struct threading *t, unsigned number, const uint8_t *octets)
{
    unsigned id = octets[0] % IDS;
    bool has_id = octets[0] < 240, has_named = octets[0] & 16;
    char text[8];
    int node = has_id ? named(id) : ++count, last = 0;

    if (nodes[node].number)
        node = ++count;
    nodes[node].number = number;
    nodes[node].date = octets[1] & 3;
    nodes[node].subject = (octets[1] >> 2) & 7;
    nodes[node].is_reply = octets[1] & 32;
    snprintf(text, sizeof(text), "%u", id);
    struct thread_message m = { .number = number,
                                .date = nodes[node].date,
                                .subject = nodes[node].subject,
                                .is_reply = nodes[node].is_reply,
                                .id = has_id ? span_of(text) : SPAN("") };
    assert(threading_message(t, &m) == 0);
    for (int i = 0; i < 4 && has_named; i++)
        name_both(t, (octets[2 + i / 2] >> (4 * (i % 2))) & 15, &last);
    nodes[node].parent = 0;
    if (last && !is_below(last, node))
        nodes[node].parent = last;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct threading *t = threading_open(IDS, NULL, NULL);
    struct buf ours = { .max = 1 << 16 }, theirs = { .max = 1 << 16 };

    memset(nodes, 0, sizeof(nodes));
    memset(of_id, 0, sizeof(of_id));
    count = 0;
    for (unsigned i = 0; i < MESSAGES && (i + 1) * 4 <= len; i++)
        add_both(t, i + 1, octets + 4 * i);
    assert(threading_end(t, THREADING_REFERENCES) == 0);
    while (threading_say(t, &ours))
        ;
    prune(0);
    gather();
    put(0, &theirs);
    assert(span_is(buf_span(&ours), buf_span(&theirs)));
    buf_free(&ours);
    buf_free(&theirs);
    threading_close(&t);
    return 0;
}
