/*
 * data - a data connection as an FTP session sees it: RFC 959 §3.2 and §3.3.
 *
 * A session has one at most, for one transfer.  It belongs to a control connection,
 * which outlives it, and whose transcript has its notes.  In the order of its life:
 *
 *     data_listen    PASV, EPSV: with the listener that role dialer made for it, or
 *     data_open      PORT, EPRT: with the connection that role dialer made
 *     data_accept    waits until it is there; then "150"
 *     data_start_tls under PROT P
 *     data_send_file, data_receive_file, or data_put, or data_fill and data_consume
 *     data_finish    all was taken, and both sides know that it was all; then "226"
 *     data_close     without data_finish: cut, so that nobody takes it for whole
 *
 * A passive one is taken from the control peer's address alone, the first that comes, as
 * soon as it comes; others are closed and noted (RFC 2577 §5).  One fiber uses it and is
 * parked while it waits; files are read and written on the threads of wire/io.h.  Any
 * other fiber may say data_cancel (ABOR).
 *
 * Results are 0 or -errno: -ETIMEDOUT (nothing moved for idle_time; nobody came for
 * accept_time), -ECANCELED, -ECONNRESET, -EPIPE, -EPROTO (TLS, or an end that it did not
 * announce: RFC 8446 §6.1), -EPERM (too many strangers came); and what a file says.
 */
#ifndef WIRE_DATA_H
#define WIRE_DATA_H

#include "wire/endpoint.h"
#include "wire/wire.h"

#include <sys/types.h>

struct data;

struct data_settings {
    uint64_t accept_time; /* nanoseconds from data_listen on */
    uint64_t idle_time;   /* without anything moving */
    bool paired;          /* TLS has to resume the control connection's session */
    bool any_end; /* a client need not announce its end with TLS (close_notify) */
};

/* Both own the descriptor from now on; NULL: out of memory, or control is no connection
 * of TCP any more (the descriptor is closed).  Settings are copied. */
struct data *data_listen(struct wire *control, int listener,
                         const struct data_settings *);
struct data *data_open(struct wire *control, int connected,
                       const struct data_settings *);
/* In a fiber or not; may be called while another waits for it no more. */
void data_close(struct data **);

/* From any fiber: what is under way, and all that comes, is -ECANCELED. */
void data_cancel(struct data *);

int data_accept(struct data *);
/* With what the control connection offers, RFC 4217 §7: the server's side.  A handshake
 * that does not resume this control connection's session is noted, or, when it has to,
 * -EACCES.  The client gets another ticket with what the control connection says next,
 * and where this side alone sends (sends) one with the first octets, too. */
int data_start_tls(struct data *, bool sends);
bool data_has_tls(const struct data *);

/* ---- files: each counts up what it has moved, whatever it returns */
/* Exactly so many octets from `offset` on; -EIO: the file has fewer. */
int data_send_file(struct data *, int fd, off_t offset, uint64_t length,
                   uint64_t *sent);
/* Into the file from `offset` on: until the peer's end, but not more than `limit`. */
int data_receive_file(struct data *, int fd, off_t offset, uint64_t limit,
                      uint64_t *received);
/* The peer's end has been read. */
bool data_is_ended(const struct data *);

/* ---- octets: listings, and what is converted */
int data_put(struct data *, struct span);
/* Waits until there are some, or the end is there (then data_input is empty). */
int data_fill(struct data *);
struct span data_input(const struct data *);
void data_consume(struct data *, size_t n);

/* Says the end and waits until the peer's side has everything but the last segments,
 * which are on their way. */
int data_finish(struct data *);

/* ---- where a passive one is to be told to come: this end of the control connection.
 * 0 or -errno, as endpoint_here. */
int data_here(const struct wire *control, struct endpoint *);
int data_there(const struct wire *control, struct endpoint *);

#endif
