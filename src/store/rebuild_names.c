/*
 * rebuild_names - which mailboxes there are, from what the records say.
 *
 * What the INBOX's youngest roster has told of names holds alone, if all of it is there:
 * a mailbox that had been made before and is not among them has been deleted.  One of which
 * nothing is known but its messages has lost its name to a damage.
 */
#include "store/rebuild.h"

#include "store/named.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* clang-format off */
static const char beside[] =
    "CREATE TEMP TABLE named(kind, id, lsn, record, PRIMARY KEY(kind, id)) WITHOUT ROWID;"
    "CREATE TEMP TABLE told(lsn, names);" /* by the INBOX's youngest roster */
    "CREATE TEMP TABLE there(mbox INTEGER PRIMARY KEY);"
    "INSERT INTO there VALUES(1);";
static const char take[] =
    "INSERT INTO named VALUES(?1, ?2, ?3, ?4) ON CONFLICT(kind, id) DO UPDATE"
    " SET lsn = excluded.lsn, record = excluded.record WHERE excluded.lsn >= lsn";
static const char tell[] = "INSERT INTO told VALUES(?1, ?2)";
#define ALL_TOLD "(SELECT count(*) FROM named n, told t WHERE n.lsn >= t.lsn) >= (SELECT names FROM told)"
static const char leave_out[] =
    "DELETE FROM named WHERE kind <> 1 AND lsn < (SELECT lsn FROM told) AND " ALL_TOLD;
static const char know_them[] =
    "INSERT OR IGNORE INTO there SELECT id FROM named WHERE kind = 2 AND length(record) > 12";
/* Of those that nobody has named, but for the ones that were deleted before the roster. */
static const char lost[] =
    "SELECT DISTINCT mbox FROM placed WHERE mbox NOT IN (SELECT mbox FROM there)"
    " AND mbox NOT IN (SELECT id FROM named WHERE kind = 2) AND mbox >="
    " CASE WHEN " ALL_TOLD " THEN coalesce((SELECT max(n.id) FROM named n, told t"
    "  WHERE n.kind = 1 AND n.lsn <= t.lsn), 0) ELSE 0 END";
static const char know_lost[] =
    "INSERT OR IGNORE INTO there SELECT id FROM name WHERE kind = 2";
static const char all[] = "SELECT record FROM named WHERE kind <> 1 ORDER BY kind, id";
/* clang-format on */

int rebuild_begin_names(struct rebuild *r)
{
    return index_script(&r->draft->index, beside);
}

/* ---- what the records say */

static int take_one(struct rebuild *r, const struct name *n, struct span record,
                    uint64_t lsn)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(r->draft->index.db, take, -1, &s, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(s, 1, n->kind);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(s, 2, n->id);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(s, 3, (sqlite3_int64)lsn);
    if (code == SQLITE_OK)
        code = sqlite3_bind_blob(s, 4, record.at, (int)record.len, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    sqlite3_finalize(s);
    return index_error(&r->draft->index, code);
}

int rebuild_take_names(struct rebuild *r, struct span records, uint64_t lsn)
{
    struct span before = records;
    struct name n;
    int error = 0;
    while (!error && name_take(&records, &n)) {
        names_count(&r->draft->state.mailbox, &r->draft->state.uidvalidity, &n);
        error = take_one(r, &n, span_first(before, before.len - records.len), lsn);
        before = records;
    }
    return error;
}

/* ---- afterwards */

static int make(struct rebuild *r, const struct name *n)
{
    struct draft *d = r->draft;
    int error = named_put(&d->index, n);
    if (!error && n->kind == NAME_MAILBOX)
        error = rows_make(&d->state, n->id, n->uidvalidity);
    return error;
}

static int make_named(struct rebuild *r)
{
    struct draft *d = r->draft;
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(d->index.db, all, -1, &s, NULL), error = 0;
    while (!error && (code == SQLITE_OK || code == SQLITE_ROW) &&
           (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct span record =
            span_at(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        struct name n;
        if (name_take(&record, &n) && n.name.len > 0)
            error = make(r, &n);
    }
    sqlite3_finalize(s);
    return error ? error : index_error(&d->index, code);
}

static int make_lost(const int64_t *row, void *arg)
{
    struct rebuild *r = arg;
    struct rows_state *s = &r->draft->state;
    char text[32];
    snprintf(text, sizeof text, "Recovered-%" PRId64, row[0]);
    const struct name n = { .kind = NAME_MAILBOX,
                            .id = (uint32_t)row[0],
                            .uidvalidity = s->uidvalidity + 1,
                            .name = span_of(text) };
    names_count(&s->mailbox, &s->uidvalidity, &n);
    return make(r, &n);
}

static int make_lost_ones(struct rebuild *r)
{
    struct index *x = &r->draft->index;
    int error = index_query(x, lost, 1, make_lost, r);
    return error ? error : index_write(x, know_lost, NULL, 0);
}

int rebuild_settle_names(struct rebuild *r)
{
    const int64_t told[] = { (int64_t)r->roster_lsn, r->roster_names };
    int error = index_write(&r->draft->index, tell, told, 2);
    if (!error)
        error = index_write(&r->draft->index, leave_out, NULL, 0);
    if (!error)
        error = index_write(&r->draft->index, know_them, NULL, 0);
    if (!error)
        error = make_named(r);
    return error ? error : make_lost_ones(r);
}
