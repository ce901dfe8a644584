/* listing - directories that are being read (files/inside.h). */
#include "files/share.h"

#include "base/fiber.h"
#include "files/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct listing {
    uint32_t id; /* its key in the map */
    uint64_t handle;
    struct tree *tree;
    DIR *entries; /* NULL: not open yet */
    uint32_t perm;
    size_t pattern_len;
    char pattern[FILES_NAME_MAX];
    char held[FILES_NAME_MAX + 1]; /* as of struct disk_list */
    char path[FILES_PATH_MAX + 1]; /* below the tree's home */
    bool busy;                     /* a thread has it */
    bool gone;                     /* and nobody else any more */
    struct cabinet *cabinet;
    struct ahead *ahead; /* NULL: nothing was read ahead yet */
};

struct ahead {
    bool ready; /* and not taken */
    bool done;  /* the rows are the last ones */
    int error;
    struct fiber *waiter; /* who has asked for them already */
    size_t len;
    char rows[FILES_ROWS_MAX];
};

/* Does somebody wait for its rows already? */
static bool is_asked(const struct listing *l)
{
    return l->busy && (!l->ahead || l->ahead->waiter);
}

static void forget(struct cabinet *c, struct listing *l)
{
    if (!l->gone)
        map_remove(c->listings, MAP_KEY(l->id));
    l->gone = true;
    if (l->busy)
        return; /* whoever comes back from the thread does the rest */
    if (l->entries)
        closedir(l->entries);
    tree_leave(c, l->tree);
    free(l->ahead);
    free(l);
}

static struct listing *listing_of(struct cabinet *c, uint64_t handle, uint32_t id)
{
    struct listing *l = map_get(c->listings, MAP_KEY(id));
    return l && l->handle == handle ? l : NULL;
}

static bool has_too_many(struct cabinet *c, uint64_t handle)
{
    size_t cursor = 0, own = 0;
    for (struct listing *l; (l = map_next(c->listings, &cursor)) != NULL;)
        own += l->handle == handle;
    return own >= FILES_LISTINGS_OF_ONE || map_count(c->listings) >= FILES_LISTINGS_MAX;
}

static int add(struct cabinet *c, const struct visitor *v, struct place *p,
               struct span pattern, struct listing **listing_r)
{
    struct listing *l = calloc(1, sizeof *l);
    if (!l)
        return -ENOMEM;
    do
        l->id = ++c->last_listing;
    while (l->id == 0 || map_get(c->listings, MAP_KEY(l->id)));
    l->cabinet = c;
    l->handle = v->handle;
    l->perm = p->perm;
    snprintf(l->path, sizeof l->path, "%s", p->path);
    l->pattern_len = pattern.len;
    if (pattern.len > 0)
        memcpy(l->pattern, pattern.at, pattern.len);
    int error = map_put(c->listings, MAP_KEY(l->id), l);
    if (error) {
        free(l);
        return error;
    }
    l->tree = p->tree;
    p->tree = NULL; /* it is the listing's now */
    *listing_r = l;
    return 0;
}

/* ---- on the thread */

struct reading {
    int home; /* -1: it is open already */
    const char *path;
    DIR *entries;
    struct disk_list list;
    int error;
};

static void read_rows(void *arg)
{
    struct reading *r = arg;
    if (r->home >= 0)
        r->entries = disk_list_open(r->home, r->path, &r->error);
    r->list.entries = r->entries;
    if (!r->error)
        r->error = disk_list_on(&r->list);
}

/* The next rows, as far as there is room; meanwhile the listing is busy. */
static int read_some(struct listing *l, char *rows_r, size_t *len_r, bool *done_r)
{
    struct cabinet *c = l->cabinet;
    struct reading r = { .home = l->entries ? -1 : l->tree->home,
                         .path = l->path,
                         .entries = l->entries,
                         .list = { .perm = l->perm,
                                   .pattern = span_at(l->pattern, l->pattern_len),
                                   .held = l->held,
                                   .rows = rows_r } };
    l->busy = true;
    int error = on_thread(c->looks, read_rows, &r);
    l->busy = false;
    l->entries = r.entries;
    *len_r = hide_rows(c, l->tree, span_of(l->path), rows_r, r.list.len);
    *done_r = r.list.done;
    return error ? error : r.error;
}

