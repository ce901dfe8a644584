/* text_read - text.h's looking up and checking. */
#include "store/text_inside.h"

#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"
#include "store/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static int read_place(struct text_index *t, uint64_t email, int64_t place_r[5])
{
    sqlite3_stmt *s;
    int error = text_start(t, FIND, &s);
    if (error)
        return error;
    int code = sqlite3_bind_int64(s, 1, (sqlite3_int64)email);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    for (int i = 0; i < 5 && code == SQLITE_ROW; i++)
        place_r[i] = sqlite3_column_int64(s, i);
    sqlite3_reset(s);
    return code == SQLITE_DONE ? -ENOENT : index_error(&t->index, code);
}

int text_get(struct text_index *t, uint64_t email, struct span *text_r,
             uint32_t *body_r)
{
    char path[FOLDER_PATH];
    int64_t place[5] = { 0 };
    int error = read_place(t, email, place);
    if (error)
        return error;
    if (place[2] < 0 || place[2] > SEARCH_TEXT_MAX || place[3] > place[2])
        return -EUCLEAN;
    size_t len = (size_t)place[2];
    text_path(path, t->account, (uint32_t)place[0]);
    OWN(fd_close) int fd = file_open(t->store, path, O_RDONLY, 0);
    char *text = fd < 0 ? NULL : malloc(len + 1);
    if (!text)
        return fd < 0 ? -EUCLEAN : -ENOMEM;
    if (pread(fd, text, len, (off_t)place[1]) != (ssize_t)len ||
        crc32c(0, text, len) != (uint32_t)place[4]) {
        free(text);
        return -EUCLEAN;
    }
    *text_r = span_at(text, len);
    *body_r = (uint32_t)place[3];
    return 0;
}

int text_find(struct text_index *t, struct span word,
              int (*on_email)(uint64_t email, void *arg), void *arg)
{
    sqlite3_stmt *s;
    bool prefix = word.len > 0 && word.at[word.len - 1] == '*';
    char query[SMTP_TEXT_LINE_MAX];
    word.len -= prefix;
    if (word.len == 0 || span_find(word, '"') < word.len ||
        span_find(word, 0) < word.len || word.len > sizeof query - 8)
        return -EINVAL;
    snprintf(query, sizeof query, "\"%.*s\"%s", SPAN_ARG(word), prefix ? "*" : "");
    int error = text_start(t, SEARCH, &s);
    if (error)
        return error;
    int code = sqlite3_bind_text(s, 1, query, -1, SQLITE_STATIC);
    while (code == SQLITE_OK || (code == SQLITE_ROW && !error)) {
        code = sqlite3_step(s);
        if (code == SQLITE_ROW)
            error = on_email((uint64_t)sqlite3_column_int64(s, 0), arg);
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return error ? error : index_error(&t->index, code);
}

int text_terms(struct text_index *t, struct span part, enum word_part where,
               int (*on_term)(struct span term, void *arg), void *arg)
{
    return words_find(t->words, part, where, on_term, arg);
}

/* ---- verify */

struct check {
    struct text_index *text;
    uint64_t wrong;
};

static int check_one(const int64_t *row, void *arg)
{
    struct check *c = arg;
    struct span text;
    uint32_t body;
    int error = text_get(c->text, (uint64_t)row[0], &text, &body);
    if (!error)
        free((void *)(uintptr_t)text.at);
    c->wrong += error == -EUCLEAN;
    return error == -EUCLEAN ? 0 : error;
}

int text_check(int store, uint64_t store_id, uint64_t account, uint64_t *wrong_r)
{
    char path[FOLDER_PATH];
    struct check c = { 0 };
    folder_path(path, "accounts/%" PRIu64 "/text.db", account);
    if (faccessat(store, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    int error = text_open(&c.text, store, store_id, account);
    if (!error)
        error =
            index_query(&c.text->index, "SELECT email FROM place", 1, check_one, &c);
    if (!error)
        error = words_check(c.text->words);
    text_close(&c.text);
    *wrong_r = c.wrong;
    return error;
}
