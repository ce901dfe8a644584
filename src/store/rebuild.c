/* rebuild - an index from the packs alone: what their records say; see rebuild.h. */
#include "store/rebuild.h"

#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
static const char offer[] =
    "INSERT OR IGNORE INTO bodies VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char bury[] = "INSERT OR IGNORE INTO gone VALUES(?1, ?2, ?3)";
static const char list[] = "INSERT OR REPLACE INTO roster VALUES(?1, ?2, ?3)";
static const char unlist[] = "DELETE FROM roster WHERE mbox = ?1";
static const char know_roster[] =
    "INSERT INTO rosters VALUES(?1, ?2, ?3, ?4) ON CONFLICT(mbox) DO UPDATE SET"
    " uidnext = max(uidnext, excluded.uidnext),"
    " told = CASE WHEN excluded.lsn >= lsn THEN excluded.told ELSE told END,"
    " lsn = max(lsn, excluded.lsn)";
static const char roster_of[] = "SELECT lsn FROM rosters WHERE mbox = ";
/* clang-format on */

static uint32_t mailbox_of(const struct pack_record *record)
{
    return record->head.mailbox ? record->head.mailbox : INBOX;
}

/* ---- what the records say */

static int take_mail(struct rebuild *r, const struct pack_record *record)
{
    const struct pack_head *h = &record->head;
    const struct pack_row place = { .uid = h->uid, .email = h->lsn };
    const int64_t row[] = { (int64_t)h->lsn,      h->received,
                            r->draft->state.pack, (int64_t)record->body,
                            (int64_t)h->size,     h->body_crc,
                            (int64_t)h->large,    record->whole };
    int error = index_write(&r->draft->index, offer, row, 8);
    if (error || h->uid == 0)
        return error;
    return rebuild_place(r, mailbox_of(record), &place, h->lsn);
}

static int take_tombstones(struct rebuild *r, const struct pack_record *record,
                           const uint32_t *uids)
{
    size_t count = record->head.size / sizeof *uids;
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) {
        const int64_t row[] = { mailbox_of(record), uids[i],
                                (int64_t)record->head.lsn };
        error = index_write(&r->draft->index, bury, row, 3);
    }
    return error;
}

static int take_rows(struct rebuild *r, const struct pack_record *record,
                     const struct pack_row *rows)
{
    size_t count = record->head.size / sizeof *rows;
    int error = 0;
    for (size_t i = 0; i < count && !error; i++)
        error = rebuild_place(r, mailbox_of(record), &rows[i], record->head.lsn);
    return error;
}

static int keep_number(const int64_t *row, void *arg)
{
    *(int64_t *)arg = row[0];
    return 0;
}

/* The lsn of the youngest that was read of that mailbox; -1: none. */
static int youngest_roster(struct rebuild *r, uint32_t mailbox, int64_t *lsn_r)
{
    char sql[sizeof roster_of + 12];
    *lsn_r = -1;
    snprintf(sql, sizeof sql, "%s%u", roster_of, mailbox);
    return index_query(&r->draft->index, sql, 1, keep_number, lsn_r);
}

static int list_ranges(struct rebuild *r, const struct pack_record *record,
                       const struct uid_range *ranges)
{
    const int64_t mailbox = mailbox_of(record);
    size_t count = record->head.size / sizeof *ranges;
    int error = index_write(&r->draft->index, unlist, &mailbox, 1);
    for (size_t i = 0; i < count && !error; i++) {
        const int64_t row[] = { mailbox, ranges[i].first, ranges[i].last };
        error = index_write(&r->draft->index, list, row, 3);
    }
    return error;
}

/* The youngest counts. */
static int take_roster(struct rebuild *r, const struct pack_record *record,
                       const struct uid_range *ranges)
{
    const struct pack_head *h = &record->head;
    const int64_t row[] = { mailbox_of(record), (int64_t)h->lsn, h->uid,
                            (int64_t)h->large };
    int64_t before;
    int error = youngest_roster(r, mailbox_of(record), &before);
    if (!error)
        error = index_write(&r->draft->index, know_roster, row, 4);
    if (error || before > (int64_t)h->lsn)
        return error;
    if (mailbox_of(record) == INBOX) {
        r->roster_lsn = h->lsn;
        r->roster_names = h->received;
    }
    return list_ranges(r, record, ranges);
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
    else if (record->head.type == PACK_ROWS)
        error = take_rows(r, record, body);
    else if (record->head.type == PACK_NAMES)
        error =
            rebuild_take_names(r, span_at(body, record->head.size), record->head.lsn);
    free(body);
    return error;
}

static int take_record(struct rebuild *r, const struct pack_reader *reader,
                       const struct pack_record *record)
{
    struct rows_state *s = &r->draft->state;
    const struct pack_head *h = &record->head;
    r->records++;
    if (h->uidvalidity > r->uidvalidity)
        r->uidvalidity = h->uidvalidity;
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

/* ---- */

static int settle(struct rebuild *r)
{
    struct draft *d = r->draft;
    rows_touch(&d->state, INBOX)->uidvalidity = r->uidvalidity;
    if (r->uidvalidity > d->state.uidvalidity)
        d->state.uidvalidity = r->uidvalidity;
    d->state.dead = r->octets;
    int error = rebuild_settle_names(r);
    return error ? error : rebuild_settle_rows(r);
}

int draft_rebuild(struct draft *d)
{
    struct rebuild r = { .draft = d };
    int error = rows_begin(&d->state, 0);
    if (!error)
        error = rebuild_begin_rows(&r);
    if (!error)
        error = rebuild_begin_names(&r);
    if (!error)
        error = read_packs(&r);
    free(r.packs);
    /* Octets, and none of ours: another store's, or of an earlier version. */
    if (!error && (r.records == 0 || r.uidvalidity == 0))
        error = -EUCLEAN;
    return error ? error : settle(&r);
}
