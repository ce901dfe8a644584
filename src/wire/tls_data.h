/*
 * tls_data - what TLS is for a data connection, beside what it is for every wire; for the
 * files of this directory only.
 */
#ifndef WIRE_TLS_DATA_H
#define WIRE_TLS_DATA_H

#include "wire/connection.h"

/* On a thread, while the wire's fiber is parked: as tls_read and tls_write, and nothing
 * of the wire is touched; `reason` is OpenSSL's when errno is EPROTO.  more: it is not
 * the last. */
ssize_t tls_read_away(struct wire *, char *octets_r, size_t size,
                      unsigned long *reason_r);
ssize_t tls_write_away(struct wire *, struct span, bool more, unsigned long *reason_r);
void tls_note_reason(struct wire *, unsigned long reason);
/* Until close_notify is with the socket: 0 or -errno. */
int tls_finish(struct wire *, uint64_t deadline);
bool tls_was_ended(const struct wire *); /* the peer's close_notify was read */
/* The handshake began with a ticket that the wire's own session had been given. */
bool tls_is_paired(const struct wire *);
/* It began with a ticket of another session's. */
bool tls_is_foreign(const struct wire *);
/* With what is said next, the client gets another ticket (TLS 1.3). */
void tls_give_ticket(struct wire *);

#endif
