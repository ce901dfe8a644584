/* text_search - see text_search.h. */
#include "store/text_search.h"

#include "base/buf.h"
#include "base/clock.h"
#include "os/files.h"
#include "store/crc32c.h"
#include "store/text_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AT_CLOCK = 16 }; /* texts between two looks */

struct text_search {
    struct buf folded;
    bool body;
    bool all;         /* no word narrows */
    uint64_t *emails; /* ascending, else */
    size_t count, room;
    size_t terms;
    uint64_t indexed; /* when it began */
    int fd;           /* of text.<file> */
    uint32_t file;
    char *text;
    struct text_index *index; /* while it narrows */
};

/* ---- the word that narrows */

struct piece {
    struct span word;
    bool begins, ends; /* with what is looked for, so that it may be a part of a word */
};

static bool is_ascii_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether another character is of a word only the tokenizer knows (tokens.h): what touches
 * one is not used. */
static bool is_of_word(char c)
{
    return is_ascii_word(c) || (unsigned char)c >= 128;
}

static struct piece longest_piece(struct span folded)
{
    struct piece best = { .word = SPAN("") };
    for (size_t at = 0, end; at < folded.len; at = end + 1) {
        bool is_ascii = true;
        for (end = at; end < folded.len && is_of_word(folded.at[end]); end++)
            is_ascii = is_ascii && is_ascii_word(folded.at[end]);
        if (is_ascii && end - at > best.word.len)
            best = (struct piece){ span_at(folded.at + at, end - at), at == 0,
                                   end == folded.len };
    }
    return best;
}

/* ---- candidates */

static int on_email(uint64_t email, void *arg)
{
    struct text_search *s = arg;
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 256;
        uint64_t *more = reallocarray(s->emails, room, sizeof *more);
        if (!more)
            return -ENOMEM;
        s->emails = more;
        s->room = room;
    }
    s->emails[s->count++] = email;
    /* so many words have that part that they narrow nothing */
    return s->count > 2 * text_count(s->index) + FIND_EMAILS_MAX ? -E2BIG : 0;
}

static int on_term(struct span term, void *arg)
{
    struct text_search *s = arg;
    return ++s->terms > FIND_TERMS_MAX ? -E2BIG
                                       : text_find(s->index, term, on_email, s);
}

/* Of a longer word the list has but the beginning: what is looked for may be in the rest. */
static int on_long_term(struct span term, void *arg)
{
    (void)term;
    (void)arg;
    return -E2BIG;
}

