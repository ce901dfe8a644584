/*
 * outgoing - the recipients of a transaction that are elsewhere, and what RFC 3461 lets a
 * client say of them.
 *
 * Such a message goes to the queue's account beside those that it has here (auth gives a
 * ticket for it); then come its envelopes (queue/queued.h).  The reply waits for both.
 */
#ifndef SMTP_OUTGOING_H
#define SMTP_OUTGOING_H

#include "base/buf.h"
#include "config/limits.h"
#include "queue/queued.h"

struct smtp;

struct outgoing {
    enum queued_ret ret;
    char envid[DSN_XTEXT_MAX + 1]; /* as it was said; empty: not given */
    /* of the RCPT that is being heard */
    unsigned notify;
    char orcpt[DSN_XTEXT_MAX + 1];
    struct buf recipients; /* one behind the other */
    uint32_t count;
};

void outgoing_open(struct outgoing *);
void outgoing_forget(struct outgoing *); /* the transaction is over */

/* Is DSN announced here? */
bool outgoing_has_dsn(const struct smtp *);
/* RFC 3461 §4.3, §4.4: MAIL's parameters.  NULL, or the refusal. */
const char *outgoing_take_ret(struct smtp *, struct span value);
const char *outgoing_take_envid(struct smtp *, struct span value);
/* §4.1, §4.2: RCPT's.  NULL, or the refusal. */
const char *outgoing_take_parameters(struct smtp *, struct span text);

/* One recipient more, with what was just said of it; an address counts once.  0 or -errno. */
int outgoing_add(struct smtp *, struct span mailbox);
/* The message is with store by that number: its envelopes.  The replies from here on wait
 * for them.  0, or -errno: it will not be sent. */
int outgoing_enqueue(struct smtp *, uint64_t email);

#endif
