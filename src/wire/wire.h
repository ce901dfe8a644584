/*
 * wire - a connection as a session sees it.
 *
 * A descriptor, an input and an output buffer that exist only while they hold
 * something, a deadline, a byte budget, a gate and a transcript.  Reading parks the
 * fiber; writing collects, and leaves when the session next waits, so that the replies
 * to pipelined commands share one segment.
 *
 * The gate.  A durable operation has a log sequence number (lsn).  wire_hold(w, lsn)
 * keeps everything that is said from then on until wire_durable(lsn) or a later one;
 * the session meanwhile goes on.  wire_never_durable closes every connection that
 * waits: nothing was said.
 *
 * A session owns its wire; wire_close ends it when what was said has been taken (or
 * cannot be).  Errors are sticky: after the first, reading returns it.  One that ends
 * the reading alone (-ENODATA, -ETIMEDOUT, -EMSGSIZE, -EBADMSG, -ECANCELED) leaves the session its
 * last word; after any other, writing does nothing.
 */
/* long: what every room needs of a connection stands together */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/span.h"
#include "wire/transcript.h"

#include <stdint.h>

struct tls;
struct tls_client;
struct wire;

struct wire_settings {
    size_t line_max;      /* longest line, without its CRLF; under WIRE_INPUT - 2 */
    uint64_t read_time;   /* nanoseconds that one line or block may take */
    uint64_t write_time;  /* nanoseconds without the peer taking anything */
    const char *protocol; /* "smtp", for the transcript; borrowed */
    struct tls *tls;      /* wire/tls.h; NULL: none is offered; borrowed */
    const char *alpn;     /* then: the protocol's name of RFC 7301, "pop3"; borrowed */
    struct tls_client *tls_client; /* wire/tls_client.h: we are the client; borrowed */
    bool implicit_tls; /* the listener shakes hands before the session begins */
    bool is_client;    /* what is said is the client's part of the transcript */
    /* What a reply makes of its session, enum wire_result; NULL: nothing. */
    uint8_t (*judge)(struct span reply);
};

/* fd: a connected stream socket, non-blocking; owned from now on.  peer: printed
 * address, copied.  NULL when out of memory (fd is closed). */
struct wire *wire_open(int fd, const char *peer, const struct wire_settings *);
void wire_close(struct wire **);
void wire_drop(struct wire **); /* at once: what is unsent is lost, nobody waits */

uint64_t wire_session(const struct wire *); /* this session's id, random, not 0 */
const char *wire_peer(const struct wire *); /* "127.0.0.1" */
bool wire_peer_is_loopback(const struct wire *);
int wire_descriptor(const struct wire *); /* to show another role; stays the wire's */
void wire_read_time(struct wire *, uint64_t nanoseconds); /* from now on */
/* The longest line from now on (wire_settings); returns what it was. */
size_t wire_line_max(struct wire *, size_t line_max);

/* ---- reading */
enum line_form {
    LINE_GOOD,
    LINE_TOO_LONG, /* all of it was read and dropped; text is its beginning */
    LINE_BARE,     /* ended by LF alone, or holds a bare CR or a NUL */
};

struct line {
    struct span text; /* without CRLF; valid until the wire reads again */
    enum line_form form;
};

/* The next line; says first what was said.  False: no more (wire_error), or *over.  A line
 * longer than 16 times line_max ends the connection (-EMSGSIZE). */
bool wire_line(struct wire *, struct line *line_r);
bool wire_line_or(struct wire *, struct line *line_r, const bool *over);

/* Octets as they come: waits (says first what was said) until some are not consumed.
 * wire_input: all that has been read and not consumed. */
bool wire_fill(struct wire *);
struct span wire_input(const struct wire *);
bool wire_peek(struct wire *); /* reads what has come, without waiting: is there any? */
void wire_consume(struct wire *, size_t n);
/* Waits for input or the end (true: go on reading), or a nudge (false), which is kept. */
bool wire_await(struct wire *);
void wire_nudge(struct wire *);
uint64_t wire_octets_in(const struct wire *); /* ever read, for a least rate (A01) */

/* 0, or why there is no more: -ENODATA (the peer closed), -ETIMEDOUT, -ECANCELED (this
 * role stops), -EIO (the gate failed) … */
int wire_error(const struct wire *);

/* ---- writing */
/* One reply line; CRLF is added; goes into the transcript as S:.  A CR or LF within
 * becomes "?", so that nothing that is quoted can make a reply of its own. */
void wire_say(struct wire *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Octets that the transcript does not show.  May park when much waits for the peer. */
void wire_put(struct wire *, struct span);
/* A message in wire form (CRLF line ends) with RFC 5321 §4.5.2 dots stuffed, in pieces;
 * start with a zeroed struct; the end adds CRLF where missing, and ".". */
struct dot_writer {
    bool in_line, after_cr, after_lf;
    uint64_t octets; /* of the message so far, for the session's note */
};
void wire_put_dotted(struct wire *, struct dot_writer *, struct span);
void wire_end_dotted(struct wire *, struct dot_writer *);
/* Waits until the socket took it all (not what is held); false: it never will. */
bool wire_flush(struct wire *);

/* ---- the gate */
/* To be called as soon as the lsn is known: between that and the hold the session must
 * not wait, or it may miss wire_never_durable. */
void wire_hold(struct wire *, uint64_t lsn);
void wire_durable(uint64_t lsn); /* for all wires of this process */
void wire_never_durable(void);   /* the same; -EIO */
uint64_t wire_durable_so_far(void);

/* ---- all of them */
void wire_cancel(struct wire *); /* this one alone: its reads fail with -ECANCELED */
size_t wire_count(void);
void wire_cancel_all(void); /* this role stops: their reads fail with -ECANCELED */

#endif
