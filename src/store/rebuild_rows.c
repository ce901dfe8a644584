/*
 * rebuild_rows - which messages are in which mailboxes, from what the records say.
 *
 * The youngest rosters and the tombstones take away what is not there any more, and the
 * youngest row says what it says.  What a damaged stretch of a pack may have held is
 * unknown: so many uids are skipped in every mailbox as records fit into it, lest one that a
 * client has seen comes again.
 */
#include "store/rebuild.h"

#include <errno.h>
#include <stdatomic.h>

enum { SKIPPED_UIDS_MAX = 1 << 20 };

/* clang-format off */
static const char beside[] =
    "CREATE TEMP TABLE bodies(id, received, pack, off, size, crc, large, whole,"
    "  PRIMARY KEY(id, whole)) WITHOUT ROWID;"
    "CREATE TEMP TABLE placed(mbox, uid, email, lsn, flags, saved,"
    "  PRIMARY KEY(mbox, uid, email, lsn)) WITHOUT ROWID;"
    "CREATE TEMP TABLE rows(mbox, uid, email, born,"
    "  PRIMARY KEY(mbox, uid, email)) WITHOUT ROWID;"
    "CREATE TEMP TABLE gone(mbox, uid, lsn, PRIMARY KEY(mbox, uid, lsn)) WITHOUT ROWID;"
    "CREATE TEMP TABLE rosters(mbox INTEGER PRIMARY KEY, lsn, uidnext, told);"
    "CREATE TEMP TABLE roster(mbox, first, last, PRIMARY KEY(mbox, first)) WITHOUT ROWID;";
static const char place[] =
    "INSERT OR REPLACE INTO placed VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
static const char begin_rows[] =
    "INSERT INTO rows SELECT mbox, uid, email, min(lsn) FROM placed"
    " WHERE mbox IN (SELECT mbox FROM there) GROUP BY mbox, uid, email";
static const char leave_out[] =
    "DELETE FROM rows WHERE born <= (SELECT lsn FROM rosters r WHERE r.mbox = rows.mbox)"
    " AND coalesce((SELECT last FROM roster o WHERE o.mbox = rows.mbox AND o.first <= uid"
    "  ORDER BY first DESC LIMIT 1), 0) < uid";
static const char leave_out_gone[] =
    "DELETE FROM rows WHERE EXISTS (SELECT 1 FROM gone g"
    " WHERE g.mbox = rows.mbox AND g.uid = rows.uid AND g.lsn > rows.born)";
static const char leave_out_twice[] =
    "DELETE FROM rows WHERE EXISTS (SELECT 1 FROM rows o WHERE o.mbox = rows.mbox"
    " AND o.uid = rows.uid AND o.email > rows.email)";
/* What a roster has told again, if all of it is there. */
static const char leave_out_told[] =
    "DELETE FROM placed WHERE mbox IN (SELECT mbox FROM rosters r WHERE"
    "  (SELECT count(*) FROM placed p WHERE p.mbox = r.mbox AND p.lsn = r.lsn"
    "   AND (flags <> 0 OR saved <> 0)) >= told)"
    " AND lsn < (SELECT lsn FROM rosters r WHERE r.mbox = placed.mbox)";
static const char all[] =
    "SELECT rows.mbox, rows.uid, email, received, pack, off, size, crc, large, whole,"
    "  (SELECT flags FROM placed p WHERE p.mbox = rows.mbox AND p.uid = rows.uid"
    "   AND p.email = rows.email ORDER BY lsn DESC LIMIT 1),"
    "  (SELECT saved FROM placed p WHERE p.mbox = rows.mbox AND p.uid = rows.uid"
    "   AND p.email = rows.email ORDER BY lsn DESC LIMIT 1)"
    " FROM rows JOIN bodies b ON b.id = email"
    "  AND whole = (SELECT max(whole) FROM bodies w WHERE w.id = email)"
    " ORDER BY email, rows.mbox, rows.uid";
static const char remember[] =
    "INSERT OR IGNORE INTO expunged(mbox, uid, modseq, email)"
    " SELECT DISTINCT mbox, uid, ?1, 0 FROM gone g WHERE mbox IN (SELECT mbox FROM there)"
    " AND NOT EXISTS (SELECT 1 FROM msg m WHERE m.mbox = g.mbox AND m.uid = g.uid)";
static const char uids_given[] =
    "SELECT mbox, max(uid) FROM (SELECT mbox, uid FROM placed UNION ALL"
    " SELECT mbox, uid FROM gone UNION ALL SELECT mbox, uidnext - 1 FROM rosters)"
    " WHERE mbox IN (SELECT mbox FROM there) GROUP BY mbox";
