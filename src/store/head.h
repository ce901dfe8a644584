/*
 * head - what the order knows of each account, on the loop's thread: which uids come next,
 * how much it holds, what its mailboxes are called.
 */
#ifndef STORE_HEAD_H
#define STORE_HEAD_H

#include "base/list.h"
#include "store/account.h"
#include "store/names.h"

struct engine;
struct job;

struct head {
    uint64_t account;
    bool known;  /* uidnext and uidvalidity are right */
    bool named;  /* so are the names; of accounts where somebody asked for them */
    bool asking; /* somebody is finding out */
    uint32_t uidvalidity, uidnext; /* the INBOX's */
    uint64_t last;      /* lsn of its last entry: what a reader must wait for */
    uint64_t forgotten; /* lsn of its last ENTRY_FORGET */
    uint64_t learned;   /* what it says below holds all up to this lsn */
    uint64_t used;      /* octets of its messages; expunged ones until they are filed */
    uint64_t ceiling;   /* so many may it be, as far as auth has granted */
    uint64_t
        expunged; /* lsn of the last entry that took messages away; not in `used` yet,
                         * perhaps */
    uint64_t granted_at; /* 0: never, or nobody knew */
    struct list waiting; /* struct waiter: for the one who asks */
    uint64_t generation; /* grows with each compaction */
    struct list leases;
    struct names names;
    uint64_t renamed; /* how often they have changed here */
};

/* The account's head, for the engine's life; NULL: out of memory. */
struct head *head_of(struct engine *, uint64_t account);
/* The same, known; made, if the account is new.  Parks; it may become unknown again at
 * the next park (engine_forget). */
int head_get(struct engine *, uint64_t account, struct head **head_r);
/* With its names; with engine_settings.usual_mailboxes, one that never had any gets some. */
int head_get_named(struct engine *, uint64_t account, struct head **head_r);
/* The records, which names_change has made, are ordered right after order_prepare. */
int head_change_names(struct engine *, struct head *, struct span records);
/* One of its mailboxes but the INBOX, by number; NULL: there is none. */
struct name *head_mailbox(const struct head *, uint32_t mailbox);
/* It is to be found out anew. */
void head_unknown(struct head *);
/* Runs the job with the account as it is after everything that was ordered; for who only
 * reads (head_read), on a full disk, as it is. */
int head_ask(struct engine *, struct head *, int (*run)(struct account *, struct job *),
             void *arg);
int head_read(struct engine *, struct head *,
              int (*run)(struct account *, struct job *), void *arg);

#endif
