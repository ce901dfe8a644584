/*
 * journal_write - entries become durable.
 *
 * Past the page cache where the file system lets us (O_DIRECT and O_DSYNC): a commit of
 * six messages takes two thirds of the time and of the CPU of write and fdatasync, and
 * the ring does not push out of the cache what people read.  The disk then wants whole
 * blocks: what the last one holds already is kept, and written again with what follows
 * it, the same octets in the same place.
 */
#include "store/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    PIECES = 256,    /* of one pwritev */
    STAGE = 1 << 20, /* written at once */
};
_Static_assert((int)STAGE % (int)JOURNAL_BLOCK == 0, "whole blocks");

static size_t written_length(const struct entry_head *head)
{
    return head->type == ENTRY_PADDING ? (size_t)ENTRY_HEAD : head->length;
}

static bool is_in(const struct journal *j, const struct entry *e, uint64_t segment)
{
    return e && e->head->lsn / j->size == segment;
}

/* ---- through the page cache */

/* Collects what lies in one segment; returns how many pieces, and where it goes on. */
static int gather(const struct journal *j, struct entry **at, struct iovec *pieces)
{
    uint64_t segment = (*at)->head->lsn / j->size;
    int n = 0;
    for (; n < PIECES && is_in(j, *at, segment); *at = (*at)->next)
        pieces[n++] = (struct iovec){ (*at)->head, written_length((*at)->head) };
    return n;
}

/* Drops what has been written off the front; returns how many pieces are left. */
static int drop(struct iovec **pieces, int n, size_t written)
{
    while (n > 0 && written >= (*pieces)->iov_len) {
        written -= (*pieces)->iov_len;
        (*pieces)++;
        n--;
    }
    if (n > 0) {
        (*pieces)->iov_base = (char *)(*pieces)->iov_base + written;
        (*pieces)->iov_len -= written;
    }
    return n;
}

static int write_pieces(int fd, struct iovec *pieces, int n, off_t at)
{
    while (n > 0) {
        ssize_t written = pwritev(fd, pieces, n, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        at += written;
        n = drop(&pieces, n, (size_t)written);
    }
    return 0;
}

static int sync_segment(int fd)
{
#ifdef PLANT_NO_FSYNC
    (void)fd;
    return 0;
#else
    return fdatasync(fd) == 0 ? 0 : -errno;
#endif
}

/* What *at begins, as far as it lies in one segment. */
static int commit_cached(const struct journal *j, struct entry **at)
{
    struct iovec pieces[PIECES];
    uint64_t segment = (*at)->head->lsn / j->size;
    int fd = journal_file(j, (*at)->head->lsn), error = 0;
    while (!error && is_in(j, *at, segment)) {
        off_t begin = (off_t)((*at)->head->lsn % j->size);
        int n = gather(j, at, pieces);
        error = write_pieces(fd, pieces, n, begin);
    }
    return error ? error : sync_segment(fd);
}

/* ---- past it */

/* Where the stage's first octet belongs: a block's beginning. */
struct place {
    int fd;
    off_t at;
};

/* What stands in the last block before lsn: kept from the commit before, or read. */
static int recall(struct journal *j, uint64_t lsn)
{
    size_t before = lsn % JOURNAL_BLOCK;
    if (j->staged == lsn)
        return 0;
    off_t at = (off_t)(lsn % j->size - before);
    ssize_t n = pread(journal_file(j, lsn), j->stage, before, at);
    if (n < 0)
        return -errno;
    return (size_t)n == before ? 0 : -EIO;
}

/* Octets of whole blocks, durable when it returns 0.  -EAGAIN: this way it cannot be done,
 * and nothing is lost if it is done again through the cache. */
static int write_blocks(struct journal *j, struct place *p, size_t octets)
{
    ssize_t n;
    do
        n = pwrite(p->fd, j->stage, octets, p->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EINVAL || errno == EOPNOTSUPP ? -EAGAIN : -errno;
    if ((size_t)n != octets)
        return -EAGAIN;
    p->at += (off_t)octets;
    return 0;
}

/* One entry behind what the stage holds; it is written whenever it is full. */
static int stage_entry(struct journal *j, struct place *p,
                       const struct entry_head *head, size_t *held)
{
    struct span rest = span_at((const char *)head, written_length(head));
    while (rest.len > 0) {
        size_t room = STAGE - *held, n = rest.len < room ? rest.len : room;
        memcpy(j->stage + *held, rest.at, n);
        *held += n;
        rest = span_skip(rest, n);
        if (*held < STAGE)
            continue;
        int error = write_blocks(j, p, STAGE);
        if (error)
            return error;
        *held = 0;
    }
    return 0;
}

/* The rest, with zeros to the end of its last block; what that holds is kept. */
static int write_rest(struct journal *j, struct place *p, size_t held)
{
    size_t whole = held / JOURNAL_BLOCK * JOURNAL_BLOCK, over = held - whole;
    if (over > 0)
        memset(j->stage + held, 0, JOURNAL_BLOCK - over);
    size_t octets = over > 0 ? whole + JOURNAL_BLOCK : whole;
    int error = octets > 0 ? write_blocks(j, p, octets) : 0;
    if (!error && whole > 0)
        memcpy(j->stage, j->stage + whole, over);
    return error;
}

static int commit_direct(struct journal *j, struct entry **at)
{
    struct entry *e = *at;
    uint64_t lsn = e->head->lsn, segment = lsn / j->size, end = lsn;
    size_t held = lsn % JOURNAL_BLOCK;
    struct place place = { j->direct[segment % JOURNAL_SEGMENTS],
                           (off_t)(lsn % j->size - held) };
    int error = recall(j, lsn);
    for (; !error && is_in(j, e, segment); e = e->next) {
        error = stage_entry(j, &place, e->head, &held);
        end = e->head->lsn + e->head->length;
    }
    if (!error)
        error = write_rest(j, &place, held);
    if (error)
        return error;
    j->staged = end;
    *at = e;
    return 0;
}

/* ---- either */

int journal_commit(struct journal *j, struct entry *first)
{
    for (struct entry *e = first; e;) {
        int error = j->stage ? commit_direct(j, &e) : -EAGAIN;
        if (error == -EAGAIN) {
            journal_stage_close(j);
            error = commit_cached(j, &e);
        }
        if (error)
            return error;
    }
    return 0;
}

void journal_stage_open(struct journal *j)
{
#ifndef PLANT_NO_FSYNC
    for (int i = 0; i < JOURNAL_SEGMENTS; i++)
        if (j->direct[i] < 0)
            return;
    if (j->size % JOURNAL_BLOCK == 0)
        j->stage = aligned_alloc(JOURNAL_BLOCK, STAGE);
    j->staged = UINT64_MAX;
#else
    (void)j;
#endif
}

void journal_stage_close(struct journal *j)
{
    free(j->stage);
    j->stage = NULL;
}