static int look_up(struct text_search *s, const struct piece *p)
{
    if (!p->begins && !p->ends)
        return text_find(s->index, p->word, on_email, s);
    int error =
        text_terms(s->index, p->word, p->ends ? WORD_ANYWHERE : WORD_END, on_term, s);
    return error ? error : words_find_long(s->index->words, on_long_term, s);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void sort(struct text_search *s)
{
    size_t kept = 0;
    if (s->count > 1)
        qsort(s->emails, s->count, sizeof *s->emails, by_number);
    for (size_t i = 0; i < s->count; i++)
        if (kept == 0 || s->emails[kept - 1] != s->emails[i])
            s->emails[kept++] = s->emails[i];
    s->count = kept;
}

static int narrow(struct text_search *s)
{
    struct piece p = longest_piece(buf_span(&s->folded));
    int error = p.word.len > 0 ? look_up(s, &p) : -E2BIG;
    s->all = error == -E2BIG || error == -EINVAL;
    sort(s);
    return s->all ? 0 : error;
}

int text_search_open(struct text_search **search_r, struct text_index *index,
                     struct span folded, bool body)
{
    struct text_search *s = calloc(1, sizeof *s);
    *search_r = NULL;
    if (!s)
        return -ENOMEM;
    s->folded.max = folded.len;
    s->body = body;
    s->fd = -1;
    s->index = index;
    s->indexed = text_indexed(index);
    s->text = malloc(SEARCH_TEXT_MAX);
    int error = s->text ? buf_put(&s->folded, folded) : -ENOMEM;
    if (!error)
        error = narrow(s);
    if (error)
        text_search_close(&s);
    *search_r = s;
    return error;
}

void text_search_close(struct text_search **search)
{
    struct text_search *s = *search;
    if (!s)
        return;
    fd_close(&s->fd);
    buf_free(&s->folded);
    free(s->emails);
    free(s->text);
    free(s);
    *search = NULL;
}

bool text_search_is_for(const struct text_search *s, struct span folded, bool body)
{
    return s->body == body && span_is(buf_span(&s->folded), folded);
}

/* ---- reading them */

struct text_place {
    uint64_t email;
    int64_t off, len, body;
    uint32_t file, crc;
};

static int open_text(struct text_search *s, const struct text_index *t, uint32_t file)
{
    char path[FOLDER_PATH];
    if (s->fd >= 0 && s->file == file)
        return 0;
    fd_close(&s->fd);
    text_path(path, t->account, file);
    s->fd = file_open(t->store, path, O_RDONLY, 0);
    s->file = file;
    return s->fd < 0 ? -EUCLEAN : 0;
}

/* 1: it has it. */
static int judge(struct text_search *s, const struct text_index *t,
                 const struct text_place *p)
{
    if (p->len < 0 || p->len > SEARCH_TEXT_MAX || p->body < 0 || p->body > p->len)
        return -EUCLEAN;
    int error = open_text(s, t, p->file);
    size_t len = (size_t)p->len, from = s->body ? (size_t)p->body : 0;
    if (error)
        return error;
    if (pread(s->fd, s->text, len, (off_t)p->off) != (ssize_t)len ||
        crc32c(0, s->text, len) != p->crc)
        return -EUCLEAN;
    return memmem(s->text + from, len - from, s->folded.at, s->folded.len) != NULL;
}

static size_t first_after(const struct text_search *s, uint64_t after)
{
    size_t from = 0, to = s->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (s->emails[middle] > after)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

/* The next place of those that may have it: SQLITE_ROW, SQLITE_DONE, or an error. */
static int next_place(const struct text_search *s, sqlite3_stmt *q, size_t *at)
{
    int code;
    if (s->all)
        return sqlite3_step(q);
    do {
        if (*at == s->count)
            return SQLITE_DONE;
        sqlite3_reset(q);
        code = sqlite3_bind_int64(q, 1, (sqlite3_int64)s->emails[(*at)++]);
        if (code == SQLITE_OK)
            code = sqlite3_step(q);
    } while (code == SQLITE_DONE); /* it is not there any more */
    return code;
}

static struct text_place place_of(sqlite3_stmt *q)
{
    return (struct text_place){ .file = (uint32_t)sqlite3_column_int64(q, 0),
                                .off = sqlite3_column_int64(q, 1),
                                .len = sqlite3_column_int64(q, 2),
                                .body = sqlite3_column_int64(q, 3),
                                .crc = (uint32_t)sqlite3_column_int64(q, 4),
                                .email = (uint64_t)sqlite3_column_int64(q, 5) };
}

static int read_slice(struct text_search *s, struct text_index *t, sqlite3_stmt *q,
                      uint64_t after, struct text_slice *slice)
{
    uint64_t until = clock_in(FIND_SLICE_MS * CLOCK_MS);
    size_t at = first_after(s, after);
    for (unsigned n = 1; slice->more && slice->count < FIND_EMAILS_MAX; n++) {
        int code = next_place(s, q, &at);
        if (code != SQLITE_ROW) {
            slice->more = code != SQLITE_DONE;
            return index_error(&t->index, code);
        }
        struct text_place p = place_of(q);
        if (p.email > s->indexed) { /* came later, as all that follow */
            slice->more = false;
            return 0;
        }
        int does = judge(s, t, &p);
        if (does < 0)
            return does;
        if (does)
            slice->emails[slice->count++] = p.email;
        slice->upto = p.email;
        if (n % LOOK_AT_CLOCK == 0 && clock_now() >= until)
            return 0;
    }
    return 0;
}

int text_search_next(struct text_search *s, struct text_index *t, uint64_t after,
                     struct text_slice *slice)
{
    sqlite3_stmt *q;
    slice->count = 0;
    slice->upto = after;
    slice->more = true;
    int error = text_start(t, s->all ? EACH_FROM : FIND, &q);
    if (!error && s->all)
        error = index_error(&t->index, sqlite3_bind_int64(q, 1, (sqlite3_int64)after));
    if (!error)
        error = read_slice(s, t, q, after, slice);
    sqlite3_reset(q);
    if (!slice->more)
        slice->upto = s->indexed;
    return error;
}
