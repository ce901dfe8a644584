/*
 * pop3 - the POP3 server's room.
 *
 * RFC 1939 (POP3), RFC 2449 (CAPA, PIPELINING, RESP-CODES), RFC 3206 (AUTH-RESP-CODE).
 *
 * Deviations, and why:
 *   - No exclusive-access lock (RFC 1939 §4).  A session sees a snapshot of the INBOX
 *     taken at login; what others do meanwhile does not change it, so two sessions do
 *     each other no harm, and nobody locks a phone out.
 *   - APOP is not offered: it would need passwords kept in the clear.
 */
#ifndef POP3_POP3_H
#define POP3_POP3_H

#include "wire/wire.h"

struct pop3_host {
    const char *name;
    bool plaintext_login;           /* from loopback addresses, without TLS */
    uint64_t login_time, idle_time; /* nanoseconds */
};

void pop3_session(struct wire *, void *host);
extern const char pop3_busy[], pop3_too_many[];

#endif
