/* database - see database.h. */
#include "auth/database.h"

#include "base/log.h"
#include "base/own.h"
#include "base/work.h"
#include "os/files.h"
#include "os/sqlite_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

enum { WRITES_MAX = 64 };

static const char settings[] = "PRAGMA busy_timeout = 2000;"
                               "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA trusted_schema = OFF;";

/* clang-format off */
/* Step n leads from schema n to n + 1; a new database takes them all.  A step that has
 * once been released is never changed. */
static const char *const steps[] = {
    "BEGIN IMMEDIATE;"
    "CREATE TABLE domain(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    /* AUTOINCREMENT: a number is never used again. */
    "CREATE TABLE account(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "    name TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
    "CREATE TABLE address(canonical TEXT PRIMARY KEY,"
    "    domain INTEGER NOT NULL REFERENCES domain,"
    "    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE)"
    "    STRICT, WITHOUT ROWID;"
    "CREATE INDEX address_account ON address(account);"
    "CREATE INDEX address_domain ON address(domain);"
    "PRAGMA user_version = 1;"
    "COMMIT;",

    /* What `address` said follows from the accounts' names: a postmaster that is neither
     * account nor alias is the domain's first account. */
    "BEGIN IMMEDIATE;"
    "DROP TABLE address;"
    "ALTER TABLE domain ADD COLUMN catch_all TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE domain ADD COLUMN detail INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE domain ADD COLUMN quota INTEGER NOT NULL DEFAULT -1;" /* none */
    "CREATE UNIQUE INDEX account_name ON account(name);"
    "ALTER TABLE account ADD COLUMN quota INTEGER NOT NULL DEFAULT 0;" /* the domain's */
    "ALTER TABLE account ADD COLUMN scram_off INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN iterations INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN salt BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE account ADD COLUMN stored_key BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE account ADD COLUMN server_key BLOB NOT NULL DEFAULT x'';"
    "CREATE TABLE alias(name TEXT NOT NULL, target TEXT NOT NULL,"
    "    PRIMARY KEY(name, target)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE app_password(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,"
    "    label TEXT NOT NULL, salt BLOB NOT NULL, digest BLOB NOT NULL,"
    "    rights INTEGER NOT NULL, created INTEGER NOT NULL,"
    "    used INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX app_password_account ON app_password(account);"
    "CREATE TABLE identity("
    "    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,"
    "    address TEXT NOT NULL, PRIMARY KEY(account, address)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2;"
    "COMMIT;",

    "BEGIN IMMEDIATE;"
    "CREATE TABLE secret(octets BLOB NOT NULL) STRICT;"
    "INSERT INTO secret VALUES(randomblob(32));"
    "PRAGMA user_version = 3;"
    "COMMIT;",

    "BEGIN IMMEDIATE;"
    "CREATE TABLE share("
    "    owner INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,"
    "    path TEXT NOT NULL,"
    "    guest INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,"
    "    access INTEGER NOT NULL, PRIMARY KEY(owner, path, guest)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX share_guest ON share(guest);"
    "PRAGMA user_version = 4;"
    "COMMIT;",
};
enum { SCHEMA_VERSION = sizeof steps / sizeof *steps };

