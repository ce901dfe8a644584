/* env - see env.h. */
#include "store/env.h"

#include "mime/record.h"
#include "store/account_of.h"
#include "store/crc32c.h"

#include <errno.h>
#include <stdlib.h>

/* clang-format off */
static const char table[] =
    "CREATE TABLE IF NOT EXISTS env("
    "  email INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL)";
static const char *const statements[ENV_STATEMENTS] = {
    [ENV_UNREAD] = ("SELECT id, pack, off, size, crc, large FROM email"
                    " WHERE id > ?1 ORDER BY id"),
    [ENV_PUT]    = ("INSERT OR REPLACE INTO env SELECT ?1, ?2, ?3"
                    " WHERE EXISTS(SELECT 1 FROM email WHERE id = ?1)"),
    [ENV_PARSED] = "INSERT OR REPLACE INTO meta VALUES('parsed', ?1)",
    [ENV_DROP]   = "DELETE FROM env WHERE email = ?1",
    [ENV_GET]    = "SELECT crc, data FROM env WHERE email = ?1",
};
/* clang-format on */

int env_open(struct index *x)
{
    return index_script(x, table);
}

void env_close(struct account *a)
{
    for (int i = 0; i < ENV_STATEMENTS; i++) {
        sqlite3_finalize(a->env[i]);
        a->env[i] = NULL;
    }
}

static int start(struct account *a, enum env_statement which, sqlite3_stmt **s_r)
{
    sqlite3_stmt **s = &a->env[which];
    int code = SQLITE_OK;
    if (!*s)
        code = sqlite3_prepare_v3(a->index.db, statements[which], -1,
                                  SQLITE_PREPARE_PERSISTENT, s, NULL);
    *s_r = *s;
    return index_error(&a->index, code);
}

/* Runs what returns no rows. */
static int finish(struct account *a, sqlite3_stmt *s, int bound)
{
    int code = bound == SQLITE_OK ? sqlite3_step(s) : bound;
    sqlite3_reset(s);
    return index_error(&a->index, code);
}

static int do_number(struct account *a, enum env_statement which, uint64_t number)
{
    sqlite3_stmt *s;
    int error = start(a, which, &s);
    return error ? error
                 : finish(a, s, sqlite3_bind_int64(s, 1, (sqlite3_int64)number));
}

/* ---- what is to be read */

static int keep_number(const int64_t *row, void *arg)
{
    *(uint64_t *)arg = (uint64_t)row[0];
    return 0;
}

int env_parsed(struct account *a, uint64_t *lsn_r)
{
    *lsn_r = 0;
    return index_query(&a->index, "SELECT v FROM meta WHERE k = 'parsed'", 1,
                       keep_number, lsn_r);
}

int env_messages(struct account *a, uint64_t *count_r)
{
    *count_r = 0;
    return index_query(&a->index, "SELECT count(*) FROM email", 1, keep_number,
                       count_r);
}

