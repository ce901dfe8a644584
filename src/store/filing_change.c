/* filing_change - what changes messages that are there; see filing.h. */
#include "store/filing.h"

#include "store/crc32c.h"
#include "store/env.h"
#include "store/folder.h"

#include <errno.h>
#include <stdlib.h>

/* ---- expunge */

/* What the pack holds of it from now on for nothing. */
static uint64_t dead_octets(const struct mail *m)
{
    return PACK_HEAD + (m->large ? 0 : m->size);
}

/* What goes with the last mailbox that had the message.  A file of its own goes before the
 * commit: should that fail, the entry is filed again, for it is durable. */
int filing_drop_email(struct filing *f, const struct mail *m)
{
    struct account *a = f->account;
    int error = m->large ? large_remove(a->shelf->store, a->id, m->large) : 0;
    if (!error)
        error = env_drop(a, m->id);
    a->state.dead += dead_octets(m);
    f->freed += m->size;
    return error;
}

/* 1, or 0: it is not there. */
static int expunge_one(struct filing *f, uint32_t mailbox, uint32_t uid, uint64_t lsn)
{
    struct account *a = f->account;
    struct mail m;
    int found = rows_take(&a->index, &a->state, mailbox, uid, &m);
    if (found <= 0)
        return found;
    int error = m.refs == 0 ? filing_drop_email(f, &m) : 0;
    if (!error)
        error = INDEX_DO(&a->index, INDEX_ADD_EXPUNGED, mailbox, uid, (int64_t)lsn,
                         (int64_t)m.id);
    filing_note(f, mailbox, lsn);
    return error ? error : 1;
}

/* 1: it is gone, now or since before; 0: it never was. */
static int is_expunged(struct filing *f, uint32_t mailbox, uint32_t uid, uint64_t lsn)
{
    int64_t one;
    int gone = expunge_one(f, mailbox, uid, lsn);
    return gone ? gone
                : index_find(&f->account->index, INDEX_FIND_EXPUNGED,
                             INDEX_VALUES(mailbox, uid), &one, 1);
}

int filing_tell(struct filing *f, const struct entry_head *h, enum pack_type type,
                uint32_t mailbox, struct span body)
{
    struct pack_head head = { .type = type,
                              .mailbox = mailbox,
                              .body_crc = crc32c(0, body.at, body.len),
                              .lsn = h->lsn,
                              .size = body.len };
    uint64_t off;
    int error = filing_append(f, &head, body, &off);
    f->account->state.dead += sizeof head + body.len;
    return error;
}

/* The body is the caller's. */
static int tell_now(struct filing *f, const struct entry_head *h, enum pack_type type,
                    uint32_t mailbox, struct span body)
{
    int error = filing_tell(f, h, type, mailbox, body);
    return error ? error : filing_flush(f);
}

static int expunge(struct filing *f, const struct entry_head *h, uint32_t mailbox)
{
    if (!rows_mailbox(&f->account->state, mailbox))
        return 0;
    uint32_t *gone = malloc(h->uids * sizeof *gone + 1);
    size_t count = 0;
    int error = gone ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < h->uids && !error; i++) {
        int is = is_expunged(f, mailbox, entry_uids(h)[i], h->lsn);
        error = is < 0 ? is : 0;
        if (is > 0)
            gone[count++] = entry_uids(h)[i];
    }
    if (!error && count > 0)
        error =
            tell_now(f, h, PACK_EXPUNGED, mailbox, span_at(gone, count * sizeof *gone));
    free(gone);
    return error;
}

int file_expunge(struct filing *f, const struct entry_head *h)
{
    return expunge(f, h, filing_mailbox(h));
}

/* ---- flags */

enum { FLAGS_AT_ONCE = 512 };

/* Some of the messages that an ENTRY_FLAGS names. */
struct flagging {
    const struct flags_change *change;
    bool again;
    uint32_t next; /* uid that was not looked at */
    size_t count;
    struct mail mails[FLAGS_AT_ONCE];
};

/* Filed again, it is done once more: the entries behind it are, too, and of each flag the
 * last of them decides.  An index that was made anew may not know of it, whatever modseq
 * its rows have. */
static uint64_t flags_after(const struct flagging *k, const struct mail *m)
{
    const struct flags_change *c = k->change;
    if (m->modseq > c->unchanged_since)
        return m->flags;
    return (m->flags & ~c->remove) | c->add;
}

