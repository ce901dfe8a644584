/* named - see named.h. */
#include "store/named.h"

#include "config/limits.h"
#include "store/crc32c.h"

#include <errno.h>

static const char put[] = "INSERT OR REPLACE INTO name VALUES(?1, ?2, ?3, ?4)";
static const char take[] = "DELETE FROM name WHERE kind = ?1 AND id = ?2";
static const char all[] = "SELECT kind, id, crc, record FROM name";

static int put_record(sqlite3_stmt *s, const struct name *n, struct span record)
{
    int code = sqlite3_bind_int64(s, 1, n->kind);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(s, 2, n->id);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(s, 3, crc32c(0, record.at, record.len));
    if (code == SQLITE_OK)
        code = sqlite3_bind_blob(s, 4, record.at, (int)record.len, SQLITE_STATIC);
    return code == SQLITE_OK ? sqlite3_step(s) : code;
}

int named_put(struct index *x, const struct name *n)
{
    struct buf record = { .max = MAILBOX_NAME_MAX + 64 };
    sqlite3_stmt *s = NULL;
    if (n->name.len == 0)
        return index_write(x, take, (const int64_t[]){ n->kind, n->id }, 2);
    int error = name_put(&record, n);
    if (error)
        return error;
    int code = sqlite3_prepare_v2(x->db, put, -1, &s, NULL);
    if (code == SQLITE_OK)
        code = put_record(s, n, buf_span(&record));
    sqlite3_finalize(s);
    buf_free(&record);
    return index_error(x, code);
}

static int take_row(sqlite3_stmt *s, struct names *names)
{
    const char *octets = sqlite3_column_blob(s, 3);
    struct span record = span_at(octets, (size_t)sqlite3_column_bytes(s, 3)),
                rest = record;
    struct name n;
    if (!octets || crc32c(0, record.at, record.len) != sqlite3_column_int64(s, 2) ||
        !name_take(&rest, &n) || rest.len > 0 || n.kind != sqlite3_column_int64(s, 0) ||
        n.id != sqlite3_column_int64(s, 1))
        return -EUCLEAN;
    return names_apply(names, record);
}

int named_all(struct index *x, const struct rows_state *state, struct names *names)
{
    sqlite3_stmt *s = NULL;
    *names =
        (struct names){ .next = state->mailbox, .uidvalidity = state->uidvalidity };
    int code = sqlite3_prepare_v2(x->db, all, -1, &s, NULL), error = 0;
    while (!error && (code == SQLITE_OK || code == SQLITE_ROW) &&
           (code = sqlite3_step(s)) == SQLITE_ROW)
        error = take_row(s, names);
    sqlite3_finalize(s);
    return error ? error : index_error(x, code);
}