int env_unread(struct account *a, uint64_t after, struct unread *unread_r, size_t max,
               size_t *count_r, bool *more_r)
{
    sqlite3_stmt *s;
    uint64_t octets = 0;
    *count_r = 0;
    *more_r = true;
    int error = start(a, ENV_UNREAD, &s);
    if (error)
        return error;
    int code = sqlite3_bind_int64(s, 1, (sqlite3_int64)after);
    while ((code == SQLITE_OK || code == SQLITE_ROW) && *count_r < max &&
           octets < UNREAD_OCTETS && (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct unread *u = &unread_r[(*count_r)++];
        *u = (struct unread){ .email = (uint64_t)sqlite3_column_int64(s, 0),
                              .pack = (uint32_t)sqlite3_column_int64(s, 1),
                              .off = (uint64_t)sqlite3_column_int64(s, 2),
                              .size = (uint64_t)sqlite3_column_int64(s, 3),
                              .crc = (uint32_t)sqlite3_column_int64(s, 4),
                              .large = (uint64_t)sqlite3_column_int64(s, 5) };
        octets += u->large ? 0 : u->size;
    }
    *more_r = code != SQLITE_DONE;
    sqlite3_reset(s);
    return index_error(&a->index, code);
}

/* ---- what was found */

static int put_one(struct account *a, const struct env_row *row)
{
    sqlite3_stmt *s;
    int error = start(a, ENV_PUT, &s);
    if (error)
        return error;
    uint32_t crc = crc32c(0, row->record.at, row->record.len);
    int code = sqlite3_bind_int64(s, 1, (sqlite3_int64)row->email);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(s, 2, crc);
    if (code == SQLITE_OK)
        code =
            sqlite3_bind_blob64(s, 3, row->record.at, row->record.len, SQLITE_STATIC);
    error = finish(a, s, code);
    sqlite3_clear_bindings(s); /* the record is the caller's */
    return error;
}

int env_put(struct account *a, const struct env_row *rows, size_t count,
            uint64_t parsed)
{
    int error = index_do(&a->index, INDEX_BEGIN, NULL, 0);
    for (size_t i = 0; i < count && !error; i++)
        error = put_one(a, &rows[i]);
    if (!error)
        error = do_number(a, ENV_PARSED, parsed);
    if (!error)
        error = index_do(&a->index, INDEX_COMMIT, NULL, 0);
    if (error) {
        index_do(&a->index, INDEX_ROLLBACK, NULL, 0);
        return error;
    }
    error = index_tidy(&a->index);
    return error == -EIO ? error : 0;
}

int env_drop(struct account *a, uint64_t email)
{
    return do_number(a, ENV_DROP, email);
}

static int copy_record(sqlite3_stmt *s, struct span *record_r)
{
    size_t len = (size_t)sqlite3_column_bytes(s, 1);
    const void *at = sqlite3_column_blob(s, 1);
    if (!at || crc32c(0, at, len) != (uint32_t)sqlite3_column_int64(s, 0))
        return -EUCLEAN;
    void *copy = malloc(len);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, at, len);
    *record_r = span_at(copy, len);
    return 0;
}

int env_get(struct account *a, uint64_t email, struct span *record_r)
{
    sqlite3_stmt *s;
    int error = start(a, ENV_GET, &s);
    if (error)
        return error;
    int code = sqlite3_bind_int64(s, 1, (sqlite3_int64)email);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        error = copy_record(s, record_r);
    else
        error = code == SQLITE_DONE ? -ENOENT : index_error(&a->index, code);
    sqlite3_reset(s);
    return error;
}

/* ---- verify */

static bool is_right(sqlite3_stmt *s)
{
    struct span data =
        span_at(sqlite3_column_blob(s, 2), (size_t)sqlite3_column_bytes(s, 2));
    struct record r;
    if (!data.at ||
        crc32c(0, data.at, data.len) != (uint32_t)sqlite3_column_int64(s, 1) ||
        !record_is_sound(data))
        return false;
    record_open(data, &r);
    return sqlite3_column_type(s, 0) != SQLITE_NULL &&
           r.head.size == (uint64_t)sqlite3_column_int64(s, 0);
}

int env_check(struct index *x, uint64_t *wrong_r)
{
    static const char rows[] =
        "SELECT e.size, v.crc, v.data FROM env v LEFT JOIN email e ON e.id = v.email";
    uint64_t tables = 0;
    sqlite3_stmt *s = NULL;
    *wrong_r = 0;
    int error = index_query(x, "SELECT count(*) FROM sqlite_master WHERE name = 'env'",
                            1, keep_number, &tables);
    if (error || tables == 0)
        return error;
    int code = sqlite3_prepare_v2(x->db, rows, -1, &s, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(s);
        if (code == SQLITE_ROW)
            *wrong_r += !is_right(s);
    }
    sqlite3_finalize(s);
    return index_error(x, code);
}