enum { BEGIN = DATABASE_STATEMENTS, COMMIT, ROLLBACK, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [BEGIN]    = "BEGIN IMMEDIATE",
    [COMMIT]   = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [DOMAINS]  = "SELECT name, catch_all, detail, quota FROM domain ORDER BY id",
    [ACCOUNTS] = "SELECT id, name, hash, quota, scram_off, iterations, salt,"
                 " stored_key, server_key FROM account ORDER BY id",
    [ALIASES]  = "SELECT DISTINCT name FROM alias ORDER BY name",
    [TARGETS]  = "SELECT name, target FROM alias ORDER BY name",
    [APP_PASSWORDS] = "SELECT id, account, label, salt, digest, rights, created, used"
                      " FROM app_password ORDER BY id",
    [IDENTITIES]    = "SELECT account, address FROM identity",
    [SHARES]        = "SELECT owner, path, guest, access FROM share"
                      " ORDER BY owner, path, guest",
    [SECRETS]       = "SELECT octets FROM secret",
    [DOMAIN_ADD]    = "INSERT OR IGNORE INTO domain(name) VALUES(?1)",
    [DOMAIN_REMOVE] = "DELETE FROM domain WHERE name = ?1",
    [DOMAIN_SET]    = "UPDATE domain SET catch_all = ?2, detail = ?3, quota = ?4"
                      " WHERE name = ?1",
    [ACCOUNT_ADD]    = "INSERT INTO account(name, hash) VALUES(?1, ?2)",
    [ACCOUNT_REMOVE] = "DELETE FROM account WHERE id = ?1",
    [ACCOUNT_HASH]   = "UPDATE account SET hash = ?2, iterations = 0, salt = x'',"
                       " stored_key = x'', server_key = x'' WHERE id = ?1",
    [ACCOUNT_SCRAM]  = "UPDATE account SET iterations = ?2, salt = ?3, stored_key = ?4,"
                       " server_key = ?5 WHERE id = ?1",
    [ACCOUNT_SCRAM_OFF] = "UPDATE account SET scram_off = ?2, iterations = 0, salt = x'',"
                          " stored_key = x'', server_key = x'' WHERE id = ?1",
    [ACCOUNT_QUOTA]  = "UPDATE account SET quota = ?2 WHERE id = ?1",
    [TARGET_ADD]     = "INSERT OR IGNORE INTO alias(name, target) VALUES(?1, ?2)",
    [TARGET_REMOVE]  = "DELETE FROM alias WHERE name = ?1 AND target = ?2",
    [APP_PASSWORD_ADD] = "INSERT INTO app_password(account, label, salt, digest, rights,"
                         " created) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [APP_PASSWORD_REMOVE] = "DELETE FROM app_password WHERE id = ?1",
    [APP_PASSWORD_USED]   = "UPDATE app_password SET used = ?2 WHERE id = ?1",
    [IDENTITY_ADD]    = "INSERT OR IGNORE INTO identity(account, address) VALUES(?1, ?2)",
    [IDENTITY_REMOVE] = "DELETE FROM identity WHERE account = ?1 AND address = ?2",
    [SHARE_SET]    = "INSERT OR REPLACE INTO share(owner, path, guest, access)"
                     " VALUES(?1, ?2, ?3, ?4)",
    [SHARE_REMOVE] = "DELETE FROM share WHERE owner = ?1 AND path = ?2 AND guest = ?3",
};
/* clang-format on */

struct database {
    sqlite3 *sqlite; /* the writer thread's, once the directory has read it */
    sqlite3_stmt *prepared[STATEMENTS];
    struct work_pool *writer;
    bool failed;
};

static int error_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_CONSTRAINT:
        return -EEXIST;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
        return -EWOULDBLOCK;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EUCLEAN;
    default:
        return -EIO;
    }
}

/* ---- statements */

static int bind_value(sqlite3_stmt *s, int at, const struct value *v)
{
    const char *octets = v->span.len ? v->span.at : "";
    switch (v->kind) {
    case VALUE_TEXT:
        return sqlite3_bind_text64(s, at, octets, v->span.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case VALUE_BLOB:
        return sqlite3_bind_blob64(s, at, octets, v->span.len, SQLITE_STATIC);
    default:
        return sqlite3_bind_int64(s, at, (sqlite3_int64)v->number);
    }
}

static void done(sqlite3_stmt *s)
{
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
}

static int run(struct database *d, int which, const struct value *values)
{
    sqlite3_stmt *s = d->prepared[which];
    int result = SQLITE_OK, count = sqlite3_bind_parameter_count(s);
    for (int i = 0; values && i < count && result == SQLITE_OK; i++)
        result = bind_value(s, i + 1, &values[i]);
    if (result == SQLITE_OK)
        result = sqlite3_step(s);
    done(s);
    return error_of(result);
}

/* ---- opening and reading */

static int version(struct database *d)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(d->sqlite, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK)
        return error_of(sqlite3_errcode(d->sqlite));
    int result = sqlite3_step(s);
    int number = result == SQLITE_ROW ? sqlite3_column_int(s, 0) : error_of(result);
    sqlite3_finalize(s);
    return number;
}

