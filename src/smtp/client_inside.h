/*
 * client_inside - what the files of client.h know of each other.
 *
 *     client.c              a session: greeting, EHLO, TLS, QUIT
 *     client_reply.c        a reply, line by line
 *     client_hear.c         replies, and what they mean
 *     client_auth.c         AUTH
 *     client_transaction.c  MAIL, RCPT, and who gets the message
 *     client_message.c      DATA and BDAT
 */
#ifndef SMTP_CLIENT_INSIDE_H
#define SMTP_CLIENT_INSIDE_H

#include "smtp/client.h"

/* ---- client_hear.c */
/* The reply to that step.  False: there is none, or it was 421; it is over. */
bool smtp_hear_reply(struct smtp_client *, enum smtp_step);
/* Nothing may have been said before we ask for it; true: something was.  It is over. */
bool smtp_server_is_ahead(struct smtp_client *, enum smtp_step);
/* What the last reply means for whom it is about. */
struct smtp_fate smtp_fate_of(const struct smtp_client *, enum smtp_step);
/* It is over: by the last reply; by what happened, in words, with RFC 3463's X.subject.detail. */
void smtp_end_by_reply(struct smtp_client *, enum smtp_step);
void smtp_end(struct smtp_client *, enum smtp_step, unsigned subject, unsigned detail,
              const char *format, ...) __attribute__((format(printf, 5, 6)));
bool smtp_is_positive(const struct smtp_client *); /* 2yz */
bool smtp_server_has(const struct smtp_client *, unsigned has);

/* ---- client_auth.c */
/* Where there is somebody to log in as.  False: it is over. */
bool smtp_log_in(struct smtp_client *);

/* ---- client_message.c */
/* DATA has been said, or is to be, or BDAT takes its place.  The message goes to those of
 * `group` who have no fate yet, and this is theirs; nobody: it is taken back. */
struct group;
void smtp_send_message(struct smtp_client *, const struct smtp_outgoing *,
                       const struct group *, bool data_said);

/* ---- client_transaction.c */
/* The recipients of one transaction: indices into smtp_outgoing.recipients. */
struct group {
    size_t members[SMTP_CLIENT_RECIPIENTS_MAX];
    size_t count;
    size_t accepted;
};
/* Those of the group who have no fate get this one. */
void smtp_decide(const struct smtp_outgoing *, const struct group *,
                 const struct smtp_fate *);

#endif
