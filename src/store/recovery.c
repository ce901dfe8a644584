/*
 * recovery - from what is on disk to a store that goes on, as if nothing had been.
 *
 * Every acknowledged entry lies between the checkpoint and the first place where no valid
 * entry is.  All of them go to the applier, which files what an account has not (its
 * applied_lsn tells) and writes again the bodies of what it has.  Then the folders are
 * synced and a new epoch begins beyond every lsn that was ever given: what the crash left
 * in the journal is invalid from then on.  A recovery that is itself cut short is simply
 * done again.
 */
#include "store/core.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>
#include <unistd.h>

enum { BATCH = 32 << 20 }; /* octets of entries held in memory */

/* ---- a new store */

static uint64_t segment_size(uint64_t wanted)
{
    uint64_t size = wanted < JOURNAL_SEGMENT_LEAST  ? JOURNAL_SEGMENT_LEAST
                    : wanted > JOURNAL_SEGMENT_MOST ? JOURNAL_SEGMENT_MOST
                                                    : wanted;
    return size & ~(uint64_t)4095;
}

static int sync_journal_directory(int store)
{
    OWN(fd_close) int fd = dir_open(store, "journal");
    if (fd < 0)
        return fd;
    return fsync(fd) == 0 && fsync(store) == 0 ? 0 : -errno;
}

static int refuse_accounts(uint64_t account, void *arg)
{
    (void)account, (void)arg;
    return -EUCLEAN;
}

/* The checkpoint comes last: without it there is no store, and this begins again. */
static int make_store(struct engine *e, int file, struct checkpoint *checkpoint_r)
{
    struct checkpoint c = { .epoch = 1,
                            .segment = segment_size(e->settings.journal_segment) };
    c.lsn = JOURNAL_SEGMENTS * c.segment; /* 0 is no lsn */
    if (getrandom(&c.store, sizeof c.store, 0) != (ssize_t)sizeof c.store)
        return -EIO;
    c.store &= INT64_MAX; /* fits SQLite's integers */
    int error = folders_make(e->shelf.store);
    if (!error) /* then it is not new: its checkpoint has been lost */
        error = folder_each(e->shelf.store, refuse_accounts, NULL);
    if (!error)
        error = journal_open(&e->journal, e->shelf.store, c.segment);
    if (!error)
        error = journal_fill(&e->journal, c.lsn);
    if (!error)
        error = sync_journal_directory(e->shelf.store);
    if (!error)
        error = checkpoint_write(file, 0, &c);
    *checkpoint_r = c;
    return error;
}

/* ---- opening */

static int open_store(struct engine *e, int *file_r, struct checkpoint *c,
                      unsigned *slot_r)
{
    bool made;
    unsigned damaged;
    *file_r = checkpoint_open(e->shelf.store, &made);
    if (*file_r < 0)
        return *file_r;
    int error = checkpoint_read(*file_r, c, slot_r, &damaged);
    if (error == -EUCLEAN) {
        *slot_r = 0;
        return make_store(e, *file_r, c);
    }
    if (error)
        return error;
    if (damaged) /* it was being written; the other is as good */
        log_event(LOG_NOTICE, 0, "one checkpoint slot of the store is not whole");
    return journal_open_only(&e->journal, e->shelf.store, c->segment);
}

static void on_damage(uint64_t account, void *arg)
{
    const struct engine *e = arg;
    mender_ask(e->mender, account);
}

static void on_loose(uint64_t account, void *arg)
{
    const struct engine *e = arg;
    mender_compact(e->mender, account);
}

static int open_workers(struct engine *e, int file, unsigned slot,
                        const struct checkpoint *c)
{
    uint64_t eager = BACKLOG_OCTETS_MAX / 2;
    if (eager > c->segment)
        eager = c->segment;
    struct applier_settings applier = { .shelf = &e->shelf,
                                        .floor = c->lsn,
                                        .eager = eager,
                                        .on_progress = engine_ring,
                                        .on_damage = on_damage,
                                        .on_loose = on_loose,
                                        .arg = e };
    struct checkpointer_settings checkpointer = { .store = e->shelf.store,
                                                  .file = file,
                                                  .slot = (slot + 1) % CHECKPOINT_SLOTS,
                                                  .last = *c,
                                                  .journal = &e->journal,
                                                  .on_progress = engine_ring,
                                                  .arg = e };
    e->checkpointer = checkpointer_open(&checkpointer);
    e->applier = applier_open(&applier);
    struct mender_settings mender = {
        .shelf = &e->shelf, .applier = e->applier, .on_progress = engine_ring, .arg = e
    };
    e->mender = mender_open(&mender);
    return e->checkpointer && e->applier && e->mender ? 0 : -ENOMEM;
}

