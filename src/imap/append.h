/*
 * append - inside the IMAP room: the message of an APPEND, RFC 9051 §6.3.12.
 *
 * It is not collected with its command, as other literals are: it goes to where store takes
 * it from, as it comes.
 */
#ifndef IMAP_APPEND_H
#define IMAP_APPEND_H

#include "imap/session.h"
#include "wire/literal.h"

enum append_literal {
    APPEND_OTHER,  /* it is none */
    APPEND_TAKE,   /* imap_append_read reads it */
    APPEND_REFUSE, /* why_r says "NO ..." about it */
};
/* Is the literal, which what has been heard so far ends with, the message of an APPEND? */
enum append_literal imap_append_expects(struct imap *, const struct literal *,
                                        const char **why_r);
/* False: the session's end. */
bool imap_append_read(struct imap *, const struct literal *);
void imap_append_forget(struct imap *);

void imap_append(void *session, const struct arg *);

#endif
