/* share - see share.h. */
#include "files/share.h"

#include "base/clock.h"
#include "files/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(SHARES_OF_ONE *(FILE_ROW_HEADER + FILES_NAME_MAX) <= FILES_ROWS_MAX,
               "a shelf's rows fit one answer");

struct folder {
    uint64_t owner;
    char *name, *path;
    enum share_access access;
};

struct guest {
    uint64_t account; /* its key in the map */
    uint64_t until;   /* clock_now() */
    uint64_t changed; /* cabinet.shares_changed, when auth was asked */
    size_t count;
    struct folder folders[SHARES_OF_ONE];
};

/* ---- what auth says */

static void guest_free(struct guest **guest)
{
    struct guest *g = *guest;
    *guest = NULL;
    if (!g)
        return;
    for (size_t i = 0; i < g->count; i++) {
        free(g->folders[i].name);
        free(g->folders[i].path);
    }
    free(g);
}

static void forget_all(struct cabinet *c)
{
    size_t cursor = 0;
    for (struct guest *g; (g = map_next(c->guests, &cursor)) != NULL;) {
        map_remove(c->guests, MAP_KEY(g->account));
        guest_free(&g);
    }
}

void guests_close(struct cabinet *c)
{
    forget_all(c);
}

void cabinet_shares_changed(struct cabinet *c)
{
    c->shares_changed++;
    forget_all(c);
}

static int add(struct guest *g, const struct shared *s)
{
    struct folder *f = &g->folders[g->count];
    *f = (struct folder){ .owner = s->owner,
                          .name = strdup(s->name),
                          .path = strdup(s->path),
                          .access = s->access };
    g->count++;
    return f->name && f->path ? 0 : -ENOMEM;
}

/* A path that is none leads nowhere, whoever says it. */
static bool is_sound(const struct shared *s)
{
    return path_check(span_of(s->path)) == 0 && !path_is_root(span_of(s->path)) &&
           path_is_name(span_of(s->name));
}

static int ask(struct cabinet *c, struct guest *g)
{
    struct shared *s = malloc(sizeof *s);
    int error = s ? 0 : -ENOMEM;
    while (!error && g->count < SHARES_OF_ONE) {
        error = c->settings.shared(g->account, (uint32_t)g->count, s, c->settings.arg);
        if (!error)
            error = is_sound(s) ? add(g, s) : -EBADMSG;
    }
    free(s);
    return error == -ENOENT ? 0 : error;
}

/* Somebody else may have asked meanwhile: the later answer stays. */
static int keep(struct cabinet *c, struct guest *g)
{
    struct guest *before = map_remove(c->guests, MAP_KEY(g->account));
    guest_free(&before);
    if (map_count(c->guests) >= FILES_GUESTS_MAX)
        forget_all(c);
    return map_put(c->guests, MAP_KEY(g->account), g);
}

/* -EAGAIN: while it was asked something has changed. */
static int ask_anew(struct cabinet *c, uint64_t account, struct guest **guest_r)
{
    struct guest *g = calloc(1, sizeof *g);
    if (!g)
        return -ENOMEM;
    *g = (struct guest){ .account = account,
                         .until = clock_in(FILES_SHARE_SECONDS * CLOCK_SECOND),
                         .changed = c->shares_changed };
    int error = ask(c, g);
    if (!error && g->changed != c->shares_changed)
        error = -EAGAIN;
    if (!error)
        error = keep(c, g);
    if (error)
        guest_free(&g);
    *guest_r = g;
    return error;
}

/* Borrowed until the fiber next waits. */
static int guest_of(struct cabinet *c, uint64_t account, const struct guest **guest_r)
{
    static const struct guest nobody;
    enum { TRIES = 8 };
    *guest_r = &nobody;
    if (!c->settings.shared || !account)
        return 0;
    struct guest *g = map_get(c->guests, MAP_KEY(account));
    int error = g && clock_now() < g->until ? 0 : -EAGAIN;
    for (int i = 0; i < TRIES && error == -EAGAIN; i++)
        error = ask_anew(c, account, &g);
    if (!error)
        *guest_r = g;
    return error == -EAGAIN ? -EBUSY : error;
}