/* ---- the replay */

struct replay {
    uint64_t entries, octets, end;
};

static int replay_one(struct engine *e, const struct entry_head *head, struct replay *r)
{
    struct entry *entry = entry_copy(head);
    if (!entry)
        return -ENOMEM;
    r->entries++;
    r->octets += head->length;
    applier_put(e->applier, entry, entry, head->lsn + head->length);
    bool full = r->octets / BATCH != (r->octets - head->length) / BATCH;
    return full ? applier_drain(e->applier) : 0;
}

static int replay_all(struct engine *e, struct journal_reader *reader, struct replay *r)
{
    const struct entry_head *head;
    int found, error = 0;
    while (!error && (found = journal_next(reader, &head)) != 0)
        error = found < 0 ? found : replay_one(e, head, r);
    if (!error)
        error = applier_drain(e->applier);
    r->end = reader->lsn;
    uint64_t gap = error ? 0 : journal_gap(reader);
    if (gap) {
        log_event(LOG_ERROR, 0,
                  "the journal is damaged: it breaks off at %" PRIu64
                  ", yet there are entries from %" PRIu64 " on",
                  r->end, gap);
        return -EUCLEAN;
    }
    return error;
}

static int replay(struct engine *e, const struct checkpoint *c, struct replay *r)
{
    struct journal_reader reader;
    if (!journal_is_filled(&e->journal, c->lsn)) {
        log_event(LOG_ERROR, 0, "the journal is damaged: a segment is cut short");
        return -EUCLEAN;
    }
    int error = journal_reader_open(&reader, &e->journal, c->lsn, c->epoch);
    if (!error)
        error = replay_all(e, &reader, r);
    journal_reader_close(&reader);
    return error;
}

/* Beyond everything that was ordered: the ring held no more than that. */
static int begin_epoch(struct engine *e, const struct checkpoint *c, bool sync)
{
    uint64_t lsn = (c->lsn / c->segment + JOURNAL_SEGMENTS) * c->segment;
    int error = 0;
    if (!journal_is_filled(&e->journal, lsn)) {
        error = checkpointer_sync(e->checkpointer); /* that journal is still needed */
        if (!error)
            error = journal_fill(&e->journal, lsn);
    }
    if (!error)
        error = checkpointer_begin(e->checkpointer, lsn, c->epoch + 1, sync);
    e->epoch = c->epoch + 1;
    e->end = lsn;
    applier_put(e->applier, NULL, NULL, lsn);
    return error ? error : applier_drain(e->applier);
}

static void say(const struct engine *e, const struct replay *r, uint64_t since)
{
    if (r->entries > 0)
        log_event(LOG_NOTICE, 0,
                  "recovered the store: %" PRIu64 " journal entries, %" PRIu64
                  " octets, %" PRIu64 " ms",
                  r->entries, r->octets, (clock_now() - since) / CLOCK_MS);
    if (applier_set_aside(e->applier) > 0)
        log_event(LOG_ERROR, 0,
                  "damaged account folders: %" PRIu64
                  " journal entries put aside in accounts/*/stuck",
                  applier_set_aside(e->applier));
}

static int recover_from(struct engine *e, const struct checkpoint *c)
{
    struct replay r = { 0 };
    uint64_t since = clock_now();
    e->shelf.recovering = true;
    int error = replay(e, c, &r);
    e->shelf.recovering = false;
    if (!error)
        error = begin_epoch(e, c, r.entries > 0);
    if (!error)
        error = folders_sweep(e->shelf.store);
    if (!error)
        say(e, &r, since);
    e->said_aside = applier_set_aside(e->applier);
    return error;
}

int recover(struct engine *e)
{
    struct checkpoint c = { 0 };
    unsigned slot = 0;
    int file = -1;
    int error = open_store(e, &file, &c, &slot);
    e->shelf.id = c.store;
    if (!error)
        error = open_workers(e, file, slot, &c);
    if (!e->checkpointer)
        fd_close(&file);
    if (!error)
        error = recover_from(e, &c);
    if (error)
        log_event(LOG_ERROR, 0, "the store cannot be opened: %s", strerror(-error));
    return error;
}
