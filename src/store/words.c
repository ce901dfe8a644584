/* words - see words.h. */
#include "store/words.h"

#include "base/buf.h"
#include "config/limits.h"
#include "os/files.h"
#include "store/crc32c.h"
#include "store/folder_inside.h"
#include "store/terms.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAGIC = 0x73647277, /* "wrds" */
    NOTED = 0,
    PACKED = 1, /* written when the list was made anew; at the file's beginning */
    LATELY = 8192,
};

struct block {
    uint32_t magic, kind, octets, crc; /* of the octets */
};

struct words {
    int store, fd;
    uint64_t account;
    struct words_place now; /* of what was written */
    uint64_t packed;        /* so much of it without a term that stands in it twice */
    bool is_new;            /* this file is not committed yet */
    int error;              /* of noting */
    struct buf noted;
    uint64_t lately[LATELY]; /* hashes of terms */
};

static void words_path(char path_r[FOLDER_PATH], const struct words *w, uint64_t file)
{
    folder_path(path_r, "accounts/%" PRIu64 "/text.words.%06" PRIu64, w->account, file);
}

/* ---- blocks */

static int read_block(const struct words *w, uint64_t at, struct block *b_r)
{
    uint64_t left = w->now.len - at;
    if (left < sizeof *b_r ||
        pread(w->fd, b_r, sizeof *b_r, (off_t)at) != (ssize_t)sizeof *b_r)
        return -EUCLEAN;
    return b_r->magic == MAGIC && b_r->octets <= left - sizeof *b_r &&
                   b_r->octets <= WORDS_BLOCK_MAX
               ? 0
               : -EUCLEAN;
}

/* octets: WORDS_BLOCK_MAX. */
static int read_terms(const struct words *w, uint64_t at, const struct block *b,
                      char *octets)
{
    if (pread(w->fd, octets, b->octets, (off_t)(at + sizeof *b)) != (ssize_t)b->octets)
        return -EUCLEAN;
    bool is_sound = b->octets > 1 && octets[0] == '\n' &&
                    octets[b->octets - 1] == '\n' &&
                    crc32c(b->kind, octets, b->octets) == b->crc;
    return is_sound ? 0 : -EUCLEAN;
}

static int write_block(int fd, uint32_t kind, const struct buf *terms, uint64_t *at)
{
    struct block b = { MAGIC, kind, (uint32_t)terms->len,
                       crc32c(kind, terms->at, terms->len) };
    int error = file_write_at(fd, span_at((const char *)&b, sizeof b), (off_t)*at);
    if (!error)
        error = file_write_at(fd, buf_span(terms), (off_t)(*at + sizeof b));
    if (!error)
        *at += sizeof b + terms->len;
    return error;
}

static int each_block(const struct words *w,
                      int (*on_terms)(struct span terms, void *arg), void *arg)
{
    char *octets = malloc(WORDS_BLOCK_MAX);
    struct block b = { 0 };
    int error = octets ? 0 : -ENOMEM;
    for (uint64_t at = 0; at < w->now.len && !error; at += sizeof b + b.octets) {
        error = read_block(w, at, &b);
        if (!error)
            error = read_terms(w, at, &b, octets);
        if (!error && on_terms)
            error = on_terms(span_at(octets, b.octets), arg);
    }
    free(octets);
    return error;
}

/* ---- opening */

static int find_packed(struct words *w)
{
    struct block b = { .kind = PACKED };
    while (w->packed < w->now.len) {
        int error = read_block(w, w->packed, &b);
        if (error || b.kind != PACKED)
            return error;
        w->packed += sizeof b + b.octets;
    }
    return 0;
}

static int open_file(struct words *w)
{
    char path[FOLDER_PATH];
    struct stat st;
    words_path(path, w, w->now.file);
    w->fd = file_open(w->store, path, O_RDWR | O_CREAT, 0600);
    if (w->fd < 0)
        return w->fd;
    if (fstat(w->fd, &st) != 0)
        return -errno;
    return (uint64_t)st.st_size < w->now.len ? -EUCLEAN : find_packed(w);
}

int words_open(struct words **words_r, int store, uint64_t account,
               struct words_place place)
{
    struct words *w = calloc(1, sizeof *w);
    *words_r = NULL;
    if (!w)
        return -ENOMEM;
    w->store = store;
    w->account = account;
    w->now = place;
    w->noted.max = WORDS_BLOCK_MAX;
    int error = open_file(w);
    if (error)
        words_close(&w);
    *words_r = w;
    return error;
}

void words_close(struct words **words)
{
    struct words *w = *words;
    if (!w)
        return;
    fd_close(&w->fd);
    buf_free(&w->noted);
    free(w);
    *words = NULL;
}

/* ---- noting */

static int flush(struct words *w)
{
    int error =
        w->noted.len > 0 ? write_block(w->fd, NOTED, &w->noted, &w->now.len) : 0;
    if (!error)
        buf_clear(&w->noted);
    return error;
}

