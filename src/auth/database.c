/* database - see database.h. */
#include "auth/database.h"

#include "base/own.h"
#include "base/work.h"
#include "config/limits.h"
#include "os/files.h"
#include "os/sqlite_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 1, WRITES_MAX = 64 };

static const char settings[] = "PRAGMA busy_timeout = 2000;"
                               "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA trusted_schema = OFF;";

/* clang-format off */
static const char schema[] =
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
    "COMMIT;";

enum statement {
    BEGIN, COMMIT, ROLLBACK,
    DOMAIN_ADD, ACCOUNT_ADD, ADDRESS_ADD, PASSWD, ACCOUNT_REMOVE, DOMAIN_REMOVE,
    VERSION, DOMAINS, ACCOUNTS, ADDRESSES,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [BEGIN]    = "BEGIN IMMEDIATE",
    [COMMIT]   = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [DOMAIN_ADD]  = "INSERT OR IGNORE INTO domain(name) VALUES(?1)",
    [ACCOUNT_ADD] = "INSERT INTO account(name, hash) VALUES(?1, ?2)",
    [ADDRESS_ADD] = "INSERT INTO address(canonical, domain, account)"
                    " SELECT ?1, id, ?3 FROM domain WHERE name = ?2"
                    " ON CONFLICT(canonical) DO UPDATE SET account = excluded.account",
    [PASSWD]         = "UPDATE account SET hash = ?2 WHERE id = ?1",
    [ACCOUNT_REMOVE] = "DELETE FROM account WHERE id = ?1",
    [DOMAIN_REMOVE]  = "DELETE FROM domain WHERE name = ?1",
    [VERSION]   = "PRAGMA user_version",
    [DOMAINS]   = "SELECT name FROM domain ORDER BY id",
    [ACCOUNTS]  = "SELECT id, name, hash FROM account ORDER BY id",
    [ADDRESSES] = "SELECT canonical, account FROM address",
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

/* ---- statements: bind, then run or next */

static sqlite3_stmt *statement(struct database *d, enum statement which)
{
    return d->prepared[which];
}

static int bind_text(sqlite3_stmt *s, int at, struct span text)
{
    return sqlite3_bind_text64(s, at, text.len ? text.at : "", text.len, SQLITE_STATIC,
                               SQLITE_UTF8);
}

static int bind_number(sqlite3_stmt *s, int at, uint64_t number)
{
    return sqlite3_bind_int64(s, at, (sqlite3_int64)number);
}

static struct span text_of(sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    return span_at(text ? (const void *)text : "",
                   (size_t)sqlite3_column_bytes(s, column));
}

static uint64_t number_of(sqlite3_stmt *s, int column)
{
    return (uint64_t)sqlite3_column_int64(s, column);
}

static void done(sqlite3_stmt *s)
{
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
}

/* bound: what binding returned. */
static int run(sqlite3_stmt *s, int bound)
{
    int result = bound == SQLITE_OK ? sqlite3_step(s) : bound;
    done(s);
    return error_of(result);
}

static int run_plain(struct database *d, enum statement which)
{
    return run(statement(d, which), SQLITE_OK);
}

/* ---- opening and reading */

static int version(struct database *d)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(d->sqlite, sql[VERSION], -1, &s, NULL) != SQLITE_OK)
        return error_of(sqlite3_errcode(d->sqlite));
    int result = sqlite3_step(s);
    int number = result == SQLITE_ROW ? sqlite3_column_int(s, 0) : error_of(result);
    sqlite3_finalize(s);
    return number;
}

