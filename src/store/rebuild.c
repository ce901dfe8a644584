/*
 * rebuild - an index from the packs alone.
 *
 * Every record of every pack is offered to the draft; then the youngest roster and the
 * tombstones take away what is not there any more, and the youngest flags count.  What a damaged stretch of a pack may
 * have held is unknown: so many uids are skipped as records fit into it, lest one that a
 * client has seen comes again.
 */
#include "store/draft.h"

#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SKIPPED_UIDS_MAX = 1 << 20 };

struct rebuild {
    struct draft *draft;
    uint64_t records;
    uint64_t octets; /* of all packs */
    uint64_t roster_lsn, roster_flagged;
    uint32_t *packs;
    size_t count, room;
};

/* clang-format off */
static const char beside[] =
    "CREATE TEMP TABLE offered(uid, id, received, pack, off, size, crc, large, whole,"
    "  PRIMARY KEY(id, whole)) WITHOUT ROWID;"
    "CREATE INDEX temp.offered_uid ON offered(uid);"
    "CREATE TEMP TABLE flagged(uid, lsn, flags, saved, PRIMARY KEY(uid, lsn)) WITHOUT ROWID;"
    "CREATE TEMP TABLE gone(uid, lsn, PRIMARY KEY(uid, lsn)) WITHOUT ROWID;"
    "CREATE TEMP TABLE roster(first INTEGER PRIMARY KEY, last);";
static const char offer[] =
    "INSERT OR IGNORE INTO offered VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char bury[] = "INSERT OR IGNORE INTO gone VALUES(?1, ?2)";
static const char flag[] = "INSERT OR REPLACE INTO flagged VALUES(?1, ?2, ?3, ?4)";
static const char list[] = "INSERT OR REPLACE INTO roster VALUES(?1, ?2)";
static const char unlist[] = "DELETE FROM roster";
/* ?1: the roster's lsn, 0 without one */
static const char leave_out[] =
    "DELETE FROM offered WHERE id <= ?1 AND"
    " coalesce((SELECT last FROM roster WHERE first <= uid ORDER BY first DESC LIMIT 1),"
    "  0) < uid";
static const char leave_out_gone[] =
    "DELETE FROM offered WHERE EXISTS (SELECT 1 FROM gone g"
    " WHERE g.uid = offered.uid AND g.lsn > offered.id)";
static const char leave_out_worse[] =
    "DELETE FROM offered WHERE whole = 0 AND EXISTS (SELECT 1 FROM offered o"
    " WHERE o.id = offered.id AND o.whole = 1)";
static const char leave_out_twice[] =
    "DELETE FROM offered WHERE EXISTS (SELECT 1 FROM offered o"
    " WHERE o.uid = offered.uid AND o.id > offered.id)";
/* What the roster has told again, if all of it is there. */
static const char leave_out_flags[] =
    "DELETE FROM flagged WHERE lsn < ?1 AND"
    " (SELECT count(*) FROM flagged WHERE lsn = ?1 AND (flags <> 0 OR saved <> 0)) >= ?2";
static const char all[] =
    "SELECT offered.uid, id, received, pack, off, size, crc, large, whole, f.flags, f.saved"
    " FROM offered LEFT JOIN flagged f ON f.uid = offered.uid AND f.lsn ="
    " (SELECT max(lsn) FROM flagged g WHERE g.uid = offered.uid) ORDER BY id";
static const char remember[] =
    "INSERT OR IGNORE INTO expunged(mbox, uid, modseq, email)"
    " SELECT 1, uid, max(lsn), 0 FROM gone"
    " WHERE uid NOT IN (SELECT uid FROM offered) GROUP BY uid";
static const char count_uids[] =
    "SELECT (SELECT count(*) FROM offered) + (SELECT count(*) FROM expunged)";
/* clang-format on */

/* ---- what the records say */

static void note_uid(struct rebuild *r, uint32_t uid)
{
    struct rows_mailbox *b = rows_touch(&r->draft->state, INBOX);
    if (uid >= b->uidnext && uid < UINT32_MAX)
        b->uidnext = uid + 1;
}

