/* upload_begin - see upload.h: what an upload begins with. */
#include "files/upload_inside.h"

#include "files/path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

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
                                    .kept = u->kept,
                                    .file = -1,
                                    .to = { .directory = -1 },
                                    .base = { .type = FILE_TYPES },
                                    .fresh = p->fresh,
                                    .expected = b->expected };
    snprintf(u->temporary, sizeof u->temporary, "%s-%" PRIu64, c->start, u->id);
    snprintf(u->path, sizeof u->path, "%s", p->path);
    if (u->how != UPLOAD_UNIQUE && v->account)
        kept_name(c, u->path, u->kept);
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
    struct disk_upload *d = &u->disk;
    u->error = disk_stat(d->home, u->path, PERM_ALL, &d->base);
    if (u->error != -ENOENT || !u->kept[0])
        return;
    u->error = disk_stat(d->uploads, u->kept, PERM_ALL, &d->base);
    d->goes_on = u->error == 0;
}

/* What it goes on with, and how much of it. */
static int find_base(struct upload *u, uint64_t offset)
{
    struct file_facts *base = &u->disk.base;
    if (!upload_goes_on(u->how))
        return 0;
    int error = upload_run(u, run_base);
    if (error == -ENOENT) {
        base->type = FILE_TYPES;
        return u->how == UPLOAD_RESUME && offset > 0 ? -EINVAL : 0;
    }
    if (error)
        return error;
    if (base->type != FILE_REGULAR)
        return base->type == FILE_DIRECTORY ? -EISDIR : -EACCES;
    uint64_t there = base->size;
    u->disk.size = u->how == UPLOAD_RESUME ? offset : there;
    if (u->disk.goes_on) {
        u->kept_octets = there;
        base->type = FILE_TYPES; /* it is no file that others see */
    }
    return u->disk.size > there ? -EINVAL : 0;
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
    u->disk.fresh |= u->how == UPLOAD_UNIQUE;
    if (u->how == UPLOAD_UNIQUE && upload_is_taken(u->cabinet, u, true)) {
        int error = name_uniquely(u);
        return error ? error : upload_run(u, run_begin);
    }
    int error = upload_run(u, run_begin);
    if (error == -EEXIST && u->how == UPLOAD_UNIQUE) {
        leaf_close(&u->disk.to);
        error = name_uniquely(u);
        if (!error)
            error = upload_run(u, run_begin);
    }
    return error;
}

static int begin_all(struct upload *u, const struct upload_begin *b)
{
    int error =
        upload_is_taken(u->cabinet, u, false) ? -EBUSY : find_base(u, b->offset);
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
    if (upload_has_too_many(c, v->handle))
        return -EBUSY;
    int error = may(c, v, b->path, WANT_ADD, &p);
    if (error)
        return error;
    struct upload *u = add(c, v, b, &p);
    place_leave(c, &p);
    if (!u)
        return -ENOMEM;
    error = changed(c, begin_all(u, b));
    if (u->disk.goes_on && u->disk.file >= 0)
        tree_holds_less(c, u->tree, u->kept_octets); /* it is pending again */
    u->kept_octets = 0;
    if (!error && u->gone)
        error = -EBADF;
    upload_put_back(u, error != 0);
    if (error)
        return error;
    u->started = u->synced = u->disk.size;
    *begun_r = (struct upload_begun){ .upload = u->id,
                                      .file = u->disk.file,
                                      .size = u->disk.size,
                                      .room = upload_room(u, u->disk.size) };
    span_to_string(path_name(span_of(u->path)), begun_r->name, sizeof begun_r->name);
    return 0;
}
