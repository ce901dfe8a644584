/* cabinet - see cabinet.h: opening it, and one file at a time. */
#include "files/share.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/own.h"
#include "os/files.h"
#include "ipc/right.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { FORGET_LOOK_MS = 5, FORGET_LOOKS = 2000 };

/* ---- on threads */

int on_thread(struct work_pool *pool, void (*fn)(void *), void *arg)
{
    int error = work_run(pool, fn, arg);
    return error == -EAGAIN ? -EBUSY : error;
}

/* The disk's failure is final: what it has kept nobody knows. */
int changed(struct cabinet *c, int error)
{
    if (error != -EIO || c->failed)
        return error;
    c->failed = true;
    log_event(LOG_ERROR, 0,
              "the disk of files/ has failed: nothing is changed there until this "
              "server is started again");
    return error;
}

/* One path or two, for one of disk.h's functions. */
struct job {
    int home, uploads, result;
    const char *path, *to;
    char kept[KEPT_SIZE]; /* what may be there of an upload that was cut short */
    uint32_t perm;
    enum file_change change;
    uint64_t value, freed;
    struct file_facts facts;
};

static void run_stat(void *arg)
{
    struct job *j = arg;
    j->result = disk_stat(j->home, j->path, j->perm, &j->facts);
    if (j->result == -ENOENT && j->kept[0])
        j->result = disk_stat(j->uploads, j->kept, PERM_APPEND | PERM_WRITE, &j->facts);
}

static void run_open(void *arg)
{
    struct job *j = arg;
    j->result = disk_open(j->home, j->path, &j->facts);
}

static void run_remove(void *arg)
{
    struct job *j = arg;
    j->result = disk_remove(j->home, j->path, &j->freed);
    if (j->result == -ENOENT && j->kept[0])
        j->result = disk_remove(j->uploads, j->kept, &j->freed);
}

static void run_rename(void *arg)
{
    struct job *j = arg;
    j->result = disk_rename(j->home, j->path, j->to, &j->freed);
}

static void run_mkdir(void *arg)
{
    struct job *j = arg;
    j->result = disk_mkdir(j->home, j->path);
}

static void run_rmdir(void *arg)
{
    struct job *j = arg;
    j->result = disk_rmdir(j->home, j->path);
}

static void run_modify(void *arg)
{
    struct job *j = arg;
    j->result = disk_modify(j->home, j->path, j->change, j->value);
}

/* What the function comes to, at that place. */
static int run(const struct cabinet *c, struct work_pool *pool, const struct place *p,
               void (*fn)(void *), struct job *j)
{
    j->home = p->tree->home;
    j->uploads = p->tree->uploads;
    kept_name(c, p->path, j->kept);
    j->path = p->path;
    j->perm = p->perm;
    int error = on_thread(pool, fn, j);
    return error ? error : j->result;
}

/* ---- looking */

static int look(struct cabinet *c, const struct visitor *v, struct span path,
                enum want want, void (*fn)(void *), struct file_facts *facts_r)
{
    struct place p;
    struct job j = { 0 };
    int result = may(c, v, path, want, &p);
    if (!result && p.shelf)
        result = want == WANT_FACTS ? 0 : -EISDIR;
    else if (!result)
        result = run(c, c->looks, &p, fn, &j);
    if (!result && p.shelf)
        shelf_facts(path, &j.facts);
    place_leave(c, &p);
    *facts_r = j.facts;
    return result;
}

int cabinet_stat(struct cabinet *c, const struct visitor *v, struct span path,
                 struct file_facts *facts_r)
{
    return look(c, v, path, WANT_FACTS, run_stat, facts_r);
}

/* What is in memory is opened at once: to a thread and back takes longer. */
int cabinet_read(struct cabinet *c, const struct visitor *v, struct span path,
                 struct file_facts *facts_r)
{
    struct place p;
    int fd = may(c, v, path, WANT_CONTENT, &p);
    if (!fd)
        fd = p.tree ? disk_open_cached(p.tree->home, p.path, facts_r) : -EAGAIN;
    place_leave(c, &p);
    return fd == -EAGAIN ? look(c, v, path, WANT_CONTENT, run_open, facts_r) : fd;
}

/* ---- changing */

static int finish_change(struct cabinet *c, const struct place *p, void (*fn)(void *),
                         struct job *j)
{
    int error = changed(c, run(c, c->syncs, p, fn, j));
    tree_holds_less(c, p->tree, j->freed);
    return error;
}

static int change(struct cabinet *c, const struct visitor *v, struct span path,
                  enum want want, void (*fn)(void *), struct job *j)
{
    struct place p;
    int error = may(c, v, path, want, &p);
    if (!error)
        error = finish_change(c, &p, fn, j);
    place_leave(c, &p);
    return error;
}

int cabinet_remove(struct cabinet *c, const struct visitor *v, struct span path)
{
    struct job j = { 0 };
    return change(c, v, path, WANT_CHANGE, run_remove, &j);
}

int cabinet_mkdir(struct cabinet *c, const struct visitor *v, struct span path)
{
    struct job j = { 0 };
    return change(c, v, path, WANT_MAKE, run_mkdir, &j);
}

