/*
 * relay_report - what becomes of recipients, and what their sender is told; inside role
 * relay.
 */
#ifndef ROLE_RELAY_REPORT_H
#define ROLE_RELAY_REPORT_H

#include "role/relay.h"
#include "smtp/client.h"

/* One item's attempt. */
struct attempt {
    struct item *item;
    struct smtp_recipient *recipients; /* for the client; */
    struct queued_recipient **of;      /* and whose they are */
    size_t count;
    struct span message; /* its octets; empty: they are to be read */
    bool by_dsn;         /* the server takes NOTIFY (RFC 3461) */
    char remote[DOMAIN_OCTETS_MAX + 1];
};
/* The fates are carried into the envelope, the sender is told what he wants to know, and
 * the item waits for its next turn or is done. */
void relay_settle(struct attempt *);

#endif