/* Filed again, it writes what the flags have become since. */
static int take_one(const struct mail *m, void *arg)
{
    struct flagging *k = arg;
    if (k->count == FLAGS_AT_ONCE)
        return 1;
    k->next = m->uid + 1;
    if (k->again || flags_after(k, m) != m->flags)
        k->mails[k->count++] = *m;
    return 0;
}

static int change_taken(struct filing *f, const struct entry_head *h,
                        const struct flagging *k)
{
    struct account *a = f->account;
    struct pack_row told[FLAGS_AT_ONCE];
    int error = 0;
    for (size_t i = 0; i < k->count && !error; i++) {
        const struct mail *m = &k->mails[i];
        told[i] = (struct pack_row){ m->uid, m->saved, flags_after(k, m), m->id };
        if (told[i].flags != m->flags)
            error = rows_set_flags(&a->index, &a->state, m, told[i].flags,
                                   m->modseq > h->lsn ? m->modseq : h->lsn);
    }
    if (error || k->count == 0)
        return error;
    if (!k->again)
        filing_note(f, filing_mailbox(h), h->lsn);
    return tell_now(f, h, PACK_ROWS, filing_mailbox(h),
                    span_at(told, k->count * sizeof *told));
}

static int flag_range(struct filing *f, const struct entry_head *h, struct flagging *k,
                      struct uid_range range)
{
    int more, error;
    do {
        k->count = 0;
        more = rows_range(&f->account->index, filing_mailbox(h), &range, take_one, k);
        error = more < 0 ? more : change_taken(f, h, k);
        range.first = k->next;
    } while (more > 0 && !error);
    return error;
}

int file_flags(struct filing *f, const struct entry_head *h, bool again)
{
    size_t count;
    const struct uid_range *ranges = entry_ranges(h, &count);
    if (!rows_mailbox(&f->account->state, filing_mailbox(h)))
        return 0;
    struct flagging *k = malloc(sizeof *k);
    int error = k ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && !error; i++) {
        k->change = entry_flags(h);
        k->again = again;
        error = flag_range(f, h, k, ranges[i]);
    }
    free(k);
    return error;
}

/* ---- copies */

/* 1: it is there, from now on or since before; 0: it is gone, or its email is. */
static int copy_one(struct filing *f, uint32_t mailbox, const struct pack_row *r,
                    uint64_t lsn)
{
    struct account *a = f->account;
    int64_t row[4];
    const struct mail m = { .id = r->email,
                            .mailbox = mailbox,
                            .uid = r->uid,
                            .flags = r->flags,
                            .saved = r->saved,
                            .modseq = lsn };
    int found =
        index_find(&a->index, INDEX_FIND_MSG, INDEX_VALUES(mailbox, r->uid), row, 4);
    if (found != 0)
        return found;
    found = index_find(&a->index, INDEX_FIND_EXPUNGED, INDEX_VALUES(mailbox, r->uid),
                       row, 1);
    filing_note_uid(rows_touch(&a->state, mailbox), r->uid);
    return found != 0 ? found < 0 ? found : 0 : rows_refer(&a->index, &a->state, &m);
}

static int copy_all(struct filing *f, const struct entry_head *h,
                    struct pack_row *copied)
{
    size_t count, done = 0;
    const struct pack_row *rows = entry_rows(h, &count);
    for (size_t i = 0; i < count; i++) {
        int is = copy_one(f, filing_mailbox(h), &rows[i], h->lsn);
        if (is < 0)
            return is;
        if (is > 0)
            copied[done++] = rows[i];
    }
    filing_note(f, filing_mailbox(h), h->lsn);
    return done == 0 ? 0
                     : tell_now(f, h, PACK_ROWS, filing_mailbox(h),
                                span_at(copied, done * sizeof *copied));
}

/* What a MOVE leaves is expunged by the same entry. */
int file_copy(struct filing *f, const struct entry_head *h)
{
    if (!rows_mailbox(&f->account->state, filing_mailbox(h)))
        return 0;
    struct pack_row *copied = malloc(h->size);
    int error = copied ? copy_all(f, h, copied) : -ENOMEM;
    free(copied);
    return error || h->uids == 0 ? error : expunge(f, h, entry_copied(h)->from);
}
