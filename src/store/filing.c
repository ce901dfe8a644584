/* filing - journal entries into an account's index and pack; see account.h. */
#include "store/account_of.h"
#include "store/folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    PIECES = 256,         /* bodies in one pwritev */
    TRANSACTION = 4 << 20 /* octets of entries; then it commits */
};

/* One transaction under way. */
struct filing {
    struct account *account;
    struct iovec pieces[PIECES]; /* bodies that go to pack_end - waiting */
    int count;
    uint64_t waiting;
    bool inbox_changed;
};

/* ---- the pack */

/* Octets below its end are never written again: sessions hold descriptors to them, and
 * after a crash a row may be durable that points past the end of the file. */
static int find_pack_end(struct account *a)
{
    struct stat st;
    int64_t row = 0;
    if (fstat(a->pack_fd, &st) != 0)
        return -errno;
    int found = index_find(&a->index, INDEX_PACK_END, a->state.pack, &row, 1);
    if (found < 0)
        return found;
    a->state.pack_end = (uint64_t)(row > st.st_size ? row : st.st_size);
    return 0;
}

static int open_pack(struct account *a)
{
    if (a->pack_fd < 0) {
        int fd = pack_open(a->shelf->store, a->id, a->state.pack, O_RDWR | O_CREAT);
        if (fd < 0)
            return fd;
        a->pack_fd = fd;
    }
    return a->state.pack_end == PACK_END_UNKNOWN ? find_pack_end(a) : 0;
}

static int next_pack(struct account *a)
{
    close(a->pack_fd);
    a->pack_fd = -1;
    a->state.pack++;
    a->state.pack_end = PACK_END_UNKNOWN;
    int error = INDEX_DO(&a->index, INDEX_SET_PACK, a->state.pack);
    return error ? error : open_pack(a);
}

static int write_pieces(int fd, const struct iovec *pieces, int count, uint64_t octets,
                        uint64_t at)
{
    ssize_t n = pwritev(fd, pieces, count, (off_t)at);
    if (n < 0)
        return -errno;
    return (uint64_t)n == octets ? 0 : -ENOSPC; /* tried again from its beginning */
}

static int flush(struct filing *f)
{
    struct account *a = f->account;
    if (f->count == 0)
        return 0;
    int error = write_pieces(a->pack_fd, f->pieces, f->count, f->waiting,
                             a->state.pack_end - f->waiting);
    f->count = 0;
    f->waiting = 0;
    return error;
}

static int append(struct filing *f, struct span body, uint64_t *off_r)
{
    struct account *a = f->account;
    int error = open_pack(a);
    if (!error && a->state.pack_end >= PACK_SIZE) {
        error = flush(f);
        if (!error)
            error = next_pack(a);
    }
    if (!error && f->count == PIECES)
        error = flush(f);
    if (error)
        return error;
    f->pieces[f->count++] = (struct iovec){ (void *)(uintptr_t)body.at, body.len };
    f->waiting += body.len;
    *off_r = a->state.pack_end;
    a->state.pack_end += body.len;
    return 0;
}

/* ---- entries, for the first time */

static int deliver(struct filing *f, const struct entry_head *h, const struct target *t)
{
    struct account *a = f->account;
    uint64_t off = h->large;
    int error = h->large ? large_link(a->shelf->store, a->id, h->large)
                         : append(f, span_at(entry_body(h), h->size), &off);
    if (error == -ENOENT)
        error = -EUCLEAN; /* its body is nowhere any more */
    if (!error)
        error = INDEX_DO(&a->index, INDEX_ADD_EMAIL, (int64_t)h->lsn, h->received,
                         h->large ? 0 : a->state.pack, (int64_t)off, (int64_t)h->size,
                         h->body_crc);
    if (!error)
        error = INDEX_DO(&a->index, INDEX_ADD_MSG, t->uid, (int64_t)h->lsn,
                         (int64_t)h->lsn);
    if (t->uid >= a->state.uidnext)
        a->state.uidnext = t->uid + 1;
    a->state.modseq = h->lsn;
    f->inbox_changed = true;
    return error;
}

/* Before the commit: should that fail, the entry is filed again, for it is durable. */
static int remove_email(struct account *a, int64_t email)
{
    int64_t row[2];
    int found = index_find(&a->index, INDEX_TAKE_EMAIL, email, row, 2);
    if (found <= 0 || row[0] != 0)
        return found < 0 ? found : 0;
    return large_remove(a->shelf->store, a->id, (uint64_t)row[1]);
}

