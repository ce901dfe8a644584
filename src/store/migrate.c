/*
 * migrate - the folder of a version whose packs held bodies and nothing else.
 *
 * Every message is written to a new pack, with its record; so is a roster.  The old packs
 * are dead octets from then on.
 */
#include "store/draft.h"

#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"
#include "store/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct migration {
    struct draft *draft;
    struct index *from;
    uint32_t old_pack; /* that is open; 0: none */
    int old_fd, fd;
    struct pack_writer writer;
    char *body;
};

static const char old_state[] =
    "SELECT a.v, p.v, b.uidvalidity, b.uidnext, b.modseq FROM meta a, meta p, mailbox b"
    " WHERE a.k = 'applied_lsn' AND p.k = 'pack' AND b.id = 1";
static const char old_mails[] =
    "SELECT m.uid, e.id, e.received, e.pack, e.off, e.size, e.crc"
    " FROM msg m JOIN email e ON e.id = m.email WHERE m.mbox = 1 ORDER BY e.id";
static const char old_expunged[] = "SELECT uid, modseq FROM expunged WHERE mbox = 1";

static int take_state(const int64_t *row, void *arg)
{
    struct rows_state *s = arg;
    rows_close(s); /* should there be two rows */
    int error = rows_begin(s, (uint32_t)row[2]);
    if (error)
        return error;
    s->applied = (uint64_t)row[0];
    s->pack = (uint32_t)row[1];
    rows_touch(s, INBOX)->uidnext = (uint32_t)row[3];
    rows_touch(s, INBOX)->modseq = (uint64_t)row[4];
    return 0;
}

/* ---- the new packs */

static int begin_pack(struct migration *m)
{
    struct draft *d = m->draft;
    d->state.pack++;
    d->state.next = d->state.pack + 1;
    m->fd = pack_open(d->shelf->store, d->account, d->state.pack,
                      O_RDWR | O_CREAT | O_TRUNC);
    m->writer = (struct pack_writer){ .fd = m->fd,
                                      .seed = d->seed,
                                      .uidvalidity = d->state.uidvalidity };
    return m->fd < 0 ? m->fd : 0;
}

static int end_pack(struct migration *m)
{
    m->draft->state.end = m->writer.at;
    int error = fdatasync(m->fd) == 0 ? 0 : -EIO; /* final, whatever it was */
    fd_close(&m->fd);
    return error;
}

static int next_pack(struct migration *m)
{
    int error = end_pack(m);
    return error ? error : begin_pack(m);
}

/* ---- the messages */

static int use_old_pack(struct migration *m, uint32_t pack)
{
    struct draft *d = m->draft;
    if (m->old_pack == pack)
        return 0;
    fd_close(&m->old_fd);
    m->old_fd = pack_open(d->shelf->store, d->account, pack, O_RDONLY);
    m->old_pack = m->old_fd < 0 ? 0 : pack;
    return m->old_fd < 0 && m->old_fd != -ENOENT ? m->old_fd : 0;
}

/* What cannot be read is zeros, and its checksum tells. */
static int read_body(struct migration *m, const struct mail *mail, uint64_t off)
{
    memset(m->body, 0, mail->size);
    int error = use_old_pack(m, mail->pack);
    if (error || m->old_fd < 0)
        return error;
    ssize_t n = pread(m->old_fd, m->body, mail->size, (off_t)off);
    return n < 0 ? -errno : 0;
}

static int write_mail(struct migration *m, struct mail *mail)
{
    struct pack_head head = { .type = mail->large ? PACK_LARGE : PACK_MESSAGE,
                              .body_crc = mail->crc,
                              .lsn = mail->id,
                              .uid = mail->uid,
                              .received = mail->received,
                              .size = mail->size,
                              .large = mail->large };
    size_t octets = mail->large ? 0 : mail->size;
    int error = m->writer.at >= PACK_SIZE ? next_pack(m) : 0;
    if (!error)
        error = pack_write(&m->writer, &head, span_at(m->body, octets), &mail->off);
    mail->pack = m->draft->state.pack;
    return error;
}

static int migrate_one(const int64_t *row, void *arg)
{
    struct migration *m = arg;
    struct draft *d = m->draft;
    bool large = row[3] == 0;
    struct mail mail = { .uid = (uint32_t)row[0],
                         .id = (uint64_t)row[1],
                         .received = row[2],
                         .pack = (uint32_t)row[3],
                         .size = (uint64_t)row[5],
                         .crc = (uint32_t)row[6],
                         .mailbox = INBOX,
                         .modseq = (uint64_t)row[1],
                         .large = large ? (uint64_t)row[4] : 0 };
    if (!large && mail.size >= LARGE_BODY_LEAST)
        return -EUCLEAN;
    int error = large ? 0 : read_body(m, &mail, (uint64_t)row[4]);
    if (!error)
        error = write_mail(m, &mail);
    if (!error)
        error = rows_add(&d->index, &d->state, &mail);
    d->mails++;
    return *d->ended ? -ECANCELED : error;
}

static int add_expunged(const int64_t *row, void *arg)
{
    struct draft *d = arg;
    return INDEX_DO(&d->index, INDEX_ADD_EXPUNGED, INBOX, row[0], row[1], 0);
}

/* There were no flags then. */
static int write_roster(struct migration *m)
{
    struct draft *d = m->draft;
    struct roster roster;
    uint64_t off;
    int error = rows_roster(&d->index, &d->state, INBOX, &roster);
    if (!error) {
        struct pack_head head = roster_head(&roster, &d->state);
        error = pack_write(&m->writer, &head, roster_body(&roster), &off);
    }
    roster_close(&roster);
    return error;
}

static int add_dead(uint32_t pack, uint64_t size, void *arg)
{
    struct rows_state *s = arg;
    s->dead += pack <= s->pack ? size : 0;
    return 0;
}

static int migrate_all(struct migration *m)
{
    struct draft *d = m->draft;
    int error = pack_each(d->shelf->store, d->account, add_dead, &d->state);
    if (!error)
        error = begin_pack(m);
    if (!error)
        error = index_query(m->from, old_mails, 7, migrate_one, m);
    if (!error)
        error = index_query(m->from, old_expunged, 2, add_expunged, d);
    if (!error)
        error = write_roster(m);
    return error ? error : end_pack(m);
}

int draft_migrate(struct draft *d, struct index *from)
{
    struct migration m = { .draft = d, .from = from, .old_fd = -1, .fd = -1 };
    m.body = malloc(LARGE_BODY_LEAST);
    int error = m.body ? 0 : -ENOMEM;
    if (!error)
        error = index_query(from, old_state, 5, take_state, &d->state);
    if (!error && (d->state.mailbox_count == 0 || d->state.uidvalidity == 0))
        error = -EUCLEAN;
    if (!error)
        error = migrate_all(&m);
    fd_close(&m.old_fd);
    fd_close(&m.fd);
    free(m.body);
    return error;
}