static int make_or_check(struct database *d)
{
    int result = sqlite3_exec(d->sqlite, settings, NULL, NULL, NULL);
    if (result != SQLITE_OK)
        return error_of(result);
    int found = version(d);
    if (found == 0)
        return error_of(sqlite3_exec(d->sqlite, schema, NULL, NULL, NULL));
    return found < 0 ? found : found == SCHEMA_VERSION ? 0 : -EPROTONOSUPPORT;
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
    error = make_or_check(d);
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

static int each(sqlite3_stmt *s,
                int (*row)(sqlite3_stmt *, const struct database_reader *),
                const struct database_reader *reader)
{
    int result, error = 0;
    while (!error && (result = sqlite3_step(s)) == SQLITE_ROW)
        error = row(s, reader);
    done(s);
    return error ? error : error_of(result);
}

static int domain_row(sqlite3_stmt *s, const struct database_reader *reader)
{
    return reader->domain(reader->arg, text_of(s, 0));
}

static int account_row(sqlite3_stmt *s, const struct database_reader *reader)
{
    return reader->account(reader->arg, number_of(s, 0), text_of(s, 1), text_of(s, 2));
}

static int address_row(sqlite3_stmt *s, const struct database_reader *reader)
{
    return reader->address(reader->arg, text_of(s, 0), number_of(s, 1));
}

int database_read(struct database *d, const struct database_reader *reader)
{
    int error = each(statement(d, DOMAINS), domain_row, reader);
    if (!error)
        error = each(statement(d, ACCOUNTS), account_row, reader);
    return error ? error : each(statement(d, ADDRESSES), address_row, reader);
}

/* ---- changes, on the writer thread */

struct change {
    struct database *database;
    int (*apply)(struct change *);
    struct span name, domain, hash, postmaster;
    uint64_t account, heir;
    int error;
};

static void transaction(void *arg)
{
    struct change *c = arg;
    struct database *d = c->database;
    c->error = run_plain(d, BEGIN);
    if (c->error)
        return;
    c->error = c->apply(c);
    if (!c->error)
        c->error = run_plain(d, COMMIT);
    if (c->error && !sqlite3_get_autocommit(d->sqlite))
        run_plain(d, ROLLBACK);
}

static int change(struct change *c)
{
    if (c->database->failed)
        return -EIO;
    int error = work_run(c->database->writer, transaction, c);
    if (error)
        return error;
    if (c->error == -EIO)
        c->database->failed = true;
    return c->error;
}

static int add_address(struct change *c, struct span canonical, uint64_t account)
{
    sqlite3_stmt *s = statement(c->database, ADDRESS_ADD);
    return run(s, bind_text(s, 1, canonical) | bind_text(s, 2, c->domain) |
                      bind_number(s, 3, account));
}

static int add(struct change *c)
{
    struct database *d = c->database;
    sqlite3_stmt *s = statement(d, DOMAIN_ADD);
    int error = run(s, bind_text(s, 1, c->domain));
    if (error)
        return error;
    s = statement(d, ACCOUNT_ADD);
    error = run(s, bind_text(s, 1, c->name) | bind_text(s, 2, c->hash));
    if (error)
        return error;
    c->account = (uint64_t)sqlite3_last_insert_rowid(d->sqlite);
    error = add_address(c, c->name, c->account);
    if (!error && c->postmaster.len > 0)
        error = add_address(c, c->postmaster, c->account);
    return error;
}

static int passwd(struct change *c)
{
    sqlite3_stmt *s = statement(c->database, PASSWD);
    return run(s, bind_number(s, 1, c->account) | bind_text(s, 2, c->hash));
}

static int remove_account(struct change *c)
{
    sqlite3_stmt *s = statement(c->database, ACCOUNT_REMOVE);
    int error = run(s, bind_number(s, 1, c->account));
    if (error || c->postmaster.len == 0)
        return error;
    if (c->heir)
        return add_address(c, c->postmaster, c->heir);
    s = statement(c->database, DOMAIN_REMOVE);
    return run(s, bind_text(s, 1, c->domain));
}

int database_add(struct database *d, struct span name, struct span domain,
                 struct span hash, struct span postmaster, uint64_t *account_r)
{
    struct change c = { .database = d,
                        .apply = add,
                        .name = name,
                        .domain = domain,
                        .hash = hash,
                        .postmaster = postmaster };
    int error = change(&c);
    *account_r = c.account;
    return error;
}

int database_passwd(struct database *d, uint64_t account, struct span hash)
{
    struct change c = {
        .database = d, .apply = passwd, .account = account, .hash = hash
    };
    return change(&c);
}

int database_remove(struct database *d, uint64_t account, struct span domain,
                    struct span postmaster, uint64_t heir)
{
    struct change c = { .database = d,
                        .apply = remove_account,
                        .domain = domain,
                        .postmaster = postmaster,
                        .account = account,
                        .heir = heir };
    return change(&c);
}