int cabinet_rmdir(struct cabinet *c, const struct visitor *v, struct span path)
{
    struct job j = { 0 };
    return change(c, v, path, WANT_MOVE, run_rmdir, &j);
}

int cabinet_modify(struct cabinet *c, const struct visitor *v, struct span path,
                   enum file_change which, uint64_t value)
{
    struct job j = { .change = which, .value = value };
    if (which >= FILE_CHANGES)
        return -EINVAL;
    return change(c, v, path, WANT_CHANGE, run_modify, &j);
}

int cabinet_rename(struct cabinet *c, const struct visitor *v, struct span from,
                   struct span to)
{
    struct place source = { .tree = NULL }, target;
    struct job j = { .to = target.path };
    int error = may(c, v, to, WANT_MOVE, &target);
    if (!error)
        error = may(c, v, from, WANT_MOVE, &source);
    /* From one account's files to another's a file would have to be copied. */
    if (!error && source.tree != target.tree)
        error = -EXDEV;
    if (!error)
        error = finish_change(c, &source, run_rename, &j);
    place_leave(c, &source);
    place_leave(c, &target);
    return error;
}

/* ---- accounts */

void cabinet_release(struct cabinet *c, uint64_t handle)
{
    listings_release(c, handle);
    uploads_release(c, handle);
}

struct forgetting {
    int accounts, error;
    char name[24];
};

static void run_forget(void *arg)
{
    struct forgetting *f = arg;
    f->error = disk_forget(f->accounts, f->name);
}

/* Its sessions have ended; what they began ends soon. */
static void wait_until_unused(struct cabinet *c, uint64_t account)
{
    struct tree *t = map_get(c->trees, MAP_KEY(account));
    if (!t)
        return;
    t->gone = true;
    for (int i = 0; i < FORGET_LOOKS && t->busy > 0; i++)
        fiber_sleep(FORGET_LOOK_MS * CLOCK_MS);
    if (t->busy > 0)
        return;
    fd_close(&t->home);
    fd_close(&t->uploads);
    list_remove(&t->link);
}

int cabinet_forget(struct cabinet *c, uint64_t account)
{
    struct forgetting f = { .accounts = c->accounts };
    wait_until_unused(c, account);
    snprintf(f.name, sizeof f.name, "%" PRIu64, account);
    int error = on_thread(c->syncs, run_forget, &f);
    return error ? error : f.error;
}

struct sweeping {
    const struct cabinet *cabinet;
    int64_t oldest; /* seconds since 1970 */
    int error;
};

static void run_sweep(void *arg)
{
    struct sweeping *s = arg;
    const struct cabinet *c = s->cabinet;
    s->error = disk_sweep(c->accounts, c->start, s->oldest);
    if (!s->error)
        s->error = disk_sweep(c->settings.directory, c->start, s->oldest);
}

void cabinet_sweep(struct cabinet *c)
{
    struct sweeping s = { .cabinet = c,
                          .oldest = clock_wall() - c->settings.files->keep_unfinished *
                                                       INT64_C(3600) };
    int error = on_thread(c->looks, run_sweep, &s);
    if (error || s.error)
        log_event(LOG_WARNING, 0, "files: not all old uploads could be removed: %s",
                  strerror(error ? -error : -s.error));
}

/* ---- opening */

static int name_start(struct cabinet *c)
{
    uint64_t start;
    if (getrandom(&start, sizeof start, 0) != (ssize_t)sizeof start)
        return -EIO;
    snprintf(c->start, sizeof c->start, "t-%016" PRIx64, start);
    return 0;
}

static int open_in(struct cabinet *c)
{
    c->accounts = dir_make(c->settings.directory, "accounts", 0700);
    if (c->accounts < 0)
        return c->accounts;
    c->looks = work_pool_open("files.looks", FILES_THREADS, FILES_QUEUE_MAX);
    c->syncs = work_pool_open("files.syncs", FILES_SYNC_THREADS, FILES_QUEUE_MAX);
    c->trees = map_open();
    c->listings = map_open();
    c->uploads = map_open();
    c->guests = map_open();
    if (!c->looks || !c->syncs || !c->trees || !c->listings || !c->uploads ||
        !c->guests)
        return -ENOMEM;
    return name_start(c);
}

int cabinet_open(struct cabinet **cabinet_r, const struct cabinet_settings *settings)
{
    OWN(cabinet_close) struct cabinet *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->settings = *settings;
    c->accounts = -1;
    list_init(&c->trees_by_use);
    int error = open_in(c);
    if (!error)
        *cabinet_r = TAKE(&c);
    return error;
}

void cabinet_close(struct cabinet **cabinet)
{
    struct cabinet *c = *cabinet;
    if (!c)
        return;
    if (c->listings)
        listings_close(c);
    if (c->uploads)
        uploads_close(c);
    if (c->trees)
        trees_close(c);
    if (c->guests)
        guests_close(c);
    if (c->looks)
        work_pool_close(&c->looks);
    if (c->syncs)
        work_pool_close(&c->syncs);
    map_close(&c->trees);
    map_close(&c->listings);
    map_close(&c->uploads);
    map_close(&c->guests);
    fd_close(&c->accounts);
    free(c);
    *cabinet = NULL;
}
