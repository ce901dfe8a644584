/* text - see text.h. */
#include "store/text_inside.h"

#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"
#include "os/sqlite_vfs.h"
#include "store/crc32c.h"
#include "store/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
static const char *const sql[STATEMENTS] = {
    [ADD_PLACE]   = "INSERT INTO place VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [ADD_WORDS]   = "INSERT INTO word(rowid, text) VALUES(?1, ?2)",
    [SET_INDEXED] = "UPDATE meta SET v = ?1 WHERE k = 'indexed'",
    [SET_WORDS]   = "INSERT OR REPLACE INTO meta VALUES('words', ?1), ('words_file', ?2)",
    [FIND]        = "SELECT file, off, len, body, crc, email FROM place WHERE email = ?1",
    [EACH_FROM]   = ("SELECT file, off, len, body, crc, email FROM place"
                     " WHERE email > ?1 ORDER BY email"),
    [SEARCH]      = "SELECT rowid FROM word WHERE word MATCH ?1 ORDER BY rowid",
};
static const char pragmas[] =
    "PRAGMA busy_timeout = 1000;"
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -512;"
    "PRAGMA journal_size_limit = 4194304;"
    "PRAGMA wal_autocheckpoint = 1000;"
    "PRAGMA trusted_schema = OFF;";
static const char schema[] =
    "BEGIN;"
    "CREATE TABLE IF NOT EXISTS meta(k TEXT PRIMARY KEY, v INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS place("
    "  email INTEGER PRIMARY KEY, file INTEGER NOT NULL, off INTEGER NOT NULL,"
    "  len INTEGER NOT NULL, body INTEGER NOT NULL, crc INTEGER NOT NULL);"
    "CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5(text, content = '', detail = none,"
    "  tokenize = 'unicode61 remove_diacritics 0');"
    "INSERT OR IGNORE INTO meta VALUES('indexed', 0);"
    "INSERT OR IGNORE INTO meta SELECT 'words', 0 FROM meta WHERE k = 'indexed' AND v = 0;"
    "INSERT OR IGNORE INTO meta SELECT 'words_file', 1 FROM meta"
    " WHERE k = 'indexed' AND v = 0;"
    "COMMIT;";
/* clang-format on */

void text_path(char path_r[FOLDER_PATH], uint64_t account, uint32_t file)
{
    folder_path(path_r, "accounts/%" PRIu64 "/text.%06" PRIu32, account, file);
}

/* ---- statements */

int text_start(struct text_index *t, enum text_statement which, sqlite3_stmt **s_r)
{
    sqlite3_stmt **s = &t->statements[which];
    int code = SQLITE_OK;
    if (!*s)
        code = sqlite3_prepare_v3(t->index.db, sql[which], -1,
                                  SQLITE_PREPARE_PERSISTENT, s, NULL);
    *s_r = *s;
    return index_error(&t->index, code);
}

static int do_numbers(struct text_index *t, enum text_statement which,
                      const uint64_t *numbers, int count)
{
    sqlite3_stmt *s;
    int error = text_start(t, which, &s), code = SQLITE_OK;
    if (error)
        return error;
    for (int i = 0; i < count && code == SQLITE_OK; i++)
        code = sqlite3_bind_int64(s, i + 1, (sqlite3_int64)numbers[i]);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    sqlite3_reset(s);
    return index_error(&t->index, code);
}

/* ---- opening */

enum { STATE = 6 }; /* numbers */

static int keep(const int64_t *row, void *arg)
{
    int64_t *values = arg;
    memcpy(values, row, STATE * sizeof *row);
    return 0;
}

static int read_state(struct text_index *t, uint64_t store_id)
{
    int64_t v[STATE] = { 0 };
    int error = index_write(&t->index, "INSERT OR IGNORE INTO meta VALUES('store', ?1)",
                            (const int64_t[]){ (int64_t)store_id }, 1);
    if (!error)
        error =
            index_query(&t->index,
                        "SELECT i.v, s.v, (SELECT count(*) FROM place),"
                        " (SELECT coalesce(max(file), 1) FROM place), f.v, w.v"
                        " FROM meta i, meta s, meta f, meta w WHERE i.k = 'indexed'"
                        " AND s.k = 'store' AND f.k = 'words_file' AND w.k = 'words'",
                        STATE, keep, v);
    if (error)
        return error;
    struct words_place words = { (uint64_t)v[4], (uint64_t)v[5] };
    t->indexed = (uint64_t)v[0];
    t->count = (uint64_t)v[2];
    t->file = (uint32_t)v[3];
    if ((uint64_t)v[1] != store_id || v[3] <= 0 || v[4] <= 0)
        return -EUCLEAN;
    return words_open(&t->words, t->store, t->account, words);
}