static const char uids_known[] =
    "SELECT mbox, count(*) FROM (SELECT mbox FROM msg UNION ALL SELECT mbox FROM expunged)"
    " GROUP BY mbox";
/* clang-format on */

int rebuild_begin_rows(struct rebuild *r)
{
    return index_script(&r->draft->index, beside);
}

int rebuild_place(struct rebuild *r, uint32_t mailbox, const struct pack_row *row,
                  uint64_t lsn)
{
    const int64_t values[] = {
        mailbox,   row->uid, (int64_t)row->email, (int64_t)lsn, (int64_t)row->flags,
        row->saved
    };
    return index_write(&r->draft->index, place, values, 6);
}

static int leave_out_all(struct index *x)
{
    static const char *const steps[] = {
        begin_rows,
#ifndef PLANT_RAISE_DEAD
        leave_out,       leave_out_gone,
#endif
        leave_out_twice, leave_out_told,
    };
#ifdef PLANT_RAISE_DEAD
    (void)leave_out, (void)leave_out_gone;
#endif
    int error = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !error; i++)
        error = index_write(x, steps[i], NULL, 0);
    return error;
}

/* ---- uids */

static int note_given(const int64_t *row, void *arg)
{
    struct rows_mailbox *b = rows_touch(arg, (uint32_t)row[0]);
    if (row[1] >= b->uidnext && row[1] < UINT32_MAX)
        b->uidnext = (uint32_t)row[1] + 1;
    return 0;
}

static int note_known(const int64_t *row, void *arg)
{
    rows_touch(arg, (uint32_t)row[0])->pruned -= (uint64_t)row[1];
    return 0;
}

static void skip_uids(const struct draft *d, struct rows_mailbox *b)
{
    uint64_t most = d->skipped / PACK_HEAD + (d->skipped > 0);
    if (most > SKIPPED_UIDS_MAX)
        most = SKIPPED_UIDS_MAX;
    if (b->uidnext < UINT32_MAX - most)
        b->uidnext += (uint32_t)most;
}

/* Above all that a client may have seen, and below what comes next: it asks for all flags
 * anew, and hears of all that is gone, for of what was pruned nobody knows when that was. */
static uint64_t modseq_of_all(const struct draft *d)
{
    uint64_t floor = atomic_load(&d->shelf->floor); /* the next entry may be there */
    return d->state.applied + 1 >= floor ? d->state.applied + 1 : floor - 1;
}

static void begin_mailboxes(struct draft *d)
{
    uint64_t modseq = modseq_of_all(d);
    for (size_t i = 0; i < d->state.mailbox_count; i++) {
        struct rows_mailbox *b = rows_touch(&d->state, d->state.mailboxes[i].now.id);
        b->modseq = modseq;
        skip_uids(d, b);
        b->pruned = b->uidnext - 1;
    }
}

/* ---- what is left of it */

struct adding {
    struct draft *draft;
    uint64_t last; /* email that was added */
};

static int add_mail(const int64_t *row, void *arg)
{
    struct adding *adding = arg;
    struct draft *d = adding->draft;
    struct mail m = { .mailbox = (uint32_t)row[0],
                      .uid = (uint32_t)row[1],
                      .id = (uint64_t)row[2],
                      .received = row[3],
                      .pack = (uint32_t)row[4],
                      .off = (uint64_t)row[5],
                      .size = (uint64_t)row[6],
                      .crc = (uint32_t)row[7],
                      .large = (uint64_t)row[8],
                      .flags = (uint64_t)row[10],
                      .saved = (uint32_t)row[11] };
    m.modseq = rows_mailbox(&d->state, m.mailbox)->modseq;
    d->mails++;
    if (adding->last == m.id) {
        int referred = rows_refer(&d->index, &d->state, &m);
        return referred < 0 ? referred : 0;
    }
    adding->last = m.id;
    d->broken += !row[9];
    d->state.dead -= PACK_HEAD + (m.large ? 0 : m.size);
    return rows_add(&d->index, &d->state, &m);
}

int rebuild_settle_rows(struct rebuild *r)
{
    struct draft *d = r->draft;
    struct adding adding = { d, 0 };
    const int64_t modseq = (int64_t)modseq_of_all(d);
    int error = index_query(&d->index, uids_given, 2, note_given, &d->state);
    begin_mailboxes(d);
    if (!error)
        error = leave_out_all(&d->index);
    if (!error)
        error = index_query(&d->index, all, 12, add_mail, &adding);
    if (!error)
        error = index_write(&d->index, remember, &modseq, 1);
    return error ? error : index_query(&d->index, uids_known, 2, note_known, &d->state);
}
