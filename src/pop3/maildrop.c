/*
 * The maildrop as it was at login: store's rows, checked and copied, and the bodies
 * behind them.  What store says is believed as far as it stays within bounds: a row that
 * points nowhere makes one message unreadable, and harms nobody else.
 */
#include "pop3/session.h"

#include "os/files.h"
#include "store/crc32c.h"
#include "wire/io.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { BATCH = 32 << 10 };

/* The INBOX as it is now.  *rows_r is to be unmapped, NULL when there are none; 0 or
 * -errno. */
static int ask_rows(struct pop3 *s, const struct snapshot_row **rows_r,
                    struct store_snapshot_answer *answer_r)
{
    struct store_snapshot question = { .handle = s->handle, .mailbox = INBOX };

    *rows_r = NULL;
    *answer_r = (struct store_snapshot_answer){ .rows = -1 };
    int error = ask_store_snapshot(&question, answer_r, NULL);
    if (!error && answer_r->count > 0) {
        *rows_r = sealed_map(answer_r->rows, answer_r->count * sizeof(**rows_r));
        error = *rows_r ? 0 : -EBADMSG;
    }
    fd_close(&answer_r->rows);
    return error;
}

static void forget_rows(const struct snapshot_row *rows, size_t count)
{
    if (rows)
        munmap((void *)(uintptr_t)rows, count * sizeof(*rows));
}

int maildrop_open(struct pop3 *s)
{
    struct store_snapshot_answer answer;
    const struct snapshot_row *rows;
    int error = ask_rows(s, &rows, &answer);

    s->uidvalidity = answer.uidvalidity;
    if (rows) {
        s->messages = calloc(answer.count, sizeof(*s->messages));
        s->count = s->messages ? answer.count : 0;
        error = s->messages ? 0 : -ENOMEM;
        for (size_t i = 0; i < s->count; i++)
            s->messages[i].row = rows[i];
    }
    forget_rows(rows, answer.count);
    return error;
}

/* Bodies may have moved to other packs meanwhile; what is gone keeps its row.  Rows stand
 * by their uids. */
static int look_again(struct pop3 *s)
{
    struct store_snapshot_answer answer;
    const struct snapshot_row *rows;
    int error = ask_rows(s, &rows, &answer);

    for (size_t i = 0, j = 0; rows && i < s->count && j < answer.count;) {
        struct snapshot_row *row = &s->messages[i].row;
        if (row->uid == rows[j].uid)
            *row = rows[j];
        i += row->uid <= rows[j].uid;
        j += row->uid > rows[j].uid;
    }
    forget_rows(rows, answer.count);
    return error;
}

void maildrop_release(uint64_t handle)
{
    struct channel *store = ipc_peer(ROLE_STORE, 0);

    if (store)
        tell_store_release(store, &(struct store_release){ .handle = handle });
}

void maildrop_close(struct pop3 *s)
{
    free(s->messages);
    s->messages = NULL;
    s->count = 0;
    fd_close(&s->pack_fd);
    if (s->handle)
        maildrop_release(s->handle);
    s->handle = 0;
}

struct maildrop_message *maildrop_find(const struct pop3 *s, uint64_t number)
{
    if (number < 1 || number > s->count)
        return NULL;
    struct maildrop_message *m = &s->messages[number - 1];
    return m->deleted ? NULL : m;
}

/* A session keeps the pack that it read from last: the next message is likely there. */
static int use_pack(struct pop3 *s, uint32_t pack)
{
    struct store_pack question = { .handle = s->handle,

                                   .pack = pack };
    struct store_pack_answer answer;

    if (s->pack_fd != -1 && s->pack == pack)
        return 0;
    int error = ask_store_pack(&question, &answer, NULL);
    if (error)
        return error;
    fd_close(&s->pack_fd);
    s->pack = pack;
    s->pack_fd = answer.pack;
    return 0;
}

static int open_large(struct pop3 *s, uint64_t name, int *fd_r)
{
    struct store_large question = { .handle = s->handle,

                                    .name = name };
    struct store_large_answer answer;
    int error = ask_store_large(&question, &answer, NULL);

    if (!error)
        *fd_r = answer.body;
    return error;
}

static int open_body(struct reading *r, struct pop3 *s, const struct snapshot_row *row)
{
    *r = (struct reading){
        .fd = -1,
        .owned = row->pack == 0,
        .at = row->pack ? row->offset : 0,
        .left = row->size,
        .uid = row->uid,
        .wanted = row->crc,
        .batch = { .max = BATCH },
    };
    if (r->owned)
        return open_large(s, row->offset, &r->fd);
    int error = use_pack(s, row->pack);
    r->fd = s->pack_fd;
    return error;
}

int reading_open(struct reading *r, struct pop3 *s, const struct maildrop_message *m)
{
    int error = open_body(r, s, &m->row);

    if (error == -ENOENT && look_again(s) == 0)
        error = open_body(r, s, &m->row);
    return error ? error : reading_next(r);
}

int reading_next(struct reading *r)
{
    size_t size = r->left < BATCH ? (size_t)r->left : BATCH;
    int error;

    buf_clear(&r->batch);
    if (size == 0)
        return 0;
    error = buf_reserve(&r->batch, size);
    if (!error)
        error = r->at > INT64_MAX - size
                    ? -EIO
                    : io_read(r->fd, r->batch.at, size, (off_t)r->at);
    if (error)
        return error;
    r->batch.len = size;
    r->at += size;
    r->left -= size;
    r->crc = crc32c(r->crc, r->batch.at, size);
    return r->left > 0 || r->crc == r->wanted ? 0 : -EBADMSG;
}

void reading_close(struct reading *r)
{
    buf_free(&r->batch);
    if (r->owned)
        fd_close(&r->fd);
}
