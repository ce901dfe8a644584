/* filing - see filing.h and account.h. */
#include "store/filing.h"

#include "store/folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { TRANSACTION = 4 << 20 }; /* octets of entries; then it commits */

/* ---- the pack */

int filing_flush(struct filing *f)
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
        error = filing_flush(f);
        if (!error)
            error = account_next_pack(a);
    }
    return !error && f->count == FILING_RECORDS ? filing_flush(f) : error;
}

int filing_append(struct filing *f, const struct pack_head *head, struct span body,
                  uint64_t *off_r)
{
    struct account *a = f->account;
    int error = make_room(f);
    if (error)
        return error;
    struct pack_head *h = &f->heads[f->count];
    struct iovec *piece = &f->pieces[2 * f->count++];
    *h = *head;
    h->uidvalidity = rows_inbox(&a->state)->uidvalidity;
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
                               .mailbox = h->mailbox,
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

/* What an entry says of its message. */
static struct pack_row row_of(const struct entry_head *h, uint32_t uid)
{
    struct pack_row none = { .uid = uid };
    return h->type == ENTRY_APPEND ? *entry_appended(h) : none;
}

static int add_message(struct filing *f, const struct entry_head *h, uint32_t uid,
                       uint64_t off)
{
    struct account *a = f->account;
    struct pack_row told = row_of(h, uid);
    struct mail m = { .id = h->lsn,
                      .received = h->received,
                      .pack = a->state.pack,
                      .off = off,
                      .size = h->size,
                      .crc = h->body_crc,
                      .large = h->large,
                      .flags = told.flags,
                      .saved = told.saved,
                      .modseq = h->lsn,
                      .mailbox = filing_mailbox(h),
                      .uid = uid };
    return rows_add(&a->index, &a->state, &m);
}

/* Uids come without gaps, but for what a damaged index has forgotten. */
void filing_note_uid(struct rows_mailbox *b, uint32_t uid)
{
    if (uid < b->uidnext) {
        b->pruned -= b->pruned > 0;
        return;
    }
    b->pruned += uid - b->uidnext;
    b->uidnext = uid + 1;
}

void filing_note(struct filing *f, uint32_t mailbox, uint64_t lsn)
{
    struct rows_mailbox *b = rows_touch(&f->account->state, mailbox);
    b->modseq = lsn > b->modseq ? lsn : b->modseq;
}

/* That of an ENTRY_APPEND. */
static int tell_row(struct filing *f, const struct entry_head *h)
{
    return filing_tell(f, h, PACK_ROWS, filing_mailbox(h),
                       span_at(entry_appended(h), sizeof(struct pack_row)));
}

static int deliver(struct filing *f, const struct entry_head *h, const struct target *t)
{
    struct account *a = f->account;
    struct pack_head head = head_of_message(h, t->uid);
    uint64_t off = 0;
    int error = filing_ensure(f, filing_mailbox(h));
    if (error)
        return error;
    error = h->large ? large_link(a->shelf->store, a->id, h->large) : 0;
    if (!error || error == -ENOENT) /* lost: that costs this message alone */
        error = filing_append(f, &head, body_of(h), &off);
    if (!error)
        error = add_message(f, h, t->uid, off);
    if (!error && h->type == ENTRY_APPEND)
        error = tell_row(f, h);
    filing_note_uid(rows_touch(&a->state, filing_mailbox(h)), t->uid);
    filing_note(f, filing_mailbox(h), h->lsn);
    return error;
}

/* ---- entries that were filed before the crash */

struct again {
    struct filing *filing;
    const struct entry_head *head;
};

static int write_again(struct account *a, const struct entry_head *h, uint32_t uid,
                       const struct mail *m)
{
    int fd = pack_open(a->shelf->store, a->id, m->pack, O_RDWR | O_CREAT);
    if (fd < 0)
        return fd;
    struct pack_head head = head_of_message(h, uid);
    head.uidvalidity = rows_inbox(&a->state)->uidvalidity;
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

/* As they are by now. */
static int tell_again(const struct mail *m, void *arg)
{
    struct again *again = arg;
    const struct pack_row told = { m->uid, m->saved, m->flags, m->id };
    int error = filing_tell(again->filing, again->head, PACK_ROWS,
                            filing_mailbox(again->head), span_at(&told, sizeof told));
    return error ? error : filing_flush(again->filing);
}

static int append_again(struct filing *f, const struct entry_head *h, uint32_t uid)
{
    const struct uid_range one = { uid, uid };
    struct again again = { f, h };
    if (h->type != ENTRY_APPEND)
        return 0;
    return rows_range(&f->account->index, filing_mailbox(h), &one, tell_again, &again);
}

/* No row: it has been expunged since, or its mailbox deleted; or a rebuilt index could not
 * know of it. */
static int deliver_lost(struct filing *f, const struct entry_head *h,
                        const struct target *t)
{
    int64_t one;
    if (!rows_mailbox(&f->account->state, filing_mailbox(h)))
        return 0;
    int gone = index_find(&f->account->index, INDEX_FIND_EXPUNGED,
                          INDEX_VALUES(filing_mailbox(h), t->uid), &one, 1);
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
    if (!error)
        error = write_again(a, h, t->uid, &m);
    return error ? error : append_again(f, h, t->uid);
}

/* The rows may be durable when the pack's octets are not; so what a change has written is
 * written once more, too: behind all others. */
static int file_again(struct filing *f, const struct entry_head *h,
                      const struct target *t)
{
    switch (h->type) {
    case ENTRY_DELIVER:
    case ENTRY_APPEND:
        return deliver_again(f, h, t);
    case ENTRY_EXPUNGE:
        return file_expunge(f, h);
    case ENTRY_FLAGS:
        return file_flags(f, h, true);
    case ENTRY_NAMES:
        return file_names(f, h);
    case ENTRY_COPY:
        return file_copy(f, h);
    default:
        return 0;
    }
}

static int file_first(struct filing *f, const struct entry_head *h,
                      const struct target *t)
{
    switch (h->type) {
    case ENTRY_DELIVER:
    case ENTRY_APPEND:
        return deliver(f, h, t);
    case ENTRY_EXPUNGE:
        return file_expunge(f, h);
    case ENTRY_FLAGS:
        return file_flags(f, h, false);
    case ENTRY_NAMES:
        return file_names(f, h);
    case ENTRY_COPY:
        return file_copy(f, h);
    default:
        return 0;
    }
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
    int error = file_first(f, h, t);
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
    return filing_flush(f);
}

static int transact(struct account *a, struct pending **at, size_t most)
{
    struct filing f; /* its pieces are worth no zeros */
    f.account = a;
    f.count = 0;
    f.waiting = f.freed = 0;
    struct account_before before;
    struct pending *next = *at;
    int error = account_begin(a, &before);
    if (!error)
        error = file_some(&f, &next, most);
    error = account_end(a, &before, error);
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
