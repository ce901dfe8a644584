/*
 * pop3 - the POP3 server's room.
 *
 * RFC 1939 (POP3), RFC 2449 (CAPA and what is announced by it), RFC 2595 (STLS), RFC 3206
 * (AUTH-RESP-CODE), RFC 5034 (AUTH), RFC 6856 (UTF8, LANG).
 *
 * Deviations, and why:
 *   - No exclusive-access lock (RFC 1939 §4).  A session sees a snapshot of the INBOX
 *     taken at login; what others do meanwhile does not change it, so two sessions do
 *     each other no harm, and nobody locks a phone out.
 *   - APOP is not offered: it would need passwords kept in the clear.
 *   - [UTF8] (RFC 6856 §5) is never said: a client that has not said UTF8 is not refused
 *     a message, but gets a surrogate of it (surrogate.h), under its own size in LIST.
 */
#ifndef POP3_POP3_H
#define POP3_POP3_H

#include "wire/wire.h"

struct pop3_logins;

struct pop3_host {
    const char *name;
    bool plaintext_login;           /* from loopback addresses, without TLS */
    uint64_t login_time, idle_time; /* nanoseconds */
    uint32_t expire;                /* days, RFC 2449 §6.7; POP3_EXPIRE_NEVER */
    uint32_t login_delay;           /* seconds, RFC 2449 §6.5; 0: none */
    struct pop3_logins *logins;     /* who came when; NULL where there is no delay */
};

/* Remembers the last POP3_LOGINS_REMEMBERED names, or forgets a few sooner.  NULL: out
 * of memory. */
struct pop3_logins *pop3_logins_open(void);
void pop3_logins_close(struct pop3_logins **);

void pop3_session(struct wire *, void *host);
/* What a reply makes of the session: wire_settings.judge. */
uint8_t pop3_judge(struct span reply);

extern const char pop3_busy[], pop3_too_many[];

#endif