/* ---- where a path leads */

/* The parts behind /Shared, as far as there are: OWNER, FOLDER and the rest. */
struct parts {
    size_t count;
    struct span owner, folder, rest;
};

static struct parts parts_of(struct span path)
{
    struct parts p = { 0 };
    span_take(&path, SHARED);
    p.count += path_take(&path, &p.owner);
    p.count += path_take(&path, &p.folder);
    p.rest = path;
    return p;
}

static bool is_of(const struct folder *f, struct span owner)
{
    return span_is(span_of(f->name), owner);
}

static int follow(const struct folder *f, struct span rest, struct share_way *way_r)
{
    size_t top = strlen(f->path);
    if (top + rest.len > FILES_PATH_MAX)
        return -ENAMETOOLONG;
    way_r->owner = f->owner;
    way_r->access = f->access;
    way_r->top = rest.len == 0;
    memcpy(way_r->path, f->path, top);
    span_to_string(rest, way_r->path + top, sizeof way_r->path - top);
    return path_check(span_of(way_r->path)); /* it may be too deep */
}

int share_resolve(struct cabinet *c, uint64_t account, struct span path,
                  struct share_way *way_r)
{
    const struct guest *g;
    struct parts p = parts_of(path);
    *way_r = (struct share_way){ .shelf = p.count < 2 };
    int error = guest_of(c, account, &g);
    if (error)
        return error;
    for (size_t i = 0; i < g->count; i++) {
        const struct folder *f = &g->folders[i];
        if (p.count > 0 && !is_of(f, p.owner))
            continue;
        if (p.count < 2)
            return 0;
        if (span_is(path_name(span_of(f->path)), p.folder))
            return follow(f, p.rest, way_r);
    }
    return -ENOENT;
}

/* ---- shelves */

/* Its number is no inode's that a disk has: it has the highest bit. */
void shelf_facts(struct span path, struct file_facts *facts_r)
{
    static const uint8_t key[16] = "shelves of files";
    *facts_r = (struct file_facts){
        .unique = siphash(key, path) | UINT64_C(1) << 63,
        .mode = 0555,
        .perm = PERM_ENTER | PERM_LIST,
        .type = FILE_DIRECTORY,
    };
}

struct rows {
    char *at;
    size_t len;
    struct span pattern;
};

static void put_row(struct rows *r, struct span path)
{
    struct file_row row = { .name = path_name(path) };
    shelf_facts(path, &row.facts);
    if (pattern_matches(r->pattern, row.name))
        r->len += file_row_put(&row, r->at + r->len, FILES_ROWS_MAX - r->len);
}

/* Has an earlier folder the same owner? */
static bool has_been(const struct guest *g, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (g->folders[before].owner == g->folders[i].owner)
            return true;
    return false;
}

static void put_owners(struct rows *r, const struct guest *g)
{
    char path[sizeof "/Shared/" + FILES_NAME_MAX];
    for (size_t i = 0; i < g->count; i++) {
        if (has_been(g, i))
            continue;
        int len = snprintf(path, sizeof path, "/Shared/%s", g->folders[i].name);
        put_row(r, span_at(path, (size_t)len));
    }
}

/* What the folders are like only their owner's disk knows: whoever asks for one is told. */
static void put_folders(struct rows *r, const struct guest *g, struct span owner)
{
    for (size_t i = 0; i < g->count; i++)
        if (is_of(&g->folders[i], owner))
            put_row(r, span_of(g->folders[i].path));
}

int shelf_rows(struct cabinet *c, uint64_t account, struct span path,
               struct span pattern, char *rows, size_t *len_r)
{
    struct rows r = { .at = rows, .pattern = pattern };
    const struct guest *g;
    int error = guest_of(c, account, &g);
    if (error)
        return error;
    struct parts p = parts_of(path);
    if (path_is_root(path) && g->count > 0)
        put_row(&r, SHARED);
    else if (!path_is_root(path) && p.count == 0)
        put_owners(&r, g);
    else if (!path_is_root(path))
        put_folders(&r, g, p.owner);
    *len_r = r.len;
    return 0;
}
