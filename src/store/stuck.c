/*
 * stuck - the journal entries that a damaged folder could not take, filed at last.
 *
 * They are the account's entries from some point on, in order, perhaps with repetitions
 * and a torn one where a crash came between; to file one twice does no harm.  The file
 * goes when what was filed from it is durable: the journal may have nothing of it any
 * more.
 */
#include "store/account_of.h"

#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 4 << 20 };

struct stuck {
    struct account *account;
    int fd;
    off_t at;
    struct entry_head *entry; /* room for the longest */
    struct pending *first, **last;
    size_t octets;
};

/* The entry at s->at: 1; 0: none there; -ENODATA: the end; -errno. */
static int read_entry(const struct stuck *s)
{
    size_t need;
    ssize_t n = pread(s->fd, s->entry, ENTRY_OCTETS_MAX, s->at);
    if (n < 0)
        return -errno;
    if (n < ENTRY_HEAD)
        return -ENODATA;
    const struct entry_head *h = s->entry;
    return entry_is_sound(span_at(h, (size_t)n), h->lsn, h->epoch, &need) &&
           h->targets > 0;
}

/* The account's part of it waits to be filed. */
static int keep(struct stuck *s)
{
    struct entry *e = entry_copy(s->entry);
    if (!e)
        return -ENOMEM;
    for (uint32_t i = 0; i < e->head->targets; i++) {
        if (entry_targets(e->head)[i].account != s->account->id)
            continue;
        *s->last = &e->pending[i];
        s->last = &e->pending[i].next;
        s->octets += e->head->length;
        return 0;
    }
    entry_free(e); /* none of this account's */
    return 0;
}

static int file_kept(struct stuck *s)
{
    int error = 0;
    struct pending *at = s->first;
    while (at && !error)
        error = account_file(s->account, &at);
    for (struct pending *next; s->first; s->first = next) {
        next = s->first->next;
        entry_free(s->first->entry);
    }
    s->last = &s->first;
    s->octets = 0;
    return error;
}

static int file_all(struct stuck *s)
{
    int found, error = 0;
    while (!error && (found = read_entry(s)) != -ENODATA) {
        if (found < 0)
            return found;
        s->at += found ? (off_t)s->entry->length : 8;
        error = found ? keep(s) : 0;
        if (!error && s->octets >= BATCH)
            error = file_kept(s);
    }
    int last = file_kept(s);
    return error ? error : last;
}

int account_file_stuck(struct account *a)
{
    OWN(fd_close) int fd = folder_stuck_open(a->shelf->store, a->id);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    struct stuck s = { .account = a, .fd = fd };
    s.last = &s.first;
    s.entry = malloc(ENTRY_OCTETS_MAX);
    int error = s.entry ? file_all(&s) : -ENOMEM;
    free(s.entry);
    if (error)
        return error;
    if (syncfs(a->shelf->store) != 0)
        return -EIO; /* final, whatever it was */
    return folder_stuck_remove(a->shelf->store, a->id);
}