/* text.N is not synced before its places are: after a power cut it may be shorter. */
static int check_end(struct text_index *t)
{
    char path[FOLDER_PATH];
    struct stat st;
    int64_t last[STATE] = { 0 };
    int error = index_query(&t->index,
                            "SELECT file, off + len, 0, 0, 0, 0 FROM place"
                            " ORDER BY email DESC LIMIT 1",
                            STATE, keep, last);
    if (error || last[0] == 0)
        return error;
    text_path(path, t->account, (uint32_t)last[0]);
    if (fstatat(t->store, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? -EUCLEAN : -errno;
    return st.st_size >= last[1] ? 0 : -EUCLEAN;
}

static int open_database(struct text_index *t)
{
    char path[FOLDER_PATH];
    folder_path(path, "accounts/%" PRIu64 "/text.db", t->account);
    int error = sqlite_beneath_init();
    if (error)
        return error;
    int code = sqlite3_open_v2(path, &t->index.db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                   SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                               NULL);
    error = index_error(&t->index, code);
    if (!error)
        error = index_script(&t->index, pragmas);
    if (!error)
        error = index_error(&t->index, tokens_note(t->index.db, &t->words));
    return error ? error : index_script(&t->index, schema);
}

int text_open(struct text_index **text_r, int store, uint64_t store_id,
              uint64_t account)
{
    struct text_index *t = calloc(1, sizeof *t);
    *text_r = NULL;
    if (!t)
        return -ENOMEM;
    t->store = store;
    t->account = account;
    t->fd = -1;
    OWN(fd_close) int folder = folder_open(store, account);
    int error = folder < 0 ? folder : open_database(t);
    if (!error)
        error = read_state(t, store_id);
    if (!error)
        error = check_end(t);
    if (error)
        text_close(&t);
    *text_r = t;
    return error;
}

void text_close(struct text_index **text)
{
    struct text_index *t = *text;
    if (!t)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(t->statements[i]);
    index_close(&t->index);
    words_close(&t->words);
    fd_close(&t->fd);
    free(t);
    *text = NULL;
}

/* ---- appending */

/* Behind all that is there, filed or not. */
static int open_file(struct text_index *t)
{
    char path[FOLDER_PATH];
    struct stat st;
    text_path(path, t->account, t->file);
    t->fd = file_open(t->store, path, O_RDWR | O_CREAT, 0600);
    if (t->fd < 0)
        return t->fd;
    if (fstat(t->fd, &st) != 0)
        return -errno;
    t->end = (uint64_t)st.st_size;
    return 0;
}

static int make_room(struct text_index *t)
{
    if (t->fd >= 0 && t->end >= TEXT_SIZE) {
        fd_close(&t->fd);
        t->file++;
    }
    return t->fd < 0 ? open_file(t) : 0;
}

static int add_words(struct text_index *t, const struct text_item *item)
{
    sqlite3_stmt *s;
    int error = text_start(t, ADD_WORDS, &s);
    if (error)
        return error;
    int code = sqlite3_bind_int64(s, 1, (sqlite3_int64)item->email);
    if (code == SQLITE_OK)
        code =
            sqlite3_bind_text(s, 2, item->text.at, (int)item->text.len, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s); /* the text is the caller's */
    return index_error(&t->index, code);
}

static int add_one(struct text_index *t, const struct text_item *item)
{
    if (item->email <= t->indexed || item->text.len == 0)
        return 0;
    int error = make_room(t);
    if (!error)
        error = file_write_at(t->fd, item->text, (off_t)t->end);
    if (error)
        return error;
    const uint64_t place[] = { item->email, t->file,
                               t->end,      item->text.len,
                               item->body,  crc32c(0, item->text.at, item->text.len) };
    t->end += item->text.len;
    error = do_numbers(t, ADD_PLACE, place, 6);
    return error ? error : add_words(t, item);
}

/* What was noted meanwhile. */
static int set_words(struct text_index *t)
{
    struct words_place place;
    int error = words_write(t->words, &place);
    const uint64_t numbers[] = { place.len, place.file };
    return error ? error : do_numbers(t, SET_WORDS, numbers, 2);
}

int text_add(struct text_index *t, const struct text_item *items, size_t count)
{
    uint64_t last = items[count - 1].email, before = t->count;
    int error = index_script(&t->index, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < count && !error; i++) {
        error = add_one(t, &items[i]);
        t->count++;
    }
    if (!error && last > t->indexed)
        error = do_numbers(t, SET_INDEXED, &last, 1);
    if (!error)
        error = set_words(t);
    if (!error)
        error = index_script(&t->index, "COMMIT");
    if (error) {
        index_script(&t->index, "ROLLBACK");
        t->count = before;
        return error;
    }
    words_committed(t->words);
    t->indexed = last > t->indexed ? last : t->indexed;
    return 0;
}

uint64_t text_indexed(const struct text_index *t)
{
    return t->indexed;
}

uint64_t text_count(const struct text_index *t)
{
    return t->count;
}

/* ---- dropping */

int text_drop(int store, uint64_t account)
{
    char path[FOLDER_PATH];
    OWN(folder_list_close) DIR *d = NULL;
    folder_path(path, "accounts/%" PRIu64, account);
    int error = folder_list(store, path, &d);
    if (error)
        return error;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strncmp(e->d_name, "text.", 5) == 0 &&
            unlinkat(dirfd(d), e->d_name, 0) != 0)
            return -errno;
    return 0;
}