static int expunge_one(struct filing *f, uint32_t uid, uint64_t lsn)
{
    struct account *a = f->account;
    int64_t email;
    int found = index_find(&a->index, INDEX_TAKE_MSG, uid, &email, 1);
    if (found <= 0)
        return found; /* gone already: no error */
    int error = remove_email(a, email);
    if (!error)
        error = INDEX_DO(&a->index, INDEX_ADD_EXPUNGED, uid, (int64_t)lsn);
    a->state.modseq = lsn;
    f->inbox_changed = true;
    return error;
}

static int expunge(struct filing *f, const struct entry_head *h)
{
    const uint32_t *uids = entry_uids(h);
    int error = 0;
    for (uint32_t i = 0; i < h->uids && !error; i++)
        error = expunge_one(f, uids[i], h->lsn);
    return error;
}

/* ---- entries that were filed before the crash */

static int write_body_again(struct account *a, const struct entry_head *h,
                            uint32_t pack, uint64_t off)
{
    int fd = pack_open(a->shelf->store, a->id, pack, O_RDWR | O_CREAT);
    if (fd < 0)
        return fd;
    struct iovec body = { entry_body(h), h->size };
    int error = write_pieces(fd, &body, 1, h->size, off);
    close(fd);
    return error;
}

static int file_again(struct account *a, const struct entry_head *h)
{
    int64_t row[3];
    if (h->type != ENTRY_DELIVER)
        return 0;
    int found = index_find(&a->index, INDEX_FIND_EMAIL, (int64_t)h->lsn, row, 3);
    if (found <= 0)
        return found; /* no row: it has been expunged since */
    if ((uint64_t)row[2] != h->size)
        return -EUCLEAN;
#ifdef PLANT_NO_REDO
    return 0;
#endif
    if (h->large)
        return large_link(a->shelf->store, a->id, h->large);
    return write_body_again(a, h, (uint32_t)row[0], (uint64_t)row[1]);
}

/* ---- the transaction */

static int file_one(struct filing *f, const struct pending *p)
{
    struct account *a = f->account;
    const struct entry_head *h = p->entry->head;
    const struct target *t = &entry_targets(h)[p - p->entry->pending];
    assert(t->account == a->id);
    if (h->lsn <= a->state.applied)
        return file_again(a, h);
    int error = 0;
    if (h->type == ENTRY_DELIVER)
        error = deliver(f, h, t);
    else if (h->type == ENTRY_EXPUNGE)
        error = expunge(f, h);
    a->state.applied = h->lsn;
    return error;
}

static int file_some(struct filing *f, struct pending **at)
{
    size_t octets = 0;
    int error = 0;
    while (*at && octets < TRANSACTION && (*at)->entry->head->type != ENTRY_FORGET) {
        error = file_one(f, *at);
        if (error)
            return error;
        octets += (*at)->entry->head->length;
        *at = (*at)->next;
    }
    return flush(f);
}

static int write_state(struct filing *f)
{
    struct account *a = f->account;
    int error = 0;
    if (f->inbox_changed)
        error = INDEX_DO(&a->index, INDEX_SET_INBOX, a->state.uidnext,
                         (int64_t)a->state.modseq);
    if (!error)
        error = INDEX_DO(&a->index, INDEX_SET_STATE, (int64_t)a->state.applied);
    return error ? error : index_do(&a->index, INDEX_COMMIT, NULL, 0);
}

/* As it was before: the pack may be another one now. */
static void put_back(struct account *a, const struct account_state *before)
{
    index_do(&a->index, INDEX_ROLLBACK, NULL, 0);
    if (a->state.pack != before->pack && a->pack_fd >= 0) {
        close(a->pack_fd);
        a->pack_fd = -1;
    }
    a->state = *before;
}

int account_file(struct account *a, struct pending **at)
{
    struct filing f = { .account = a };
    struct account_state before = a->state;
    struct pending *next = *at;
    int error = index_do(&a->index, INDEX_BEGIN, NULL, 0);
    if (!error)
        error = file_some(&f, &next);
    if (!error)
        error = write_state(&f);
    if (error) {
        put_back(a, &before);
        return error;
    }
    *at = next;
    error = index_tidy(&a->index);
    return error == -EIO ? error : 0; /* anything else can wait for the next time */
}
