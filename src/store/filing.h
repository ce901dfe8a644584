/*
 * filing - one transaction under way: journal entries into an account's index and pack.
 *
 *   filing.c         the transaction, what it writes to the pack, deliveries
 *   filing_change.c  what changes messages that are there: expunge, flags
 */
#ifndef STORE_FILING_H
#define STORE_FILING_H

#include "store/account_of.h"
#include "store/pack.h"

enum { FILING_RECORDS = 128 }; /* in one pwritev, each with head and body */

struct filing {
    struct account *account;
    struct pack_head heads[FILING_RECORDS];
    struct iovec pieces[2 * FILING_RECORDS]; /* records that go to pack_end - waiting */
    int count;
    uint64_t waiting, freed;
};

/* The record, behind all others; the body must stay until filing_flush. */
int filing_append(struct filing *, const struct pack_head *, struct span body,
                  uint64_t *off_r);
int filing_flush(struct filing *);
/* Something in it was changed by that entry. */
void filing_note(struct filing *, uint32_t mailbox, uint64_t lsn);

static inline uint32_t filing_mailbox(const struct entry_head *h)
{
    return h->mailbox ? h->mailbox : INBOX;
}

/* ---- filing_change.c */
/* The flags of these as they are since that entry; they stay until filing_flush. */
int filing_tell_flags(struct filing *, const struct entry_head *,
                      const struct pack_flags *, size_t count);
/* For entries that were filed before the crash, too */
int file_expunge(struct filing *, const struct entry_head *);
int file_flags(struct filing *, const struct entry_head *, bool again);

#endif