void words_note(struct words *w, struct span term)
{
    uint64_t hash = term_hash(term);
    uint64_t *place = &w->lately[hash % LATELY];
    if (*place == hash || w->error)
        return;
    if (w->noted.len + term.len + 2 > WORDS_BLOCK_OCTETS)
        w->error = flush(w);
    if (!w->error && w->noted.len == 0)
        w->error = buf_put(&w->noted, SPAN("\n"));
    if (!w->error)
        w->error = buf_put(&w->noted, term);
    if (!w->error)
        w->error = buf_put(&w->noted, SPAN("\n"));
    if (!w->error)
        *place = hash;
}

/* ---- the list anew, when it has doubled */

struct packing {
    struct terms terms;
    struct buf block;
    int fd;
    uint64_t len;
};

static int pack_block(struct packing *p)
{
    int error = p->block.len > 1 ? write_block(p->fd, PACKED, &p->block, &p->len) : 0;
    buf_clear(&p->block);
    return error;
}

static int pack_term(struct packing *p, struct span term)
{
    bool is_known;
    int error = terms_add(&p->terms, term, &is_known);
    if (error || is_known)
        return error;
    if (p->block.len + term.len + 2 > WORDS_BLOCK_OCTETS)
        error = pack_block(p);
    if (!error && p->block.len == 0)
        error = buf_put(&p->block, SPAN("\n"));
    if (!error)
        error = buf_put(&p->block, term);
    return error ? error : buf_put(&p->block, SPAN("\n"));
}

static int pack_terms(struct span terms, void *arg)
{
    int error = 0;
    terms = span_skip(terms, 1);
    while (terms.len > 0 && !error) {
        struct span term = span_first(terms, span_find(terms, '\n'));
        error = term.len > 0 ? pack_term(arg, term) : 0;
        terms = span_skip(terms, term.len + 1);
    }
    return error;
}

static int pack(struct words *w)
{
    char path[FOLDER_PATH];
    struct packing p = { .block.max = WORDS_BLOCK_MAX };
    words_path(path, w, w->now.file + 1);
    p.fd = file_open(w->store, path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    int error = p.fd < 0 ? p.fd : each_block(w, pack_terms, &p);
    if (!error)
        error = pack_block(&p);
    terms_free(&p.terms);
    buf_free(&p.block);
    if (error) {
        fd_close(&p.fd);
        return error;
    }
    fd_close(&w->fd);
    w->fd = p.fd;
    w->packed = p.len;
    w->now = (struct words_place){ w->now.file + 1, p.len };
    w->is_new = true;
    return 0;
}

int words_write(struct words *w, struct words_place *place_r)
{
    int error = w->error;
    if (!error)
        error = flush(w);
    bool has_doubled = w->now.len > 2 * w->packed + WORDS_PACK_FROM;
    if (!error && has_doubled && w->now.len <= WORDS_PACK_MOST && !w->is_new)
        error = pack(w);
    *place_r = w->now;
    return error;
}

void words_committed(struct words *w)
{
    char path[FOLDER_PATH];
    words_path(path, w, w->now.file - 1);
    if (w->is_new)
        unlinkat(w->store, path, 0); /* one that stays goes with the others */
    w->is_new = false;
}

/* ---- finding */

struct finding {
    struct span needle;
    struct terms found;
    int (*on_term)(struct span, void *);
    void *arg;
};

static int on_found(struct finding *f, struct span term)
{
    bool is_known;
    int error = terms_add(&f->found, term, &is_known);
    return error || is_known ? error : f->on_term(term, f->arg);
}

static int find_in(struct span terms, void *arg)
{
    struct finding *f = arg;
    const char *end = terms.at + terms.len, *at = terms.at, *hit;
    int error = 0;
    while (!error && (hit = memmem(at, (size_t)(end - at), f->needle.at,
                                   f->needle.len)) != NULL) {
        const char *first = memrchr(terms.at, '\n', (size_t)(hit - terms.at));
        at = memchr(hit, '\n', (size_t)(end - hit)); /* blocks begin and end in LF */
        error = on_found(f, span_at(first + 1, (size_t)(at - first - 1)));
    }
    return error;
}

int words_find(struct words *w, struct span part, enum word_part where,
               int (*on_term)(struct span term, void *arg), void *arg)
{
    struct buf needle = { .max = WORDS_BLOCK_MAX };
    struct finding f = { .on_term = on_term, .arg = arg };
    if (part.len == 0 || span_find(part, '\n') < part.len)
        return -EINVAL;
    int error = buf_put(&needle, part);
    if (!error && where == WORD_END)
        error = buf_put(&needle, SPAN("\n"));
    f.needle = buf_span(&needle);
    if (!error)
        error = each_block(w, find_in, &f);
    terms_free(&f.found);
    buf_free(&needle);
    return error;
}

static int find_long_in(struct span terms, void *arg)
{
    struct finding *f = arg;
    int error = 0;
    terms = span_skip(terms, 1);
    while (terms.len > 0 && !error) {
        struct span term = span_first(terms, span_find(terms, '\n'));
        if (term.len == WORD_OCTETS_MAX)
            error = on_found(f, term);
        terms = span_skip(terms, term.len + 1);
    }
    return error;
}

int words_find_long(struct words *w, int (*on_term)(struct span term, void *arg),
                    void *arg)
{
    struct finding f = { .on_term = on_term, .arg = arg };
    int error = each_block(w, find_long_in, &f);
    terms_free(&f.found);
    return error;
}

int words_check(struct words *w)
{
    return each_block(w, NULL, NULL);
}
