/* upload - see upload.h. */
#include "files/inside.h"

#include "base/fiber.h"
#include "files/path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { TEMPORARY_SIZE = 48 };

struct upload {
    uint64_t id; /* its key in the map */
    uint64_t handle;
    struct cabinet *cabinet;
    struct tree *tree;
    enum upload_how how;
    uint64_t reserved;        /* of the quota: it may become so long */
    uint64_t started, synced; /* before here: on its way to the disk; on it */
    bool busy;                /* somebody is at it */
    bool gone;                /* its session is over, or it is in place */
    int error;                /* of the thread */
    struct disk_upload disk;
    char temporary[TEMPORARY_SIZE];
    char path[FILES_PATH_MAX + 1]; /* below the tree's home */
};

/* ---- which there are */

static struct upload *upload_of(struct cabinet *c, uint64_t handle, uint64_t id)
{
    struct upload *u = map_get(c->uploads, MAP_KEY(id));
    return u && u->handle == handle ? u : NULL;
}

static bool has_too_many(struct cabinet *c, uint64_t handle)
{
    size_t cursor = 0, own = 0;
    for (struct upload *u; (u = map_next(c->uploads, &cursor)) != NULL;)
        own += u->handle == handle;
    return own >= FILES_UPLOADS_OF_ONE || map_count(c->uploads) >= FILES_UPLOADS_MAX;
}

static bool goes_on(enum upload_how how)
{
    return how == UPLOAD_APPEND || how == UPLOAD_RESUME;
}

/* Is another one under way to the same name?  What goes on with a file has it alone. */
static bool is_taken(struct cabinet *c, const struct upload *u, bool by_any)
{
    size_t cursor = 0;
    for (const struct upload *o; (o = map_next(c->uploads, &cursor)) != NULL;)
        if (o != u && o->tree == u->tree && span_is(span_of(o->path), span_of(u->path)))
            if (by_any || goes_on(o->how) || goes_on(u->how))
                return true;
    return false;
}

static void run_drop(void *arg)
{
    struct upload *u = arg;
    disk_upload_drop(&u->disk);
}

static void drop(struct upload *u)
{
    run_drop(u); /* nothing, when a thread has done it */
    tree_leave(u->cabinet, u->tree);
    free(u);
}

static void end(void *upload)
{
    struct upload *u = upload;
    on_thread(u->cabinet->syncs, run_drop, u);
    drop(u);
}

/* Nobody finds it any more; it ends once nobody is at it. */
static void forget(struct upload *u)
{
    if (!u->gone)
        map_remove(u->cabinet->uploads, MAP_KEY(u->id));
    u->gone = true;
    if (u->busy)
        return;
    tree_give_back(u->tree, u->reserved); /* at once: for what comes next */
    if (fiber_go(end, u) != 0)
        drop(u);
}

/* Whoever is at it keeps it, though its session may end meanwhile. */
static int take(struct cabinet *c, uint64_t handle, uint64_t id,
                struct upload **upload_r)
{
    struct upload *u = *upload_r = upload_of(c, handle, id);
    if (!u || u->busy)
        return u ? -EBUSY : -EBADF;
    u->busy = true;
    return 0;
}

static void put_back(struct upload *u, bool ended)
{
    u->busy = false;
    if (ended || u->gone)
        forget(u);
}

static int run(struct upload *u, void (*fn)(void *))
{
    int error = on_thread(u->cabinet->syncs, fn, u);
    return error ? error : u->error;
}

/* ---- beginning */

static struct upload *add(struct cabinet *c, const struct visitor *v,
                          const struct upload_begin *b, struct place *p)
{
    struct upload *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->id = ++c->last_upload;
    u->handle = v->handle;
    u->cabinet = c;
    u->how = b->how;
    u->busy = true;
    u->disk = (struct disk_upload){ .home = p->tree->home,
                                    .uploads = p->tree->uploads,
                                    .temporary = u->temporary,
                                    .file = -1,
                                    .to = { .directory = -1 },
                                    .base = { .type = FILE_TYPES },
                                    .expected = b->expected };
    snprintf(u->temporary, sizeof u->temporary, "%s-%" PRIu64, c->start, u->id);
    snprintf(u->path, sizeof u->path, "%s", p->path);
    if (map_put(c->uploads, MAP_KEY(u->id), u) != 0) {
        free(u);
        return NULL;
    }
    u->tree = p->tree;
    p->tree = NULL; /* it is the upload's now */
    return u;
}

