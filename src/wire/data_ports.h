/*
 * data_ports - one-port mode: all passive data connections come to the same port (of each
 * address that the front serves), so that a firewall has one port to open.
 *
 * Whose a connection is has to be known, never guessed.  A session announces that it
 * expects one.  Without TLS it is the only one of its client's address to do so; another
 * of that address waits.  Under TLS several may: as long as one alone is expected the
 * connection is his; else hands are shaken first, and the ticket that the client resumes
 * with says which control connection is his (RFC 4217 §10).  A client that resumes none
 * then is turned away, and always one that shows another session's ticket.
 */
#ifndef WIRE_DATA_PORTS_H
#define WIRE_DATA_PORTS_H

#include "wire/data.h"

struct data_ports;

struct data_ports *data_ports_open(void); /* NULL: out of memory */
/* Nothing may be expected any more. */
void data_ports_close(struct data_ports **);
/* A listener of role dialer's (dialer_listen_shared); owned from now on.  0 or -errno. */
int data_ports_add(struct data_ports *, int listener);
uint16_t data_ports_port(const struct data_ports *); /* 0: there is no listener */

/* In place of data_listen; secure: TLS will be started on it.  May park.  0, -EBUSY (its
 * client's address expects another, and that has not come for DATA_TURN_SECONDS),
 * -ENOTCONN, -ENOMEM, -ECANCELED. */
int data_expect(struct data_ports *, struct wire *control, bool secure,
                const struct data_settings *, struct data **data_r);

#endif
