/* read - what readers get: snapshot, packs, large messages; see engine.h. */
#include "store/core.h"

#include "os/files.h"
#include "store/folder.h"
#include "store/lease.h"
#include "store/mailboxes.h"

#include <errno.h>
#include <fcntl.h>

static int ask(struct engine *e, uint64_t account,
               int (*run)(struct account *, struct job *), void *arg)
{
    struct head *h;
    int error = engine_ready(e);
    if (!error)
        error = head_get(e, account, &h);
    return error ? error : head_read(e, h, run, arg);
}

struct reading {
    uint32_t mailbox, from, most;
    struct snapshot *snapshot;
    struct status *status;
};

static int take_snapshot(struct account *a, struct job *j)
{
    const struct reading *r = j->arg;
    return account_snapshot(a, r->mailbox, r->snapshot);
}

int engine_snapshot(struct engine *e, uint64_t account, uint32_t mailbox,
                    struct snapshot *snapshot_r)
{
    struct reading r = { .mailbox = mailbox, .snapshot = snapshot_r };
    *snapshot_r = (struct snapshot){ 0 };
    struct head *h = head_of(e, account);
    uint64_t lease = h ? lease_take(h) : 0; /* before the rows are read */
    int error = lease ? ask(e, account, take_snapshot, &r) : -ENOMEM;
    if (error)
        engine_release(e, account, lease);
    snapshot_r->lease = error ? 0 : lease;
    return error;
}

static int take_rows(struct account *a, struct job *j)
{
    const struct reading *r = j->arg;
    return account_rows(a, r->mailbox, r->from, r->most, r->snapshot);
}

int engine_stretch(struct engine *e, uint64_t account, uint32_t mailbox, uint32_t from,
                   uint32_t most, struct snapshot *snapshot_r)
{
    struct reading r = { mailbox, from, most, snapshot_r, NULL };
    *snapshot_r = (struct snapshot){ 0 };
    return ask(e, account, take_rows, &r);
}

static int take_status(struct account *a, struct job *j)
{
    const struct reading *r = j->arg;
    return account_status(a, r->mailbox, r->status);
}

int engine_status(struct engine *e, uint64_t account, uint32_t mailbox,
                  struct status *status_r)
{
    struct reading r = { .mailbox = mailbox, .status = status_r };
    *status_r = (struct status){ 0 };
    return ask(e, account, take_status, &r);
}

/* A file to be opened, and its descriptor. */
struct opening {
    struct engine *engine;
    uint64_t account;
    uint64_t number; /* of the pack, or the large body's name */
    int fd;
};

/* Not by the applier: who reads a message does not wait for those that come in, nor for a
 * disk that takes none now.  What a snapshot names has been filed. */
static void open_pack(void *arg)
{
    struct opening *o = arg;
    const struct shelf *shelf = &o->engine->shelf;
    o->fd = pack_open(shelf->store, o->account, (uint32_t)o->number, O_RDONLY);
    int is = o->fd < 0 ? 1 : pack_is_of(o->fd, pack_seed(shelf->id, o->account));
    if (is == 1)
        return;
    fd_close(&o->fd);
    o->fd = is < 0 ? is : -EUCLEAN;
}

int engine_pack_open(struct engine *e, uint64_t account, uint32_t pack)
{
    struct opening o = { e, account, pack, -ENOENT };
    int error = engine_ready(e);
    if (!error && pack != 0)
        error = work_run(e->open_pool, open_pack, &o);
    return error ? error : o.fd;
}

static void open_large(void *arg)
{
    struct opening *o = arg;
    o->fd = large_open(o->engine->shelf.store, o->account, o->number);
}

int engine_large_open(struct engine *e, uint64_t account, uint64_t name)
{
    struct opening o = { e, account, name, -ENOENT };
    int error = engine_ready(e);
    if (!error && name != 0)
        error = work_run(e->open_pool, open_large, &o);
    return error ? error : o.fd;
}
