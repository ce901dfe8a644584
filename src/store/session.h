/*
 * session - the front's side of the store: what mx and pop3 hold and hand over.
 *
 * A front never names an account.  For mail that comes in it holds tickets, which auth
 * made and store checks; for a login it holds a handle, which auth granted at store.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "base/buf.h"
#include "ipc/channel.h"
#include "ipc/right.h" /* what a handle may do (store_grant) */
#include "store/flags.h"
#include "store/names.h"

/* Auth's word that a recipient was accepted: mac = SipHash of the account's number
 * with the key that only auth and store have (inherited descriptor "ticket"). */
struct ticket {
    uint64_t account;
    uint64_t mac;
};
enum { TICKET_KEY_OCTETS = 16 };
/* The queue is an account like any other, but nobody logs in to it, searches it, or
 * bounds it. */
#define QUEUE_ACCOUNT UINT64_C(0)
uint64_t ticket_mac(const uint8_t key[TICKET_KEY_OCTETS], uint64_t account);

/* One message of a snapshot, as store_snapshot's memfd holds them, by uid. */
struct snapshot_row {
    uint32_t uid;
    uint32_t pack;    /* 0: a file of its own, ask store_large */
    uint64_t offset;  /* in the pack; or that file's name */
    uint64_t size;    /* octets, CRLF line ends */
    uint64_t email;   /* the message's number, the same wherever it is */
    int64_t received; /* seconds since 1970, the INTERNALDATE */
    uint32_t crc;     /* of the body (store/crc32c.h) */
    uint32_t
        saved; /* seconds since 1970, when it came into this mailbox; 0: received */
    uint64_t flags;  /* store/flags.h */
    uint64_t modseq; /* of its last change (RFC 7162) */
};

/* What store_modseqs tells of a message. */
struct changed_row {
    uint32_t uid;
    uint32_t unused;
    uint64_t flags, modseq;
};

/* A message on its way in: in memory while it is small, in a memfd once it is more than
 * INLINE_OCTETS_MAX. */
struct incoming {
    struct buf small; /* all of it, or what waits to be written to memfd */
    int memfd;        /* -1: small still */
    uint64_t size;
    uint64_t max; /* octets; more is -EMSGSIZE, sticky, and drops what was held */
    int error;
};
void incoming_open(struct incoming *, uint64_t max);
void incoming_put(struct incoming *, struct span);
/* Puts `octets` in front of what is at `at`, which must be in memory still. */
void incoming_insert(struct incoming *, uint64_t at, struct span octets);
void incoming_close(struct incoming *);
/* Hands it to store for these recipients; parks until store has ordered it.  0 with the
 * lsn to hold the reply for, or -errno as of ask_*; -ENOSPC, -EDQUOT from the store.  It
 * may be handed over again, to others. */
int incoming_deliver(struct incoming *, const struct ticket *recipients, size_t count,
                     uint64_t session, uint64_t *lsn_r, uint64_t *email_r);

/* Hands it to store as a message of the handle's INBOX; the same otherwise. */
int incoming_append(struct incoming *, const struct store_append *as,
                    struct store_append_answer *answer_r);

/* The services through which store tells a front what has become durable; a front puts
 * them into its table. */
void store_on_durable(struct call *, const void *question);
void store_on_failed(struct call *, const void *question);
/* For ipc_on_end: a front whose store has ended can promise nothing that waits. */
void store_on_end(struct channel *);

#endif
