/* read - what readers get: snapshot, packs, large messages; see engine.h. */
#include "store/core.h"

#include "store/folder.h"
#include "store/lease.h"

#include <errno.h>
#include <fcntl.h>

static int ask(struct engine *e, uint64_t account,
               int (*run)(struct account *, struct job *), void *arg)
{
    struct head *h;
    int error = engine_ready(e);
    if (!error)
        error = head_get(e, account, &h);
    return error ? error : head_ask(e, h, run, arg);
}

static int take_snapshot(struct account *a, struct job *j)
{
    return account_snapshot(a, j->arg);
}

int engine_snapshot(struct engine *e, uint64_t account, struct snapshot *snapshot_r)
{
    *snapshot_r = (struct snapshot){ 0 };
    struct head *h = head_of(e, account);
    uint64_t lease = h ? lease_take(h) : 0; /* before the rows are read */
    int error = lease ? ask(e, account, take_snapshot, snapshot_r) : -ENOMEM;
    if (error)
        engine_release(e, account, lease);
    snapshot_r->lease = error ? 0 : lease;
    return error;
}

/* A file to be opened, and its descriptor. */
struct opening {
    struct engine *engine;
    uint32_t number; /* of the pack, or the uid */
    int fd;
};

static int open_pack(struct account *a, struct job *j)
{
    (void)a;
    struct opening *o = j->arg;
    o->fd = pack_open(o->engine->shelf.store, j->account, o->number, O_RDONLY);
    return o->fd < 0 ? o->fd : 0;
}

static int open_large(struct account *a, struct job *j)
{
    struct opening *o = j->arg;
    o->fd = account_large_open(a, o->number);
    return o->fd < 0 ? o->fd : 0;
}

static int open_file(struct engine *e, uint64_t account, uint32_t number,
                     int (*run)(struct account *, struct job *))
{
    struct opening o = { e, number, -1 };
    int error = number == 0 ? -ENOENT : ask(e, account, run, &o);
    return error ? error : o.fd;
}

int engine_pack_open(struct engine *e, uint64_t account, uint32_t pack)
{
    return open_file(e, account, pack, open_pack);
}

int engine_large_open(struct engine *e, uint64_t account, uint32_t uid)
{
    return open_file(e, account, uid, open_large);
}
