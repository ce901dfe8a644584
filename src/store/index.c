/* index - see index.h. */
#include "store/index.h"

#include "base/own.h"
#include "os/files.h"
#include "os/sqlite_vfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    COLUMNS_MAX = 14,
    WAL_PAGES = 256, /* 1 MiB: then they are moved, with two fsyncs */
};

/* clang-format off */
static const char *const statements[INDEX_STATEMENTS] = {
    [INDEX_BEGIN]        = "BEGIN IMMEDIATE",
    [INDEX_COMMIT]       = "COMMIT",
    [INDEX_ROLLBACK]     = "ROLLBACK",
    [INDEX_IDENTITY]     = "SELECT c.v, s.v FROM meta c, meta s"
                           " WHERE c.k = 'schema' AND s.k = 'store'",
    [INDEX_STATE]        = "SELECT applied, pack, off, next, used, dead, uidvalidity,"
                           " mailbox, seal FROM state WHERE id = 1",
    [INDEX_SET_STATE]    = "UPDATE state SET applied = ?1, pack = ?2, off = ?3, next = ?4,"
                           " used = ?5, dead = ?6, uidvalidity = ?7, mailbox = ?8, seal = ?9",
    [INDEX_MAILBOXES]    = "SELECT id, role, uidvalidity, uidnext, modseq, total, unseen,"
                           " deleted, octets, pruned, sum, seal FROM mailbox ORDER BY id",
    [INDEX_SET_MAILBOX]  = "INSERT OR REPLACE INTO mailbox(id, role, uidvalidity, uidnext,"
                           " modseq, total, unseen, deleted, octets, pruned, sum, seal)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [INDEX_TAKE_MAILBOX] = "DELETE FROM mailbox WHERE id = ?1",
    [INDEX_TAKE_EXPUNGED] = "DELETE FROM expunged WHERE mbox = ?1",
    [INDEX_ADD_EMAIL]    = "INSERT INTO email(id, received, pack, off, size, crc, large,"
                           " refs, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [INDEX_FIND_EMAIL]   = "SELECT received, pack, off, size, crc, large, refs, sum"
                           " FROM email WHERE id = ?1",
    [INDEX_TAKE_EMAIL]   = "DELETE FROM email WHERE id = ?1",
    [INDEX_SET_EMAIL]    = "UPDATE email SET pack = ?2, off = ?3, refs = ?4, sum = ?5"
                           " WHERE id = ?1",
    [INDEX_ADD_MSG]      = "INSERT INTO msg(mbox, uid, email, flags, modseq, saved)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [INDEX_FIND_MSG]     = "SELECT email, flags, modseq, saved FROM msg"
                           " WHERE mbox = ?1 AND uid = ?2",
    [INDEX_TAKE_MSG]     = "DELETE FROM msg WHERE mbox = ?1 AND uid = ?2"
                           " RETURNING email, flags, modseq, saved",
    [INDEX_RANGE]        = "SELECT uid, email, flags, modseq, saved FROM msg"
                           " WHERE mbox = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid",
    [INDEX_SET_FLAGS]    = "UPDATE msg SET flags = ?3, modseq = ?4"
                           " WHERE mbox = ?1 AND uid = ?2",
    [INDEX_TELLING]      = "SELECT uid, email, flags, saved FROM msg WHERE mbox = ?1"
                           " AND (flags <> 0 OR saved <> 0) ORDER BY uid",
    [INDEX_PACKS]        = "SELECT pack, sum(64 + CASE WHEN large > 0 THEN 0 ELSE size END)"
                           " FROM email GROUP BY pack",
    [INDEX_OF_PACK]      = "SELECT m.mbox, m.uid, m.flags, m.modseq, min(m.saved), e.id,"
                           " e.received, e.pack, e.off, e.size, e.crc, e.large, e.refs,"
                           " e.sum FROM email e JOIN msg m ON m.email = e.id"
                           " WHERE e.pack = ?1 GROUP BY e.id ORDER BY e.off",
    [INDEX_PRUNE]        = "DELETE FROM expunged WHERE modseq < (SELECT modseq"
                           " FROM expunged ORDER BY modseq DESC LIMIT 1 OFFSET ?1)"
                           " RETURNING mbox",
    [INDEX_ADD_EXPUNGED] = "INSERT OR REPLACE INTO expunged(mbox, uid, modseq, email)"
                           " VALUES(?1, ?2, ?3, ?4)",
    [INDEX_FIND_EXPUNGED] = "SELECT 1 FROM expunged WHERE mbox = ?1 AND uid = ?2",
    [INDEX_VANISHED]     = "SELECT uid FROM expunged WHERE mbox = ?1 AND modseq > ?2"
                           " ORDER BY uid",
    [INDEX_DELETED]      = "SELECT coalesce(sum(e.size), 0) FROM msg m"
                           " JOIN email e ON e.id = m.email WHERE m.mbox = ?1"
                           " AND m.flags & 4",
    [INDEX_OLDEST_EXPUNGED] = "SELECT modseq FROM expunged ORDER BY modseq LIMIT 1",
    [INDEX_FIND_LARGE]   = "SELECT 1 FROM email WHERE large > 0 AND large = ?1",
    [INDEX_LIST]         = "SELECT m.mbox, m.uid, m.flags, m.modseq, m.saved, e.id,"
                           " e.received, e.pack, e.off, e.size, e.crc, e.large, e.refs,"
                           " e.sum FROM msg m JOIN email e ON e.id = m.email"
                           " WHERE m.mbox = ?1 ORDER BY m.uid",
};

