/*
 * filing - one transaction under way: journal entries into an account's index and pack.
 *
 *   filing.c         the transaction, what it writes to the pack, deliveries
 *   filing_change.c  what changes messages that are there: expunge, flags, copies
 *   filing_names.c   mailboxes that come, go, and are called otherwise
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

/* A uid has been given in it. */
void filing_note_uid(struct rows_mailbox *, uint32_t uid);
/* A record of that entry's: what changes a mailbox and is no body of a message is dead at
 * once.  The body must stay until filing_flush. */
int filing_tell(struct filing *, const struct entry_head *, enum pack_type,
                uint32_t mailbox, struct span body);

static inline uint32_t filing_mailbox(const struct entry_head *h)
{
    return h->mailbox ? h->mailbox : INBOX;
}

/* ---- filing_change.c; for entries that were filed before the crash, too */
int file_expunge(struct filing *, const struct entry_head *);
int file_flags(struct filing *, const struct entry_head *, bool again);
int file_copy(struct filing *, const struct entry_head *);
/* What goes with the last mailbox that had the message. */
int filing_drop_email(struct filing *, const struct mail *);

/* ---- filing_names.c */
int file_names(struct filing *, const struct entry_head *);
/* The mailbox is there, if need be under a name that says that it was lost. */
int filing_ensure(struct filing *, uint32_t mailbox);

#endif