static int take_mail(struct rebuild *r, const struct pack_record *record)
{
    const struct pack_head *h = &record->head;
    note_uid(r, h->uid);
    const int64_t row[] = { h->uid,
                            (int64_t)h->lsn,
                            h->received,
                            r->draft->state.pack,
                            (int64_t)record->body,
                            (int64_t)h->size,
                            h->body_crc,
                            (int64_t)h->large,
                            record->whole };
    return index_write(&r->draft->index, offer, row, 9);
}

static int take_tombstones(struct rebuild *r, const struct pack_record *record,
                           const uint32_t *uids)
{
    size_t count = record->head.size / sizeof *uids;
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) {
        note_uid(r, uids[i]);
        const int64_t row[] = { uids[i], (int64_t)record->head.lsn };
        error = index_write(&r->draft->index, bury, row, 2);
    }
    return error;
}

static int take_flags(struct rebuild *r, const struct pack_record *record,
                      const struct pack_flags *flags)
{
    size_t count = record->head.size / sizeof *flags;
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) {
        const int64_t row[] = { flags[i].uid, (int64_t)record->head.lsn,
                                (int64_t)flags[i].flags, flags[i].saved };
        error = index_write(&r->draft->index, flag, row, 4);
    }
    return error;
}

/* The youngest counts. */
static int take_roster(struct rebuild *r, const struct pack_record *record,
                       const struct uid_range *ranges)
{
    size_t count = record->head.size / sizeof *ranges;
    if (record->head.uid > 0)
        note_uid(r, record->head.uid - 1);
    if (record->head.lsn < r->roster_lsn)
        return 0;
    r->roster_lsn = record->head.lsn;
    r->roster_flagged = record->head.large;
    int error = index_write(&r->draft->index, unlist, NULL, 0);
    for (size_t i = 0; i < count && !error; i++) {
        const int64_t row[] = { ranges[i].first, ranges[i].last };
        error = index_write(&r->draft->index, list, row, 2);
    }
    return error;
}

static int take_body(struct rebuild *r, const struct pack_reader *reader,
                     const struct pack_record *record)
{
    void *body = pack_body(reader, record);
    if (!body)
        return -ENOMEM;
    int error = 0;
    if (record->head.type == PACK_ROSTER)
        error = take_roster(r, record, body);
    else if (record->head.type == PACK_EXPUNGED)
        error = take_tombstones(r, record, body);
    else if (record->head.type == PACK_FLAGS)
        error = take_flags(r, record, body);
    free(body);
    return error;
}

static int take_record(struct rebuild *r, const struct pack_reader *reader,
                       const struct pack_record *record)
{
    struct rows_state *s = &r->draft->state;
    const struct pack_head *h = &record->head;
    r->records++;
    if (h->uidvalidity > s->uidvalidity)
        s->uidvalidity = h->uidvalidity;
    if (h->lsn > s->applied)
        s->applied = h->lsn;
    if (h->type == PACK_MESSAGE || h->type == PACK_LARGE)
        return take_mail(r, record);
    return record->whole ? take_body(r, reader, record) : 0;
}

/* ---- the packs, in order */

