/*
 * recipients - whom auth has said mail may come in for, or go to, remembered in a front.
 *
 * Most mail is for somebody who was asked for a moment ago, and to ask costs two of the
 * few messages that a mail may cost.  Only acceptances are remembered, by the address as
 * it was said, for RECIPIENT_SECONDS; all are forgotten when auth says that something has
 * changed (auth_changed), and when auth itself has gone: in the order of auth's own words,
 * so that no remembered answer is older than what auth said last.
 */
#ifndef AUTH_RECIPIENTS_H
#define AUTH_RECIPIENTS_H

#include "ipc/channel.h"

/* As ask_auth_recipient, which it may ask; or -ENOMEM.  The tickets are borrowed until
 * the fiber next waits, or asks again. */
int recipient_ask(struct span address, struct auth_recipient_answer *answer_r);

/* The service for auth_changed; a front that asks puts it into its table. */
void recipients_on_changed(struct call *, const void *question);
/* For ipc_on_end: what auth said no longer counts when auth has ended. */
void recipients_on_end(struct channel *);

#endif
