/* relay_octets - messages and envelopes, read from the queue's packs; see relay.h. */
#include "role/relay.h"

#include "base/own.h"
#include "ipc/channel.h"
#include "os/files.h"
#include "store/crc32c.h"
#include "store/session.h"
#include "wire/io.h"

#include <errno.h>

/* The pack that was read last, for what waits stands together; not closed while somebody
 * reads in it. */
static struct {
    uint32_t pack;
    int fd;
    unsigned users;
} last = { 0, -1, 0 };

struct place relay_place(const struct snapshot_row *row)
{
    return (struct place){ row->offset, row->size, row->pack, row->crc };
}

static int open_pack(uint32_t pack, int *fd_r)
{
    struct store_pack_answer answer = { .pack = -1 };
    int error =
        ask_store_pack(&(struct store_pack){ relay_handle, pack }, &answer, NULL);
    *fd_r = answer.pack;
    return error;
}

static int read_at(int fd, uint64_t offset, uint64_t size, struct buf *to)
{
    int error = buf_reserve(to, size);
    if (!error)
        error = io_read(fd, to->at + to->len, size, (off_t)offset);
    if (!error)
        to->len += size;
    return error == -EIO ? -ENOENT : error;
}

static int read_large(const struct place *p, struct buf *to)
{
    struct store_large_answer answer = { .body = -1 };
    const struct store_large q = { relay_handle, p->offset };
    int error = ask_store_large(&q, &answer, NULL);
    if (!error)
        error = read_at(answer.body, 0, p->size, to);
    fd_close(&answer.body);
    return error;
}

static int read_from_last(const struct place *p, struct buf *to)
{
    last.users++;
    int error = read_at(last.fd, p->offset, p->size, to);
    last.users--;
    return error;
}

static int read_from_pack(const struct place *p, struct buf *to)
{
    OWN(fd_close) int fd = -1;
    if (last.fd >= 0 && last.pack == p->pack)
        return read_from_last(p, to);
    int error = open_pack(p->pack, &fd);
    if (error)
        return error;
    if (last.users > 0)
        return read_at(fd, p->offset, p->size, to);
    fd_close(&last.fd);
    last.fd = fd_take(&fd);
    last.pack = p->pack;
    return read_from_last(p, to);
}

int relay_read(const struct place *p, struct buf *octets)
{
    size_t before = octets->len;
    int error = p->pack == 0 ? read_large(p, octets) : read_from_pack(p, octets);
    if (!error && crc32c(0, octets->at + before, octets->len - before) != p->crc)
        error = -EBADMSG;
    if (error)
        octets->len = before;
    return error;
}

static int find_place(uint32_t mailbox, uint32_t uid, struct place *place_r)
{
    const struct store_queue_rows q = { relay_handle, mailbox, uid, 1 };
    struct store_queue_rows_answer answer = { .sealed = -1 };
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct snapshot_row row;
    int error = arena ? ask_store_queue_rows(&q, &answer, arena) : -ENOMEM;
    if (error)
        return error;
    fd_close(&answer.sealed);
    if (answer.count != 1 || answer.rows.len != sizeof row)
        return -ENOENT;
    memcpy(&row, answer.rows.at, sizeof row);
    *place_r = relay_place(&row);
    return row.uid == uid ? 0 : -ENOENT;
}

int relay_read_message(uint32_t mailbox, uint32_t uid, struct place *place,
                       struct buf *octets)
{
    int error = relay_read(place, octets);
    if (error == -ENOENT || error == -EBADMSG) { /* it may lie elsewhere now */
        int again = find_place(mailbox, uid, place);
        error = again ? again : relay_read(place, octets);
    }
    return error;
}
