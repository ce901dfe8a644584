/*
 * mail_data - the message of the transaction that is under way, RFC 5321 §2.3.9.
 *
 * DATA and BDAT differ in how its octets come; here is what they have in common.  The
 * octets stream through the line and header readers into `body`, which is handed to
 * store as it is.  Whatever is wrong with it, it is read to its end first: only then is
 * there a reply to give (§4.2.5).
 */
#ifndef SMTP_MAIL_DATA_H
#define SMTP_MAIL_DATA_H

#include "smtp/forged.h"
#include "smtp/header.h"
#include "smtp/submitted.h"
#include "store/session.h"
#include "wire/dot.h"

struct smtp;

struct mail_data {
    bool begun;
    bool binary; /* BODY=BINARYMIME: octets, and no lines that could be wrong */
    struct incoming body;
    struct dot_reader dot;
    struct header header;
    struct submitted submitted; /* on submission */
    struct forged forged;       /* from strangers */
    uint64_t trace;             /* octets of our own trace fields */
    uint64_t octets;            /* that the client has sent */
    uint64_t held;              /* its part of what all large ones hold */
    const char *refusal;        /* the reply, once something was found to be wrong */
};

/* verbatim: it comes in chunks, whose dots mean nothing. */
void mail_data_begin(struct smtp *, bool verbatim);
/* Takes what belongs to it off the front of *input. */
void mail_data_take(struct smtp *, struct span *input);
/* All of it is there: the reply, and with it the end of the transaction. */
void mail_data_end(struct smtp *);
/* To the accounts of these tickets (struct ticket); the replies from here on wait for the
 * disk.  As incoming_deliver. */
int mail_data_deliver(struct smtp *, struct span tickets, uint64_t *email_r);
void mail_data_reply(struct smtp *, int error, uint64_t email);
/* Forgets it, whatever has become of it. */
void mail_data_close(struct mail_data *);

/* The least rate at which a message comes, from the first octet or the chunk's on. */
struct pace {
    uint64_t since, octets;
};
void pace_begin(struct pace *, const struct mail_data *);
/* It did not come at SLOWEST_RATE after its first minute: said, and the session ends. */
bool pace_is_too_slow(const struct pace *, struct smtp *);

#endif
