/* body - see mailbox.h: a message's octets, from the account's packs. */
#include "imap/session.h"

#include "os/files.h"
#include "wire/io.h"

#include <errno.h>

/* A session keeps the pack that it read from last: the next message is likely there. */
static int use_pack(struct imap *s, uint32_t pack)
{
    struct mailbox *m = &s->mailbox;
    struct store_pack question = { .handle = s->handle, .pack = pack };
    struct store_pack_answer answer;

    if (m->pack_fd != -1 && m->pack == pack)
        return 0;
    int error = ask_store_pack(&question, &answer, NULL);
    if (error)
        return error;
    fd_close(&m->pack_fd);
    m->pack = pack;
    m->pack_fd = answer.pack;
    return 0;
}

static int open_large(struct imap *s, uint64_t name, int *fd_r)
{
    struct store_large question = { .handle = s->handle, .name = name };
    struct store_large_answer answer;
    int error = ask_store_large(&question, &answer, NULL);

    if (!error)
        *fd_r = answer.body;
    return error;
}

static int open_body(struct imap *s, const struct imap_message *message, struct body *b)
{
    const struct snapshot_row *row = &message->row;

    *b = (struct body){ .fd = -1,
                        .owned = row->pack == 0,
                        .at = row->pack ? row->offset : 0,
                        .size = row->size };
    if (b->at > INT64_MAX || row->size > INT64_MAX - b->at)
        return -EIO;
    if (b->owned)
        return open_large(s, row->offset, &b->fd);
    int error = use_pack(s, row->pack);
    b->fd = s->mailbox.pack_fd;
    return error;
}

int body_open(struct imap *s, const struct imap_message *message, struct body *b)
{
    int error = open_body(s, message, b);

    if (error == -ENOENT && mailbox_look_again(s) == 0)
        error = open_body(s, message, b);
    return error;
}

int body_read(const struct body *b, uint64_t from, size_t size, struct buf *to)
{
    if (from > b->size || size > b->size - from)
        return -EIO;
    int error = buf_reserve(to, size);
    if (!error && size > 0)
        error = io_read(b->fd, to->at + to->len, size, (off_t)(b->at + from));
    if (!error)
        to->len += size;
    return error;
}

void body_close(struct body *b)
{
    if (b->owned)
        fd_close(&b->fd);
}