static int note_pack(uint32_t pack, uint64_t size, void *arg)
{
    struct rebuild *r = arg;
    if (r->count == r->room) {
        r->room = r->room ? r->room * 2 : 16;
        uint32_t *packs = realloc(r->packs, r->room * sizeof *packs);
        if (!packs)
            return -ENOMEM;
        r->packs = packs;
    }
    r->packs[r->count++] = pack;
    r->octets += size;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int read_pack(struct rebuild *r, uint32_t pack)
{
    struct draft *d = r->draft;
    struct pack_reader reader;
    struct pack_record record;
    int found = 1;
    OWN(fd_close) int fd = pack_open(d->shelf->store, d->account, pack, O_RDONLY);
    if (fd < 0)
        return fd;
    d->state.pack = pack;
    int error = pack_reader_open(&reader, fd, d->seed, 0);
    while (!error && (found = pack_next(&reader, &record)) == 1)
        error = *d->ended ? -ECANCELED : take_record(r, &reader, &record);
    d->skipped += reader.skipped;
    d->state.end = reader.at;
    pack_reader_close(&reader);
    return error ? error : found;
}

static int read_packs(struct rebuild *r)
{
    struct draft *d = r->draft;
    int error = pack_each(d->shelf->store, d->account, note_pack, r);
    if (r->count > 1)
        qsort(r->packs, r->count, sizeof *r->packs, by_number);
    for (size_t i = 0; i < r->count && !error; i++)
        error = read_pack(r, r->packs[i]);
    d->state.next = d->state.pack + 1;
    return error;
}

/* ---- what is left of it */

static int add_mail(const int64_t *row, void *arg)
{
    struct draft *d = arg;
    struct mail m = { .uid = (uint32_t)row[0],
                      .id = (uint64_t)row[1],
                      .received = row[2],
                      .pack = (uint32_t)row[3],
                      .off = (uint64_t)row[4],
                      .size = (uint64_t)row[5],
                      .crc = (uint32_t)row[6],
                      .large = (uint64_t)row[7],
                      .flags = (uint64_t)row[9],
                      .saved = (uint32_t)row[10],
                      .mailbox = INBOX,
                      .modseq = rows_inbox(&d->state)->modseq };
    d->mails++;
    d->broken += !row[8];
    d->state.dead -= PACK_HEAD + (m.large ? 0 : m.size);
    return rows_add(&d->index, &d->state, &m);
}

static int count_pruned(const int64_t *row, void *arg)
{
    struct rows_mailbox *b = rows_touch(arg, INBOX);
    b->pruned = b->uidnext - 1 - (uint64_t)row[0];
    return 0;
}

static int leave_out_all(struct rebuild *r)
{
    struct index *x = &r->draft->index;
    const int64_t lsn = (int64_t)r->roster_lsn;
    int error = 0;
#ifndef PLANT_RAISE_DEAD
    error = index_write(x, leave_out, &lsn, 1);
    if (!error)
        error = index_write(x, leave_out_gone, NULL, 0);
#else
    (void)lsn, (void)leave_out, (void)leave_out_gone;
#endif
    if (!error)
        error = index_write(x, leave_out_flags,
                            (const int64_t[]){ lsn, (int64_t)r->roster_flagged }, 2);
    if (!error)
        error = index_write(x, leave_out_worse, NULL, 0);
    return error ? error : index_write(x, leave_out_twice, NULL, 0);
}

static void skip_uids(struct draft *d)
{
    uint64_t most = d->skipped / PACK_HEAD + (d->skipped > 0);
    if (most > SKIPPED_UIDS_MAX)
        most = SKIPPED_UIDS_MAX;
    struct rows_mailbox *b = rows_touch(&d->state, INBOX);
    if (b->uidnext < UINT32_MAX - most)
        b->uidnext += (uint32_t)most;
}

static int settle(struct rebuild *r)
{
    struct draft *d = r->draft;
    struct rows_mailbox *b = rows_touch(&d->state, INBOX);
    uint64_t floor = atomic_load(&d->shelf->floor);
    b->uidvalidity = d->state.uidvalidity;
    /* Above all that a client may have seen: it asks for all flags anew. */
    b->modseq = d->state.applied > floor ? d->state.applied : floor;
    d->state.dead = r->octets;
    skip_uids(d);
    int error = leave_out_all(r);
    if (!error)
        error = index_query(&d->index, all, 11, add_mail, d);
    if (!error)
        error = index_write(&d->index, remember, NULL, 0);
    return error ? error
                 : index_query(&d->index, count_uids, 1, count_pruned, &d->state);
}

int draft_rebuild(struct draft *d)
{
    struct rebuild r = { .draft = d };
    int error = rows_begin(&d->state, 0);
    if (!error)
        error = index_script(&d->index, beside);
    if (!error)
        error = read_packs(&r);
    free(r.packs);
    /* Octets, and none of ours: another store's, or of an earlier version. */
    if (!error && (r.records == 0 || d->state.uidvalidity == 0))
        error = -EUCLEAN;
    return error ? error : settle(&r);
}
