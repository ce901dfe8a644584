/* pack - see pack.h. */
#include "store/pack.h"

#include "os/files.h"
#include "store/crc32c.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { WINDOW = 256 << 10 };

/* No text holds it, and its first octet stands in it once. */
static const uint64_t magic = 0x01b0d9ca7b0d1e51;

uint32_t pack_seed(uint64_t store, uint64_t account)
{
    const uint64_t both[] = { store, account };
    return crc32c(0, both, sizeof both);
}

static uint32_t checksum(const struct pack_head *h, uint32_t seed)
{
    size_t from = offsetof(struct pack_head, body_crc);
    return crc32c(seed, (const char *)h + from, sizeof *h - from);
}

void pack_seal(struct pack_head *h, uint32_t seed)
{
    h->magic = magic;
    h->crc = checksum(h, seed);
}

uint64_t pack_body_size(const struct pack_head *h)
{
    return h->type == PACK_LARGE ? 0 : h->size;
}

bool pack_head_is_sound(const struct pack_head *h, uint32_t seed)
{
    return h->magic == magic && h->type >= PACK_MESSAGE && h->type < PACK_TYPES &&
           pack_body_size(h) <= PACK_BODY_MAX && h->crc == checksum(h, seed);
}

size_t pack_find(struct span octets, uint32_t seed, struct pack_head *head_r,
                 bool *found_r)
{
    size_t at = 0;
    *found_r = false;
    while (at + PACK_HEAD <= octets.len) {
        struct span rest = span_skip(octets, at);
        memcpy(head_r, rest.at, sizeof *head_r);
        if (pack_head_is_sound(head_r, seed)) {
            *found_r = true;
            return at;
        }
        const char *next = memmem(rest.at + 1, rest.len - 1, &magic, sizeof magic);
        if (!next) /* the last few octets may be its beginning */
            return octets.len - (sizeof magic - 1);
        at = (size_t)(next - octets.at);
    }
    return at;
}

/* ---- reading a whole pack */

int pack_reader_open(struct pack_reader *r, int fd, uint32_t seed, uint64_t at)
{
    *r = (struct pack_reader){ .fd = fd, .seed = seed, .at = at };
    r->window = malloc(WINDOW);
    return r->window ? 0 : -ENOMEM;
}

void pack_reader_close(struct pack_reader *r)
{
    free(r->window);
    r->window = NULL;
}

/* As much as there is, up to `size`; or -errno. */
static ssize_t read_at(int fd, char *octets, size_t size, uint64_t at)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = pread(fd, octets + got, size - got, (off_t)(at + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* 1 when all of it is there and right, 0, or -errno. */
static int body_is_whole(struct pack_reader *r, const struct pack_record *record)
{
    uint64_t left = pack_body_size(&record->head), at = record->body;
    uint32_t crc = 0;
    if (record->head.type == PACK_LARGE)
        return 1; /* that one's file is another matter */
    while (left > 0) {
        size_t want = left < WINDOW ? (size_t)left : (size_t)WINDOW;
        ssize_t n = read_at(r->fd, r->window, want, at);
        if (n < 0)
            return (int)n;
        if ((size_t)n < want)
            return 0;
        crc = crc32c(crc, r->window, want);
        at += want;
        left -= want;
    }
    return crc == record->head.body_crc;
}

/* Past a whole record; past the head alone of a broken one, whose body another may have
 * been written over. */
static int take_record(struct pack_reader *r, struct pack_record *record)
{
    record->body = r->at + PACK_HEAD;
    int whole = body_is_whole(r, record);
    if (whole < 0)
        return whole;
    record->whole = whole == 1;
    r->at = record->body + (record->whole ? pack_body_size(&record->head) : 0);
    return 1;
}

int pack_next(struct pack_reader *r, struct pack_record *record_r)
{
    *record_r = (struct pack_record){ 0 };
    size_t want = PACK_HEAD; /* what follows a whole record is one, most of the time */
    for (;;) {
        ssize_t n = read_at(r->fd, r->window, want, r->at);
        if (n < 0)
            return (int)n;
        bool found;
        struct span octets = span_at(r->window, (size_t)n);
        size_t skip = n < PACK_HEAD
                          ? (size_t)n
                          : pack_find(octets, r->seed, &record_r->head, &found);
        r->at += skip;
        r->skipped += skip;
        if (n < PACK_HEAD)
            return 0;
        if (found)
            return take_record(r, record_r);
        want = WINDOW;
    }
}

int pack_is_of(int fd, uint32_t seed)
{
    struct pack_head head;
    struct pack_reader r;
    struct pack_record record;
    ssize_t n = read_at(fd, (char *)&head, sizeof head, 0);
    if (n <= 0)
        return n < 0 ? (int)n : 1;
    if (n == PACK_HEAD && pack_head_is_sound(&head, seed))
        return 1;
    int found =
        pack_reader_open(&r, fd, seed, 0); /* it may be the first that is lost */
    if (found == 0)
        found = pack_next(&r, &record);
    pack_reader_close(&r);
    return found;
}

void *pack_body(const struct pack_reader *r, const struct pack_record *record)
{
    size_t size = (size_t)pack_body_size(&record->head);
    char *body = malloc(size + 1);
    if (body && read_at(r->fd, body, size, record->body) != (ssize_t)size) {
        free(body);
        return NULL;
    }
    return body;
}

/* ---- writing one */

int pack_write(struct pack_writer *w, const struct pack_head *head, struct span body,
               uint64_t *off_r)
{
    struct pack_head h = *head;
    h.uidvalidity = w->uidvalidity;
    pack_seal(&h, w->seed);
    int error = file_write_at(w->fd, span_at(&h, sizeof h), (off_t)w->at);
    if (!error)
        error = file_write_at(w->fd, body, (off_t)(w->at + sizeof h));
    if (error)
        return error;
    *off_r = w->at + sizeof h;
    w->at += sizeof h + body.len;
    return 0;
}
