/* filing - journal entries into an account's index and pack; see account.h. */
#include "store/account_of.h"
#include "store/crc32c.h"
#include "store/env.h"
#include "store/folder.h"
#include "store/pack.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    RECORDS = 128,        /* in one pwritev, each with head and body */
    TRANSACTION = 4 << 20 /* octets of entries; then it commits */
};

/* One transaction under way. */
struct filing {
    struct account *account;
    struct pack_head heads[RECORDS];
    struct iovec pieces[2 * RECORDS]; /* records that go to pack_end - waiting */
    int count;
    uint64_t waiting, freed;
    bool inbox_changed;
};

/* ---- the pack */

static int flush(struct filing *f)
{
    struct account *a = f->account;
    if (f->count == 0)
        return 0;
    int error = pack_write_pieces(a->pack_fd, f->pieces, 2 * f->count, f->waiting,
                                  a->pack_end - f->waiting);
    f->count = 0;
    f->waiting = 0;
    return error;
}

/* Room for one more record in the pieces, and below the pack's size. */
static int make_room(struct filing *f)
{
    struct account *a = f->account;
    int error = account_open_pack(a);
    if (!error && a->pack_end >= PACK_SIZE) {
        error = flush(f);
        if (!error)
            error = account_next_pack(a);
    }
    return !error && f->count == RECORDS ? flush(f) : error;
}

static int append(struct filing *f, const struct pack_head *head, struct span body,
                  uint64_t *off_r)
{
    struct account *a = f->account;
    int error = make_room(f);
    if (error)
        return error;
    struct pack_head *h = &f->heads[f->count];
    struct iovec *piece = &f->pieces[2 * f->count++];
    *h = *head;
    h->uidvalidity = a->state.uidvalidity;
    pack_seal(h, a->seed);
    piece[0] = (struct iovec){ h, sizeof *h };
    piece[1] = (struct iovec){ (void *)(uintptr_t)body.at, body.len };
    f->waiting += sizeof *h + body.len;
    *off_r = a->pack_end + sizeof *h;
    a->pack_end += sizeof *h + body.len;
    a->state.end = a->pack_end;
    return 0;
}

/* ---- entries, for the first time */

static struct pack_head head_of_message(const struct entry_head *h, uint32_t uid)
{
    return (struct pack_head){ .type = h->large ? PACK_LARGE : PACK_MESSAGE,
                               .body_crc = h->body_crc,
                               .lsn = h->lsn,
                               .uid = uid,
                               .received = h->received,
                               .size = h->size,
                               .large = h->large };
}

static struct span body_of(const struct entry_head *h)
{
    return span_at(entry_body(h), entry_body_size(h));
}

static int add_message(struct filing *f, const struct entry_head *h, uint32_t uid,
                       uint64_t off)
{
    struct account *a = f->account;
    struct mail m = { .id = h->lsn,
                      .received = h->received,
                      .pack = a->state.pack,
                      .off = off,
                      .size = h->size,
                      .crc = h->body_crc,
                      .large = h->large,
                      .uid = uid };
    return rows_add(&a->index, &a->state, &m);
}

/* Uids come without gaps, but for what a damaged index has forgotten. */
static void note_uid(struct rows_state *s, uint32_t uid)
{
    if (uid < s->uidnext) {
        s->pruned -= s->pruned > 0;
        return;
    }
    s->pruned += uid - s->uidnext;
    s->uidnext = uid + 1;
}

static void note_change(struct filing *f, uint64_t lsn)
{
    struct rows_state *s = &f->account->state;
    s->modseq = lsn > s->modseq ? lsn : s->modseq;
    f->inbox_changed = true;
}

static int deliver(struct filing *f, const struct entry_head *h, const struct target *t)
{
    struct account *a = f->account;
    struct pack_head head = head_of_message(h, t->uid);
    uint64_t off = 0;
    int error = h->large ? large_link(a->shelf->store, a->id, h->large) : 0;
    if (!error || error == -ENOENT) /* lost: that costs this message alone */
        error = append(f, &head, body_of(h), &off);
    if (!error)
        error = add_message(f, h, t->uid, off);
    note_uid(&a->state, t->uid);
    note_change(f, h->lsn);
    return error;
}

/* What the pack holds of it from now on for nothing. */
static uint64_t dead_octets(const struct mail *m)
{
    return PACK_HEAD + (m->large ? 0 : m->size);
}

/* 1, or 0: it is not there.  A file of its own goes before the commit: should that fail, the entry is filed again,
 * for it is durable. */
static int expunge_one(struct filing *f, uint32_t uid, uint64_t lsn)
{
    struct account *a = f->account;
    struct mail m;
    int found = rows_take(&a->index, &a->state, uid, &m);
    if (found <= 0)
        return found;
    int error = m.large ? large_remove(a->shelf->store, a->id, m.large) : 0;
    if (!error)
        error = INDEX_DO(&a->index, INDEX_ADD_EXPUNGED, uid, (int64_t)lsn);
    if (!error)
        error = env_drop(a, m.id);
    a->state.dead += dead_octets(&m);
    f->freed += m.size;
    note_change(f, lsn);
    return error ? error : 1;
}

/* 1: it is gone, now or since before; 0: it never was. */
static int is_expunged(struct filing *f, uint32_t uid, uint64_t lsn)
{
    int64_t one;
    int gone = expunge_one(f, uid, lsn);
    return gone ? gone
                : index_find(&f->account->index, INDEX_FIND_EXPUNGED, uid, &one, 1);
}