static const char pragmas[] =
    "PRAGMA busy_timeout = 1000;" /* before anything that takes a lock */
    "PRAGMA locking_mode = EXCLUSIVE;" /* no shared memory file: one connection */
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -256;"
    "PRAGMA journal_size_limit = 1048576;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA trusted_schema = OFF;";

static const char schema[] =
    "CREATE TABLE meta("
    "  k TEXT PRIMARY KEY, v INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE state("
    "  id INTEGER PRIMARY KEY, applied INTEGER NOT NULL, pack INTEGER NOT NULL,"
    "  off INTEGER NOT NULL, next INTEGER NOT NULL, used INTEGER NOT NULL,"
    "  dead INTEGER NOT NULL, uidvalidity INTEGER NOT NULL, mailbox INTEGER NOT NULL,"
    "  seal INTEGER NOT NULL);"
    "CREATE TABLE mailbox("
    "  id INTEGER PRIMARY KEY, role INTEGER NOT NULL, uidvalidity INTEGER NOT NULL,"
    "  uidnext INTEGER NOT NULL, modseq INTEGER NOT NULL,"
    "  total INTEGER NOT NULL, unseen INTEGER NOT NULL, deleted INTEGER NOT NULL,"
    "  octets INTEGER NOT NULL, pruned INTEGER NOT NULL, sum INTEGER NOT NULL,"
    "  seal INTEGER NOT NULL);"
    "CREATE TABLE name("
    "  kind INTEGER NOT NULL, id INTEGER NOT NULL, crc INTEGER NOT NULL,"
    "  record BLOB NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;"
    "CREATE TABLE email("
    "  id INTEGER PRIMARY KEY, received INTEGER NOT NULL, pack INTEGER NOT NULL,"
    "  off INTEGER NOT NULL, size INTEGER NOT NULL, crc INTEGER NOT NULL,"
    "  large INTEGER NOT NULL, refs INTEGER NOT NULL, sum INTEGER NOT NULL);"
    "CREATE INDEX email_large ON email(large) WHERE large > 0;"
    "CREATE TABLE msg("
    "  mbox INTEGER NOT NULL, uid INTEGER NOT NULL, email INTEGER NOT NULL,"
    "  flags INTEGER NOT NULL, modseq INTEGER NOT NULL, saved INTEGER NOT NULL,"
    "  PRIMARY KEY(mbox, uid)) WITHOUT ROWID;"
    "CREATE TABLE expunged("
    "  mbox INTEGER NOT NULL, uid INTEGER NOT NULL, modseq INTEGER NOT NULL,"
    "  email INTEGER NOT NULL, PRIMARY KEY(mbox, uid)) WITHOUT ROWID;"
    "CREATE TABLE env("
    "  email INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);"
    "INSERT INTO state VALUES(1, 0, 1, 0, 2, 0, 0, 0, 2, 0);"
    "INSERT INTO mailbox VALUES(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);"
    "INSERT INTO meta VALUES('schema', 3);";
