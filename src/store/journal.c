/* journal - see journal.h. */
#include "store/journal.h"

#include "os/files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WINDOW = 1 << 20, /* read at once */
    ZEROS = 1 << 20,  /* written at once */
};
_Static_assert((int)WINDOW >= (int)ENTRY_OCTETS_MAX, "an entry fits the window");

struct journal journal_none(void)
{
    _Static_assert(JOURNAL_SEGMENTS == 4, "the next line");
    return (struct journal){ { -1, -1, -1, -1 }, { -1, -1, -1, -1 }, 0, NULL, 0 };
}

static int open_segments(struct journal *j, int store, uint64_t size, int flags)
{
    *j = journal_none();
    j->size = size;
    for (int i = 0; i < JOURNAL_SEGMENTS; i++) {
        char name[24];
        snprintf(name, sizeof name, "journal/j%d", i);
        j->segment[i] = file_open(store, name, O_RDWR | flags, 0600);
        if (j->segment[i] < 0)
            return j->segment[i];
        j->direct[i] = file_open(store, name, O_WRONLY | O_DIRECT | O_DSYNC, 0);
    }
    return 0;
}

int journal_open(struct journal *j, int store, uint64_t size)
{
    int made = mkdirat(store, "journal", 0700);
    if (made != 0 && errno != EEXIST) {
        *j = journal_none();
        return -errno;
    }
    return open_segments(j, store, size, O_CREAT);
}

int journal_open_only(struct journal *j, int store, uint64_t size)
{
    return open_segments(j, store, size, 0);
}

void journal_close(struct journal *j)
{
    journal_stage_close(j);
    for (int i = 0; i < JOURNAL_SEGMENTS; i++) {
        fd_close(&j->segment[i]);
        fd_close(&j->direct[i]);
    }
}

int journal_file(const struct journal *j, uint64_t lsn)
{
    return j->segment[lsn / j->size % JOURNAL_SEGMENTS];
}

/* ---- filling */

bool journal_is_filled(const struct journal *j, uint64_t lsn)
{
    struct stat st;
    return fstat(journal_file(j, lsn), &st) == 0 && (uint64_t)st.st_size >= j->size;
}

int journal_fill(const struct journal *j, uint64_t lsn)
{
    int fd = journal_file(j, lsn), error = 0;
    char *zeros = calloc(1, ZEROS);
    if (!zeros)
        return -ENOMEM;
    for (uint64_t at = 0; at < j->size && !error; at += ZEROS) {
        uint64_t rest = j->size - at;
        error =
            file_write_at(fd, span_at(zeros, rest < ZEROS ? rest : ZEROS), (off_t)at);
    }
    free(zeros);
    if (!error && fsync(fd) != 0)
        error = -errno;
    if (!error && j->direct[lsn / j->size % JOURNAL_SEGMENTS] >= 0)
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* nobody reads them there */
    return error;
}

/* ---- writing */

uint64_t journal_place(const struct journal *j, uint64_t end, size_t length)
{
    uint64_t rest = j->size - end % j->size;
    return length <= rest ? end : end + rest;
}

/* ---- reading */

int journal_reader_open(struct journal_reader *r, const struct journal *j, uint64_t lsn,
                        uint32_t epoch)
{
    assert(lsn % 8 == 0);
    *r = (struct journal_reader){ .journal = j, .lsn = lsn, .epoch = epoch };
    r->window = malloc(WINDOW);
    return r->window ? 0 : -ENOMEM;
}

void journal_reader_close(struct journal_reader *r)
{
    free(r->window);
    r->window = NULL;
}

/* Reads from r->lsn on, as far as the window and the segment go. */
static int refill(struct journal_reader *r)
{
    uint64_t rest = r->journal->size - r->lsn % r->journal->size;
    size_t want = rest < WINDOW ? (size_t)rest : (size_t)WINDOW, got = 0;
    while (got < want) {
        ssize_t n = pread(journal_file(r->journal, r->lsn), r->window + got, want - got,
                          (off_t)(r->lsn % r->journal->size + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break; /* a segment that was never filled */
        got += (size_t)n;
    }
    r->window_at = r->lsn;
    r->window_len = got;
    return 0;
}

static struct span in_window(const struct journal_reader *r)
{
    if (r->lsn < r->window_at || r->lsn >= r->window_at + r->window_len)
        return (struct span){ NULL, 0 };
    return span_skip(span_at(r->window, r->window_len),
                     (size_t)(r->lsn - r->window_at));
}

/* The entry at r->lsn, padding too; NULL: none. */
static int entry_here(struct journal_reader *r, const struct entry_head **head_r)
{
    size_t need = ENTRY_HEAD;
    *head_r = NULL;
    for (int attempt = 0; attempt < 2; attempt++) {
        struct span octets = in_window(r);
        if (octets.len >= need && entry_is_sound(octets, r->lsn, r->epoch, &need)) {
            *head_r = (const struct entry_head *)(const void *)octets.at;
            return 1;
        }
        if (need == 0)
            return 0; /* all of it is there, and it is none */
        int error = refill(r);
        if (error < 0)
            return error;
    }
    return 0;
}

static void to_next_segment(struct journal_reader *r)
{
    r->lsn += r->journal->size - r->lsn % r->journal->size;
}

int journal_next(struct journal_reader *r, const struct entry_head **head_r)
{
    for (;;) {
        if (r->journal->size - r->lsn % r->journal->size < ENTRY_HEAD)
            to_next_segment(r);
        int found = entry_here(r, head_r);
        if (found != 1)
            return found;
        if ((*head_r)->length > r->journal->size - r->lsn % r->journal->size)
            return 0;
        r->lsn += (*head_r)->length;
        if ((*head_r)->type != ENTRY_PADDING)
            return 1;
    }
}

uint64_t journal_gap(struct journal_reader *r)
{
    uint64_t end = r->lsn, found_at = 0;
    for (int i = 1; i < JOURNAL_SEGMENTS && found_at == 0; i++) {
        const struct entry_head *head;
        to_next_segment(r);
        if (entry_here(r, &head) == 1)
            found_at = r->lsn;
    }
    r->lsn = end;
    return found_at;
}