static void run_base(void *arg)
{
    struct upload *u = arg;
    u->error = disk_stat(u->disk.home, u->path, PERM_ALL, &u->disk.base);
}

/* What it goes on with, and how much of it. */
static int find_base(struct upload *u, uint64_t offset)
{
    struct file_facts *base = &u->disk.base;
    if (!goes_on(u->how))
        return 0;
    int error = run(u, run_base);
    if (error == -ENOENT) {
        base->type = FILE_TYPES;
        return u->how == UPLOAD_RESUME && offset > 0 ? -EINVAL : 0;
    }
    if (error)
        return error;
    if (base->type != FILE_REGULAR)
        return base->type == FILE_DIRECTORY ? -EISDIR : -EACCES;
    u->disk.size = u->how == UPLOAD_RESUME ? offset : base->size;
    return u->disk.size > base->size ? -EINVAL : 0;
}

/* What is expected must all find room; what is not, begins with a little. */
static int reserve(struct upload *u, uint64_t expected)
{
    uint64_t first = expected ? expected : FILES_ROOM_FIRST, wanted;
    if (__builtin_add_overflow(u->disk.size, first, &wanted))
        return -EINVAL;
    int error = tree_reserve(u->cabinet, u->tree, wanted, &u->reserved);
    if (error)
        return error;
    uint64_t least = u->disk.size + (expected ? expected : 1);
    return u->reserved < least ? -EDQUOT : 0;
}

static int name_uniquely(struct upload *u)
{
    uint32_t random;
    size_t len = strlen(u->path);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return -EIO;
    if (path_name(span_of(u->path)).len + 9 > FILES_NAME_MAX ||
        len + 9 >= sizeof u->path)
        return -ENAMETOOLONG;
    snprintf(u->path + len, sizeof u->path - len, ".%08" PRIx32, random);
    return 0;
}

static void run_begin(void *arg)
{
    struct upload *u = arg;
    u->error = disk_upload_begin(&u->disk, u->path);
}

static int begin(struct upload *u)
{
    u->disk.fresh = u->how == UPLOAD_UNIQUE;
    if (u->disk.fresh && is_taken(u->cabinet, u, true)) {
        int error = name_uniquely(u);
        return error ? error : run(u, run_begin);
    }
    int error = run(u, run_begin);
    if (error == -EEXIST && u->disk.fresh) {
        leaf_close(&u->disk.to);
        error = name_uniquely(u);
        if (!error)
            error = run(u, run_begin);
    }
    return error;
}

/* So many octets may follow, for what is on no disk yet of all uploads has its bound. */
static uint64_t share(const struct cabinet *c)
{
    uint64_t share = FILES_UNSYNCED_MAX / (2 * map_count(c->uploads) + 1);
    return share < FILES_ROOM_FIRST ? FILES_ROOM_FIRST
           : share > FILES_ROOM     ? FILES_ROOM
                                    : share;
}

static uint64_t room(const struct upload *u, uint64_t written)
{
    uint64_t most = written + share(u->cabinet);
    return most < u->reserved ? most : u->reserved;
}

static int begin_all(struct upload *u, const struct upload_begin *b)
{
    int error = is_taken(u->cabinet, u, false) ? -EBUSY : find_base(u, b->offset);
    if (!error)
        error = reserve(u, b->expected);
    return error ? error : begin(u);
}

