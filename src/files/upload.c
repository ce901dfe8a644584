/* upload - see upload.h. */
#include "files/upload_inside.h"

#include "base/fiber.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- which there are */

static struct upload *upload_of(struct cabinet *c, uint64_t handle, uint64_t id)
{
    struct upload *u = map_get(c->uploads, MAP_KEY(id));
    return u && u->handle == handle ? u : NULL;
}

bool upload_has_too_many(struct cabinet *c, uint64_t handle)
{
    size_t cursor = 0, own = 0;
    for (struct upload *u; (u = map_next(c->uploads, &cursor)) != NULL;)
        own += u->handle == handle;
    return own >= FILES_UPLOADS_OF_ONE || map_count(c->uploads) >= FILES_UPLOADS_MAX;
}

bool upload_is_taken(struct cabinet *c, const struct upload *u, bool by_any)
{
    size_t cursor = 0;
    for (const struct upload *o; (o = map_next(c->uploads, &cursor)) != NULL;)
        if (o != u && o->tree == u->tree && span_is(span_of(o->path), span_of(u->path)))
            if (by_any || upload_goes_on(o->how) || upload_goes_on(u->how))
                return true;
    return false;
}

/* Not more than that it goes by its path: two that are kept under one name are both of
 * this account. */
void kept_name(const struct cabinet *c, const char *path, char name_r[KEPT_SIZE])
{
    static const uint8_t keys[2][16] = { { 1 }, { 2 } };
    struct span s = span_of(path);
    name_r[0] = '\0';
    if (c->settings.files->keep_unfinished)
        snprintf(name_r, KEPT_SIZE, "p-%016" PRIx64 "%016" PRIx64, siphash(keys[0], s),
                 siphash(keys[1], s));
}

static void run_drop(void *arg)
{
    struct upload *u = arg;
    if (u->keep)
        u->kept_octets = disk_upload_keep(&u->disk);
    u->keep = false;
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
    tree_holds_more(u->tree, u->kept_octets);
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

void upload_put_back(struct upload *u, bool ended)
{
    u->busy = false;
    if (ended || u->gone)
        forget(u);
}

int upload_run(struct upload *u, void (*fn)(void *))
{
    int error = on_thread(u->cabinet->syncs, fn, u);
    return error ? error : u->error;
}

/* So many octets may follow, for what is on no disk yet of all uploads has its bound. */
static uint64_t share(const struct cabinet *c)
{
    uint64_t share = FILES_UNSYNCED_MAX / (2 * map_count(c->uploads) + 1);
    return share < FILES_ROOM_FIRST ? FILES_ROOM_FIRST
           : share > FILES_ROOM     ? FILES_ROOM
                                    : share;
}

uint64_t upload_room(const struct upload *u, uint64_t written)
{
    uint64_t most = written + share(u->cabinet);
    return most < u->reserved ? most : u->reserved;
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
        *room_r = upload_room(u, written);
    upload_put_back(u, false);
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
    error = changed(c, c->failed ? -EIO : upload_run(u, run_commit));
    if (!error) {
        *facts_r = u->disk.facts;
        tree_holds_more(u->tree, u->disk.facts.size);
        tree_holds_less(c, u->tree, u->disk.freed);
    }
    upload_put_back(u, true);
    return error;
}

/* What replaces a file is not kept: who asks how much of it there is would hear of the
 * file. */
static void cut_short(struct upload *u, bool keep)
{
    u->keep = keep && u->kept[0] && u->disk.base.type == FILE_TYPES;
    u->disk.most = u->reserved;
    forget(u);
}

void cabinet_abandon(struct cabinet *c, const struct visitor *v, uint64_t upload,
                     bool keep)
{
    struct upload *u = upload_of(c, v->handle, upload);
    if (u)
        cut_short(u, keep);
}

void uploads_release(struct cabinet *c, uint64_t handle)
{
    size_t cursor = 0;
    for (struct upload *u; (u = map_next(c->uploads, &cursor)) != NULL;)
        if (u->handle == handle)
            cut_short(u, true);
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