/* clang-format on */

static const char its_store[] = "INSERT INTO meta VALUES('store', ?1)";

static int system_error(sqlite3 *db, int otherwise)
{
    int error = db ? sqlite3_system_errno(db) : 0;
    return error ? -error : otherwise;
}

/* SQLITE_IOERR_...: a write that failed may pass (EDQUOT), unless it was the disk; what the
 * system said SQLite may have forgotten by now.  Anything else is final, a sync always. */
static int error_of_disk(sqlite3 *db, int code)
{
    if (code == SQLITE_IOERR_NOMEM)
        return -ENOMEM;
    return code == SQLITE_IOERR_WRITE && system_error(db, 0) != -EIO ? -ENOSPC : -EIO;
}

static int error_of(sqlite3 *db, int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_CANTOPEN:
        return system_error(db, -EAGAIN);
    case SQLITE_IOERR:
        return error_of_disk(db, code);
    default:
        return -EUCLEAN;
    }
}

int index_error(struct index *x, int code)
{
    return error_of(x->db, code);
}

/* ---- opening */

static int remember_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    struct index *x = arg;
    x->wal_pages = pages;
    return SQLITE_OK;
}

static int open_database(struct index *x, const char *path, int flags)
{
    *x = (struct index){ 0 };
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody asks; before the first use */
    int error = sqlite_beneath_init();
    if (error)
        return error;
    flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, &x->db, flags, NULL);
    return error_of(x->db, code);
}

