/*
 * smtp - the SMTP server's room: for strangers, for the accounts' own clients
 * (submission), and LMTP for programs of this machine.
 *
 * RFC 5321 (SMTP), RFC 2920 (PIPELINING), RFC 1870 (SIZE), RFC 6152 (8BITMIME),
 * RFC 2034 (ENHANCEDSTATUSCODES), RFC 3030 (CHUNKING, BINARYMIME), RFC 6531 (SMTPUTF8),
 * RFC 9422 (LIMITS), RFC 3461 (DSN), RFC 4954 (AUTH), RFC 6409 (submission), RFC 2033 (LMTP); of RFC 8601
 * §5, that nobody outside speaks in our name of who has sent a message.
 *
 * Deviations, and why:
 *   - One space after "MAIL FROM:" and "RCPT TO:" is accepted, which §3.3 forbids a
 *     client to send: textbooks and people at a keyboard write it so, and it is not
 *     ambiguous.
 *   - A bare CR, a bare LF or a NUL in a message is refused with 550 5.6.11 (§2.3.8
 *     allows no such thing; accepting it is what SMTP smuggling lives on).
 *   - HELO is answered "250 Hello <client>, pleased to meet you", as textbooks have it,
 *     and not with our own name in front (§4.1.1.1 has that for EHLO).
 *   - What RFC 2920 §3.1 forbids a client is not endured: one that says more behind EHLO,
 *     HELO or DATA, or anything before the greeting, hears 554 and is left.
 *   - Received does not tell from where somebody who has logged in came (RFC 5321 §4.4
 *     has From-domain in it): the session's id leads whoever may know to it.
 *   - Data that does not begin with a header field gets an empty line between the trace
 *     fields and itself, so that it stays the body that it was meant to be.
 */
#ifndef SMTP_SMTP_H
#define SMTP_SMTP_H

#include "wire/wire.h"

enum smtp_service { SMTP_MX, SMTP_LMTP, SMTP_SUBMISSION, SMTP_SERVICES };

struct smtp_host {
    enum smtp_service service;
    const char *name; /* RFC 5321 §2.3.5: the domain we greet with */
    bool queue;       /* submission: mail for elsewhere is sent on */
    uint64_t message_size;
    bool plaintext_login; /* submission: the configuration's word, see auth/sasl.h */
    uint64_t command_time, data_time; /* nanoseconds */
};

/* One session, greeting to close; a listener's session function. */
void smtp_session(struct wire *, void *host);

/* For the listener: what a client hears that cannot be served. */
/* What a reply makes of the session: wire_settings.judge. */
uint8_t smtp_judge(struct span reply);

extern const char smtp_busy[], smtp_too_many[];

#endif
