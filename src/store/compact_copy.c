/* compact_copy - what is needed of old packs, into a new one; see compact.h. */
#include "store/compact.h"

#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct copying {
    const struct shelf *shelf;
    struct compaction *compaction;
    uint32_t pack; /* that is open; 0: none */
    int from;
    struct pack_writer to;
    char *body;
};

static int use_pack(struct copying *k, uint32_t pack)
{
    if (k->pack == pack)
        return 0;
    fd_close(&k->from);
    k->from = pack_open(k->shelf->store, k->compaction->account, pack, O_RDONLY);
    k->pack = k->from < 0 ? 0 : pack;
    return k->from < 0 ? k->from : 0;
}

/* As it is, even if that is not what came in: the checksum goes with it. */
static int read_body(struct copying *k, const struct mail *m, size_t octets)
{
    int error = use_pack(k, m->pack);
    if (error || octets == 0)
        return error;
    memset(k->body, 0, octets);
    ssize_t n = pread(k->from, k->body, octets, (off_t)m->off);
    return n < 0 ? -errno : 0;
}

static int copy_one(struct copying *k, struct moving *moving)
{
    const struct mail *m = &moving->mail;
    size_t octets = m->large ? 0 : m->size;
    if (octets >= LARGE_BODY_LEAST)
        return -EUCLEAN;
    struct pack_head head = { .type = m->large ? PACK_LARGE : PACK_MESSAGE,
                              .mailbox = m->mailbox,
                              .body_crc = m->crc,
                              .lsn = m->id,
                              .uid = m->saved ? 0 : m->uid, /* its row tells */
                              .received = m->received,
                              .size = m->size,
                              .large = m->large };
    int error = read_body(k, m, octets);
    return error ? error
                 : pack_write(&k->to, &head, span_at(k->body, octets), &moving->off);
}

static int sync_all(const struct copying *k)
{
    OWN(fd_close) int folder = folder_open(k->shelf->store, k->compaction->account);
    if (folder < 0)
        return folder;
    return fdatasync(k->to.fd) == 0 && fsync(folder) == 0 ? 0 : -EIO;
}

static int copy_all(struct copying *k, bool (*pause)(size_t octets, void *arg),
                    void *arg)
{
    struct compaction *c = k->compaction;
    uint64_t last = 0;
    int error = 0;
    for (size_t i = 0; i < c->count && !error; i++) {
        error = copy_one(k, &c->moving[i]);
        if (!error && !pause((size_t)(k->to.at - last), arg))
            error = -ECANCELED;
        last = k->to.at;
    }
    return error ? error : sync_all(k);
}

int compaction_copy(struct compaction *c, const struct shelf *shelf,
                    bool (*pause)(size_t octets, void *arg), void *arg)
{
    struct copying k = { .shelf = shelf, .compaction = c, .from = -1 };
    if (c->count == 0)
        return 0;
    k.to = (struct pack_writer){ .seed = c->seed, .uidvalidity = c->uidvalidity };
    OWN(fd_close)
    int fd = pack_open(shelf->store, c->account, c->pack, O_RDWR | O_CREAT | O_EXCL);
    k.to.fd = fd;
    k.body = malloc(LARGE_BODY_LEAST);
    int error = fd < 0 ? fd : k.body ? copy_all(&k, pause, arg) : -ENOMEM;
    fd_close(&k.from);
    free(k.body);
    return error;
}