int index_open(struct index *x, const char *path)
{
    int error = open_database(x, path, 0);
    if (!error)
        error = index_script(x, pragmas);
    if (error) {
        index_close(x);
        return error;
    }
    /* What is in the write-ahead log is as good there: closing syncs nothing. */
    sqlite3_db_config(x->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_wal_hook(x->db, remember_wal, x);
    return 0;
}

/* ---- a new one */

/* https://www.sqlite.org/fileformat2.html §1.3.3: both version numbers 2 mean WAL. */
enum { WRITE_VERSION = 18, READ_VERSION = 19, WAL = 2 };

static int make_tables(struct index *x, uint64_t store)
{
    const int64_t number = (int64_t)store;
    int error = index_script(x, schema);
    return error ? error : index_write(x, its_store, &number, 1);
}

int index_make(struct index *x, uint64_t store)
{
    int error = open_database(x, ":memory:", SQLITE_OPEN_MEMORY | SQLITE_OPEN_CREATE);
    return error ? error : make_tables(x, store);
}

int index_image(struct index *x, void **image_r, size_t *size_r)
{
    sqlite3_int64 size = 0;
    unsigned char *image = sqlite3_serialize(x->db, "main", &size, 0);
    if (image)
        image[WRITE_VERSION] = image[READ_VERSION] = WAL;
    *image_r = image;
    *size_r = (size_t)size;
    return image ? 0 : -ENOMEM;
}

static const char whole_or_nothing[] = /* and if it is nothing, it is made again */
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF;"
    "PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; BEGIN;";

int index_make_file(struct index *x, const char *path, uint64_t store)
{
    int error = open_database(x, path, SQLITE_OPEN_CREATE);
    if (!error)
        error = index_script(x, whole_or_nothing);
    return error ? error : make_tables(x, store);
}

int index_finish(struct index *x, const char *path)
{
    static const char wal[] = { WAL, WAL };
    int error = error_of(x->db, sqlite3_exec(x->db, "COMMIT", NULL, NULL, NULL));
    index_close(x);
    if (error)
        return error;
    OWN(fd_close) int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    error = file_write_at(fd, span_at(wal, sizeof wal), WRITE_VERSION);
    if (error)
        return error;
    return fsync(fd) == 0 ? 0 : -EIO; /* final, whatever it was */
}

void index_image_free(void *image)
{
    sqlite3_free(image);
}

void index_close(struct index *x)
{
    for (int i = 0; i < INDEX_STATEMENTS; i++)
        sqlite3_finalize(x->statements[i]);
    sqlite3_finalize(x->last);
    sqlite3_close(x->db);
    *x = (struct index){ 0 };
}

/* ---- running */

static int start(struct index *x, enum index_statement which, const int64_t *values,
                 int count, sqlite3_stmt **statement_r)
{
    sqlite3_stmt **s = &x->statements[which];
    int code = SQLITE_OK;
    if (!*s)
        code = sqlite3_prepare_v3(x->db, statements[which], -1,
                                  SQLITE_PREPARE_PERSISTENT, s, NULL);
    for (int i = 0; i < count && code == SQLITE_OK; i++)
        code = sqlite3_bind_int64(*s, i + 1, values[i]);
    *statement_r = *s;
    return error_of(x->db, code);
}

static void take_row(sqlite3_stmt *s, int64_t *row_r, int columns)
{
    assert(columns <= COLUMNS_MAX);
    for (int i = 0; i < columns; i++)
        row_r[i] = sqlite3_column_int64(s, i);
}

/* Runs to the end; on_row may be NULL. */
static int run(struct index *x, sqlite3_stmt *s, int columns,
               int (*on_row)(const int64_t *row, void *arg), void *arg)
{
    int64_t row[COLUMNS_MAX];
    int code = SQLITE_DONE, error = 0;
    while (!error && (code = sqlite3_step(s)) == SQLITE_ROW) {
        take_row(s, row, columns);
        error = on_row ? on_row(row, arg) : 0;
    }
    if (!error)
        error = error_of(x->db, code);
    sqlite3_reset(s);
    return error;
}

int index_do(struct index *x, enum index_statement which, const int64_t *values,
             int count)
{
    sqlite3_stmt *s;
    int error = start(x, which, values, count, &s);
    return error ? error : run(x, s, 0, NULL, NULL);
}

struct first_row {
    int64_t *row_r;
    int columns;
    bool found;
};

static int keep_first(const int64_t *row, void *arg)
{
    struct first_row *first = arg;
    if (!first->found)
        memcpy(first->row_r, row, sizeof *row * (size_t)first->columns);
    first->found = true;
    return 0;
}

int index_find(struct index *x, enum index_statement which, const int64_t *values,
               int count, int64_t *row_r, int columns)
{
    sqlite3_stmt *s;
    struct first_row first = { row_r, columns, false };
    int error = start(x, which, values, count, &s);
    if (!error)
        error = run(x, s, columns, keep_first, &first);
    return error ? error : first.found;
}

int index_each(struct index *x, enum index_statement which, const int64_t *values,
               int count, int columns, int (*on_row)(const int64_t *row, void *arg),
               void *arg)
{
    sqlite3_stmt *s;
    int error = start(x, which, values, count, &s);
    return error ? error : run(x, s, columns, on_row, arg);
}

int index_tidy(struct index *x)
{
    if (x->wal_pages < WAL_PAGES)
        return 0;
    x->wal_pages = 0;
    return error_of(x->db,
                    sqlite3_wal_checkpoint_v2(x->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                              NULL, NULL));
}

int index_query(struct index *x, const char *sql, int columns,
                int (*on_row)(const int64_t *row, void *arg), void *arg)
{
    sqlite3_stmt *s = NULL;
    int error = error_of(x->db, sqlite3_prepare_v2(x->db, sql, -1, &s, NULL));
    if (!error)
        error = run(x, s, columns, on_row, arg);
    sqlite3_finalize(s);
    return error;
}

int index_script(struct index *x, const char *sql)
{
    return error_of(x->db, sqlite3_exec(x->db, sql, NULL, NULL, NULL));
}

/* The last one stays prepared: it is often the next, too. */
int index_write(struct index *x, const char *sql, const int64_t *values, int count)
{
    if (x->last_sql != sql) {
        sqlite3_finalize(x->last);
        x->last = NULL;
        x->last_sql = sql;
    }
    int code = x->last ? SQLITE_OK : sqlite3_prepare_v2(x->db, sql, -1, &x->last, NULL);
    for (int i = 0; i < count && code == SQLITE_OK; i++)
        code = sqlite3_bind_int64(x->last, i + 1, values[i]);
    return code == SQLITE_OK ? run(x, x->last, 0, NULL, NULL) : error_of(x->db, code);
}
