/*
 * tail - what stands in the packs behind the last octet that the index knows.
 *
 * A crash leaves records there whose transaction was not committed; the journal has their
 * entries, and files them again further back.  A record below the floor is another
 * matter: its transaction was committed, and made durable before the checkpoint passed.
 * If the index does not know it, the end of its write-ahead log is gone: SQLite takes an
 * octet that the disk has turned there for the end, and says nothing.
 */
#include "store/account_of.h"

#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int read_tail(const struct account *a, int fd, uint64_t from)
{
    struct pack_reader reader;
    struct pack_record record;
    int found = 1, error = pack_reader_open(&reader, fd, a->seed, from);
    while (!error && (found = pack_next(&reader, &record)) == 1)
        if (record.head.lsn > a->state.applied && record.head.lsn < a->shelf->floor)
            error = -EUCLEAN;
    pack_reader_close(&reader);
    return error ? error : found;
}

/* -ENOENT: there is no such pack. */
static int check_pack(const struct account *a, uint32_t pack, uint64_t from)
{
    struct stat st;
    OWN(fd_close) int fd = pack_open(a->shelf->store, a->id, pack, O_RDONLY);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) != 0)
        return -errno;
    return (uint64_t)st.st_size > from ? read_tail(a, fd, from) : 0;
}

/* A pack that the index has not begun may be there: that number is used up. */
int account_check_tail(struct account *a)
{
    int error = check_pack(a, a->state.pack, a->state.end);
    if (error && error != -ENOENT)
        return error;
    while ((error = check_pack(a, a->state.next, 0)) == 0)
        a->state.next++;
    return error == -ENOENT ? 0 : error;
}
