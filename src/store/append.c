/* append - the pack that is appended to; see account_of.h. */
#include "store/account_of.h"

#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Octets below its end are never written again: sessions hold descriptors to them, and
 * after a crash a row may be durable that points past the end of the file. */
static int find_pack_end(struct account *a)
{
    struct stat st;
    if (fstat(a->pack_fd, &st) != 0)
        return -errno;
    uint64_t size = (uint64_t)st.st_size;
    a->pack_end = a->state.end > size ? a->state.end : size;
    return 0;
}

int account_open_pack(struct account *a)
{
    if (a->pack_fd < 0) {
        int fd = pack_open(a->shelf->store, a->id, a->state.pack, O_RDWR | O_CREAT);
        if (fd < 0)
            return fd;
        a->pack_fd = fd;
    }
    return a->pack_end == PACK_END_UNKNOWN ? find_pack_end(a) : 0;
}

int account_next_pack(struct account *a)
{
    close(a->pack_fd);
    a->pack_fd = -1;
    a->pack_end = PACK_END_UNKNOWN;
    a->state.pack = a->state.next++;
    a->state.end = 0;
    return account_open_pack(a);
}

int pack_write_pieces(int fd, const struct iovec *pieces, int count, uint64_t octets,
                      uint64_t at)
{
    ssize_t n = pwritev(fd, pieces, count, (off_t)at);
    if (n < 0)
        return -errno;
    return (uint64_t)n == octets ? 0 : -ENOSPC; /* tried again from its beginning */
}

int account_append(struct account *a, const struct pack_head *head, struct span body)
{
    struct pack_head h = *head;
    int error = account_open_pack(a);
    if (error)
        return error;
    h.uidvalidity = rows_inbox(&a->state)->uidvalidity;
    pack_seal(&h, a->seed);
    const struct iovec pieces[] = { { &h, sizeof h },
                                    { (void *)(uintptr_t)body.at, body.len } };
    uint64_t octets = sizeof h + body.len;
    error = pack_write_pieces(a->pack_fd, pieces, 2, octets, a->pack_end);
    if (error)
        return error;
    a->pack_end += octets;
    a->state.end = a->pack_end;
    return 0;
}

/* ---- a transaction of one's own */

int account_begin(struct account *a, struct account_before *before_r)
{
    *before_r = (struct account_before){ a->state, a->pack_end };
    return index_do(&a->index, INDEX_BEGIN, NULL, 0);
}

/* As it was before: the pack may be another one now, and where it ends is to be found out
 * again. */
static void put_back(struct account *a, const struct account_before *before)
{
    struct rows_state undone = before->state;
    uint64_t end = before->end;
    index_do(&a->index, INDEX_ROLLBACK, NULL, 0);
    if (a->state.pack != before->state.pack && a->pack_fd >= 0) {
        close(a->pack_fd);
        a->pack_fd = -1;
        end = PACK_END_UNKNOWN;
    }
    a->pack_end = end;
    undone.mailboxes = a->state.mailboxes; /* which may lie elsewhere now */
    undone.mailbox_count = a->state.mailbox_count;
    a->state = undone;
    rows_undo(&a->state);
}

int account_end(struct account *a, const struct account_before *before, int error)
{
    if (!error)
        error = rows_write_state(&a->index, &a->state);
    if (!error)
        error = index_do(&a->index, INDEX_COMMIT, NULL, 0);
    if (error)
        put_back(a, before);
    else
        rows_keep(&a->state);
    return error;
}