/* ---- ahead: while a front says what it was given, the next rows are read */

static void read_ahead(void *listing)
{
    struct listing *l = listing;
    struct ahead *a = l->ahead;
    a->error = read_some(l, a->rows, &a->len, &a->done);
    a->ready = true;
    if (a->waiter)
        fiber_wake(a->waiter); /* what has gone meanwhile he forgets */
    else if (l->gone)
        forget(l->cabinet, l);
}

/* That it cannot be done is no error: they are read when they are asked for. */
static void begin_ahead(struct listing *l)
{
    if (!l->ahead && !(l->ahead = malloc(sizeof *l->ahead)))
        return;
    l->ahead->ready = false;
    l->ahead->waiter = NULL;
    l->busy = fiber_go(read_ahead, l) == 0;
}

static int take_ahead(struct listing *l, char *rows_r, size_t *len_r, bool *done_r)
{
    struct ahead *a = l->ahead;
    a->waiter = fiber_self();
    while (!a->ready)
        fiber_await();
    memcpy(rows_r, a->rows, a->len);
    *len_r = a->len;
    *done_r = a->done;
    a->ready = false;
    a->waiter = NULL;
    return a->error;
}

/* With its last rows, or an error, the listing has gone. */
static int read_on(struct listing *l, char *rows_r, size_t *len_r, bool *done_r)
{
    bool ahead = l->ahead && (l->busy || l->ahead->ready);
    int error = ahead ? take_ahead(l, rows_r, len_r, done_r)
                      : read_some(l, rows_r, len_r, done_r);
    if (!error && l->gone)
        error = -EBADF;
    if (error || *done_r)
        forget(l->cabinet, l);
    else
        begin_ahead(l);
    return error;
}

/* What no disk has: a shelf, or /Shared in "/". */
static int find_shelf(struct cabinet *c, const struct visitor *v, const struct place *p,
                      struct span path, struct span pattern, char *rows_r,
                      size_t *len_r)
{
    if (!p->shelf && !(v->account && path_is_root(path)))
        return 0;
    return shelf_rows(c, v->account, path, pattern, rows_r, len_r);
}

static int begin(struct cabinet *c, const struct visitor *v, struct span path,
                 struct span pattern, struct listing **listing_r, char *rows_r,
                 size_t *len_r)
{
    struct place p = { .tree = NULL };
    if (!pattern_is_sound(pattern))
        return -EINVAL;
    if (has_too_many(c, v->handle))
        return -EBUSY;
    int error = may(c, v, path, WANT_CONTENT, &p);
    if (!error)
        error = find_shelf(c, v, &p, path, pattern, rows_r, len_r);
    if (!error && !p.shelf)
        error = add(c, v, &p, pattern, listing_r);
    place_leave(c, &p);
    return error;
}

int cabinet_list(struct cabinet *c, const struct visitor *v, uint32_t *listing_io,
                 struct span path, struct span pattern, char *rows_r, size_t *len_r)
{
    struct listing *l = NULL;
    bool done = false;
    int error = 0;
    *len_r = 0;
    if (*listing_io == 0)
        error = begin(c, v, path, pattern, &l, rows_r, len_r);
    else if (!(l = listing_of(c, v->handle, *listing_io)))
        error = -EBADF;
    else if (is_asked(l))
        error = -EBUSY;
    uint32_t id = l ? l->id : 0;
    if (!error && l && *len_r == 0) /* a shelf's rows are an answer of their own */
        error = read_on(l, rows_r, len_r, &done);
    *listing_io = error || done ? 0 : id;
    return error;
}

void cabinet_list_end(struct cabinet *c, const struct visitor *v, uint32_t id)
{
    struct listing *l = listing_of(c, v->handle, id);
    if (l)
        forget(c, l);
}

void listings_release(struct cabinet *c, uint64_t handle)
{
    size_t cursor = 0;
    for (struct listing *l; (l = map_next(c->listings, &cursor)) != NULL;)
        if (l->handle == handle)
            forget(c, l);
}

void listings_close(struct cabinet *c)
{
    size_t cursor = 0;
    for (struct listing *l; (l = map_next(c->listings, &cursor)) != NULL;)
        forget(c, l);
}