int cabinet_write(struct cabinet *c, const struct visitor *v,
                  const struct upload_begin *b, struct upload_begun *begun_r)
{
    struct place p;
    if (b->how >= UPLOAD_HOWS || path_is_root(b->path))
        return b->how >= UPLOAD_HOWS ? -EINVAL : -EISDIR;
    if (has_too_many(c, v->handle))
        return -EBUSY;
    int error = may(c, v, b->path, WANT_CHANGE, &p);
    if (error)
        return error;
    struct upload *u = add(c, v, b, &p);
    place_leave(c, &p);
    if (!u)
        return -ENOMEM;
    error = changed(c, begin_all(u, b));
    if (!error && u->gone)
        error = -EBADF;
    put_back(u, error != 0);
    if (error)
        return error;
    u->started = u->synced = u->disk.size;
    *begun_r = (struct upload_begun){ .upload = u->id,
                                      .file = u->disk.file,
                                      .size = u->disk.size,
                                      .room = room(u, u->disk.size) };
    span_to_string(path_name(span_of(u->path)), begun_r->name, sizeof begun_r->name);
    return 0;
}

/* ---- more */

struct sending {
    struct upload *upload;
    uint64_t written;
    int error;
};

static void run_send(void *arg)
{
    struct sending *s = arg;
    struct upload *u = s->upload;
    s->error = disk_upload_send(u->disk.file, u->synced, u->started, s->written);
}

/* What was written is sent to the disk, and what was sent before has arrived. */
static int send(struct upload *u, uint64_t written)
{
    struct sending s = { u, written, 0 };
    int error = on_thread(u->cabinet->syncs, run_send, &s);
    if (!error)
        error = changed(u->cabinet, s.error);
    u->synced = u->started;
    if (written > u->started)
        u->started = written;
    return error;
}

static int reserve_more(struct upload *u, uint64_t written)
{
    uint64_t wanted = written + share(u->cabinet), more;
    if (wanted <= u->reserved)
        return 0;
    int error = tree_reserve(u->cabinet, u->tree, wanted - u->reserved, &more);
    u->reserved += error ? 0 : more;
    return error == -EDQUOT && u->reserved > written ? 0 : error;
}

int cabinet_room(struct cabinet *c, const struct visitor *v, uint64_t upload,
                 uint64_t written, uint64_t *room_r)
{
    struct upload *u;
    int error = take(c, v->handle, upload, &u);
    if (error)
        return error;
    error = written > u->reserved ? -EDQUOT : reserve_more(u, written);
    if (!error)
        error = send(u, written);
    if (!error)
        *room_r = room(u, written);
    put_back(u, false);
    return error;
}

/* ---- the end */

static void run_commit(void *arg)
{
    struct upload *u = arg;
    u->disk.most = u->reserved;
    u->error = disk_upload_commit(&u->disk);
}

int cabinet_commit(struct cabinet *c, const struct visitor *v, uint64_t upload,
                   struct file_facts *facts_r)
{
    struct upload *u;
    int error = take(c, v->handle, upload, &u);
    if (error)
        return error;
    error = changed(c, c->failed ? -EIO : run(u, run_commit));
    if (!error) {
        *facts_r = u->disk.facts;
        tree_holds_more(u->tree, u->disk.facts.size);
        tree_holds_less(c, u->tree, u->disk.freed);
    }
    put_back(u, true);
    return error;
}

void cabinet_abandon(struct cabinet *c, const struct visitor *v, uint64_t upload,
                     bool keep)
{
    struct upload *u = upload_of(c, v->handle, upload);
    (void)keep;
    if (u)
        forget(u);
}

void uploads_release(struct cabinet *c, uint64_t handle)
{
    size_t cursor = 0;
    for (struct upload *u; (u = map_next(c->uploads, &cursor)) != NULL;)
        if (u->handle == handle)
            forget(u);
}

/* Nothing is under way any more. */
void uploads_close(struct cabinet *c)
{
    size_t cursor = 0;
    for (struct upload *u; (u = map_next(c->uploads, &cursor)) != NULL;) {
        map_remove(c->uploads, MAP_KEY(u->id));
        drop(u);
    }
}