static int write_tombstone(struct filing *f, uint64_t lsn, struct span uids)
{
    struct pack_head head = { .type = PACK_EXPUNGED,
                              .body_crc = crc32c(0, uids.at, uids.len),
                              .lsn = lsn,
                              .size = uids.len };
    uint64_t off;
    int error = append(f, &head, uids, &off);
    f->account->state.dead += sizeof head + uids.len;
    return error ? error : flush(f); /* the uids are the caller's */
}

static int expunge(struct filing *f, const struct entry_head *h)
{
    uint32_t *gone = malloc(h->uids * sizeof *gone + 1);
    size_t count = 0;
    int error = gone ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < h->uids && !error; i++) {
        int is = is_expunged(f, entry_uids(h)[i], h->lsn);
        error = is < 0 ? is : 0;
        if (is > 0)
            gone[count++] = entry_uids(h)[i];
    }
    if (!error && count > 0)
        error = write_tombstone(f, h->lsn, span_at(gone, count * sizeof *gone));
    free(gone);
    return error;
}

/* ---- entries that were filed before the crash */

static int write_again(struct account *a, const struct entry_head *h, uint32_t uid,
                       const struct mail *m)
{
    int fd = pack_open(a->shelf->store, a->id, m->pack, O_RDWR | O_CREAT);
    if (fd < 0)
        return fd;
    struct pack_head head = head_of_message(h, uid);
    head.uidvalidity = a->state.uidvalidity;
    pack_seal(&head, a->seed);
    struct span body = body_of(h);
    const struct iovec pieces[] = { { &head, sizeof head },
                                    { (void *)(uintptr_t)body.at, body.len } };
    int error = m->off < sizeof head
                    ? -EUCLEAN
                    : pack_write_pieces(fd, pieces, 2, sizeof head + body.len,
                                        m->off - sizeof head);
    close(fd);
    return error;
}

/* No row: it has been expunged since; or a rebuilt index could not know of it. */
static int deliver_lost(struct filing *f, const struct entry_head *h,
                        const struct target *t)
{
    int64_t one;
    int gone = index_find(&f->account->index, INDEX_FIND_EXPUNGED, t->uid, &one, 1);
    return gone == 0 ? deliver(f, h, t) : gone < 0 ? gone : 0;
}

static int deliver_again(struct filing *f, const struct entry_head *h,
                         const struct target *t)
{
    struct account *a = f->account;
    struct mail m;
    int found = rows_find_email(&a->index, h->lsn, &m);
    if (found < 0)
        return found;
    if (found == 0)
        return deliver_lost(f, h, t);
    if (m.size != h->size || m.large != h->large)
        return -EUCLEAN;
#ifdef PLANT_NO_REDO
    return 0;
#endif
    int error = h->large ? large_link(a->shelf->store, a->id, h->large) : 0;
    return error ? error : write_again(a, h, t->uid, &m);
}

/* The rows may be durable when the pack's octets are not; so a tombstone is written once
 * more, too: behind all others. */
static int file_again(struct filing *f, const struct entry_head *h,
                      const struct target *t)
{
    if (h->type == ENTRY_DELIVER)
        return deliver_again(f, h, t);
    return h->type == ENTRY_EXPUNGE ? expunge(f, h) : 0;
}

/* ---- the transaction */

static int file_one(struct filing *f, const struct pending *p)
{
    struct account *a = f->account;
    const struct entry_head *h = p->entry->head;
    const struct target *t = &entry_targets(h)[p - p->entry->pending];
    assert(t->account == a->id);
    if (h->lsn <= a->state.applied)
        return file_again(f, h, t);
    int error = 0;
    if (h->type == ENTRY_DELIVER)
        error = deliver(f, h, t);
    else if (h->type == ENTRY_EXPUNGE)
        error = expunge(f, h);
    a->state.applied = h->lsn;
    return error;
}

/* Entries of up to about so many octets, one at least. */
static int file_some(struct filing *f, struct pending **at, size_t most)
{
    size_t octets = 0;
    int error = 0;
    while (*at && octets < most && (*at)->entry->head->type != ENTRY_FORGET) {
        error = file_one(f, *at);
        if (error)
            return error;
        octets += (*at)->entry->head->length;
        *at = (*at)->next;
    }
    return flush(f);
}

static int transact(struct account *a, struct pending **at, size_t most)
{
    struct filing f; /* its pieces are worth no zeros */
    f.account = a;
    f.count = 0;
    f.waiting = f.freed = 0;
    f.inbox_changed = false;
    struct account_before before;
    struct pending *next = *at;
    int error = account_begin(a, &before);
    if (!error)
        error = file_some(&f, &next, most);
    error = account_end(a, &before, error, f.inbox_changed);
    if (error)
        return error;
    *at = next;
    a->freed += f.freed;
    return 0;
}

/* Where a disk has no room for all of them it may have some for the first. */
int account_file(struct account *a, struct pending **at)
{
    int error = transact(a, at, TRANSACTION);
    if (error == -ENOSPC && *at && (*at)->next)
        error = transact(a, at, 1);
    if (error)
        return error;
    error = index_tidy(&a->index);
    return error == -EIO ? error : 0; /* anything else can wait for the next time */
}