/* A step that was begun and not finished has not happened. */
static int make_or_migrate(struct database *d)
{
    int result = sqlite3_exec(d->sqlite, settings, NULL, NULL, NULL);
    int found = result == SQLITE_OK ? version(d) : error_of(result);
    if (found < 0)
        return found;
    if (found > SCHEMA_VERSION)
        return -EPROTONOSUPPORT;
    for (; found < SCHEMA_VERSION && result == SQLITE_OK; found++)
        result = sqlite3_exec(d->sqlite, steps[found], NULL, NULL, NULL);
    return error_of(result);
}

static int prepare(struct database *d)
{
    for (int i = 0; i < STATEMENTS; i++) {
        int result =
            sqlite3_prepare_v3(d->sqlite, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &d->prepared[i], NULL);
        if (result != SQLITE_OK)
            return error_of(result);
    }
    return 0;
}

/* The file is made here, so that it is nobody else's to read. */
static int make_file(int dir)
{
    OWN(fd_close) int fd = file_open(dir, "auth.db", O_RDWR | O_CREAT, 0600);
    return fd < 0 ? fd : 0;
}

static int open_in(struct database *d, int dir)
{
    int error = sqlite_beneath_init();
    if (!error)
        error = make_file(dir);
    if (!error && fchdir(dir) < 0)
        error = -errno;
    if (error)
        return error;
    int result = sqlite3_open_v2("auth.db", &d->sqlite,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK)
        return error_of(result);
    error = make_or_migrate(d);
    return error ? error : prepare(d);
}

int database_open(struct database **database_r, int dir)
{
    OWN(database_close) struct database *d = calloc(1, sizeof *d);
    if (!d || !(d->writer = work_pool_open("auth.db", 1, WRITES_MAX)))
        return -ENOMEM;
    int error = open_in(d, dir);
    if (error)
        return error;
    *database_r = TAKE(&d);
    return 0;
}

void database_close(struct database **database)
{
    struct database *d = *database;
    if (!d)
        return;
    if (d->writer)
        work_pool_close(&d->writer);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(d->prepared[i]);
    sqlite3_close(d->sqlite);
    free(d);
    *database = NULL;
}

/* ---- reading */

struct database_row {
    sqlite3_stmt *statement;
};

struct span database_span(const struct database_row *row, int column)
{
    const void *octets = sqlite3_column_blob(row->statement, column);
    return span_at(octets ? octets : "",
                   (size_t)sqlite3_column_bytes(row->statement, column));
}

uint64_t database_number(const struct database_row *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row->statement, column);
}

int database_read(struct database *d, enum database_statement which,
                  int (*row)(void *, const struct database_row *), void *arg)
{
    struct database_row at = { d->prepared[which] };
    int result = SQLITE_DONE, error = 0;
    while (!error && (result = sqlite3_step(at.statement)) == SQLITE_ROW)
        error = row(arg, &at);
    done(at.statement);
    return error ? error : error_of(result);
}

/* ---- changes, on the writer thread */

struct transaction {
    struct database *database;
    const struct change *changes;
    size_t count;
    uint64_t id;
    int error;
};

static void transact(void *arg)
{
    struct transaction *t = arg;
    struct database *d = t->database;
    t->error = run(d, BEGIN, NULL);
    if (t->error)
        return;
    for (size_t i = 0; i < t->count && !t->error; i++)
        t->error = run(d, (int)t->changes[i].statement, t->changes[i].values);
    t->id = (uint64_t)sqlite3_last_insert_rowid(d->sqlite);
    if (!t->error)
        t->error = run(d, COMMIT, NULL);
    if (t->error && !sqlite3_get_autocommit(d->sqlite))
        run(d, ROLLBACK, NULL);
}

int database_change(struct database *d, const struct change *changes, size_t count,
                    uint64_t *id_r)
{
    struct transaction t = { .database = d, .changes = changes, .count = count };
    if (d->failed)
        return -EIO;
    int error = work_run(d->writer, transact, &t);
    if (error)
        return error;
    if (t.error == -EIO) {
        d->failed = true;
        log_event(LOG_ERROR, 0,
                  "auth/auth.db could not be written: nothing can be changed in it "
                  "until this server is started again");
    }
    if (id_r)
        *id_r = t.id;
    return t.error;
}
