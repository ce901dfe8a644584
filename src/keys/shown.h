/*
 * shown - what keys gives a front: chains of certificates and the keys of its tickets,
 * in one sealed piece of memory.  No private key.
 *
 *     struct shown_head, then for each chain its length (uint32_t) and its octets
 */
#ifndef KEYS_SHOWN_H
#define KEYS_SHOWN_H

#include "base/buf.h"
#include "config/limits.h"
#include "wire/tls.h"

struct shown_head {
    char magic[8];
    uint32_t count, reserved;
    struct tls_ticket_key now, before;
};

/* Writes the head; then one shown_put a chain, `count` times.  0 or -errno. */
int shown_begin(struct buf *, uint32_t count, const struct tls_ticket_key *now,
                const struct tls_ticket_key *before);
int shown_put(struct buf *, struct span chain);

/* What the head says, and the chains, which point into `octets`; false: it is none. */
struct shown {
    struct tls_ticket_key now, before;
    struct span chains[TLS_CERTIFICATES_MAX];
    size_t count;
};
bool shown_read(struct span octets, struct shown *shown_r);

#endif
