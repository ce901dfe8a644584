/*
 * connection - what a wire is made of; for the files of this directory only.
 *
 *     connection.c   open and close, waiting, what the loop calls
 *     input.c        lines and blocks
 *     output.c       saying, and the peer that takes it
 *     gate.c         what is said but must not be heard yet
 *     tls_session.c  the same octets, enciphered
 *     deflate.c      the same octets, compressed
 *     transcript.c   what is kept of the dialogue
 *
 * One fiber owns the wire.  The loop's callbacks and the gate only note readiness, send
 * what may go, and wake that fiber when it waits here.
 */
#ifndef WIRE_CONNECTION_H
#define WIRE_CONNECTION_H

#include "base/buf.h"
#include "base/loop.h"
#include "config/limits.h"
#include "wire/wire.h"

#include <sys/types.h>

/* Output from stream position `from` on waits for `lsn`.  Both grow along the array. */
struct hold {
    uint64_t from;
    uint64_t lsn;
};

struct wire {
    struct watch watch;
    struct list all;  /* in the list of all wires */
    struct list gate; /* in the list of wires that hold something */
    int fd;
    int error;               /* the first; from then on nothing is read */
    bool mute;               /* nothing can be written any more */
    bool readable, writable; /* as far as we know */
    bool nudged;
    uint8_t waits_for; /* LOOP_READ or LOOP_WRITE, while `fiber` is parked here */
    uint8_t streak;    /* blocks since the fiber last let others run */
    struct fiber *fiber;
    const bool *over; /* of wire_line_or: no need to wait any more; or NULL */

    char *input; /* a block of WIRE_INPUT octets, or NULL */
    uint32_t start, end;
    uint64_t dropped; /* of the line too long that is being read */
    uint64_t octets_in;

    struct buf output;
    uint64_t sent; /* the stream position of output.at[0] */
    struct hold *holds;
    uint32_t hold_count, hold_room;

    size_t line_max;
    uint64_t read_time, write_time;
    uint64_t session;
    const char *protocol;
    struct tls *offer;        /* what TLS may be started with, or NULL */
    struct tls_client *dials; /* the same, where we are the client */
    const char *alpn;         /* then: the protocol's name */
    struct tls_session *tls;  /* NULL: plaintext */
    struct deflate *deflate;  /* NULL: as they are */
    uint8_t (*judge)(struct span reply);
    uint8_t result; /* so far; enum wire_result */
    bool is_client; /* we are */
    bool is_data;   /* a data connection: its session is the control connection's */
    /* One that may be of several: is it of this session, as its ticket says? */
    bool (*is_of)(const struct wire *, uint64_t session);
    void *lobby; /* for is_of */
    char peer[];
};

/* ---- connection.c */
/* wire_open, and its end, without a word in the transcript; notes are of that session. */
struct wire *connection_open(int fd, const char *peer, uint64_t session,
                             const struct wire_settings *);
void connection_free(struct wire **);
enum voice { MAY_SPEAK, MUTE };
/* The first error is kept; MUTE: what is unsent is dropped, too. */
void connection_fail(struct wire *, int error, enum voice);
/* Parks until `what` (0: nothing) may be possible: 0, -ETIMEDOUT or -ECANCELED. */
int connection_wait(struct wire *, uint8_t what, uint64_t deadline);
void connection_wake(struct wire *, uint8_t what); /* if its fiber waits for that */
/* Counts a block; after many without a wait, all others have a turn first. */
void connection_count_block(struct wire *);

/* ---- input.c */
/* What comes from the socket or TLS; as recv. */
ssize_t input_get(struct wire *, char *octets_r, size_t size);
void input_release(struct wire *); /* gives the block back */
/* Reads and drops until the peer ends, the deadline, or LINGER_OCTETS. */
void input_drain(struct wire *, uint64_t deadline);

/* ---- output.c */
/* To the socket or TLS; as send. */
ssize_t output_put(struct wire *, struct span);
void output_send(struct wire *);   /* what may go and the socket takes, at once */
void output_finish(struct wire *); /* waits until all is taken, held or not */

/* ---- gate.c */
size_t gate_open_octets(const struct wire *); /* so many of the output may go */
void gate_leave(struct wire *);               /* its holds are forgotten */

/* ---- tls_session.c */
/* As recv and send: -1 with errno, EAGAIN where the socket has or takes no more.
 * Reading may park until the socket takes something. */
ssize_t tls_read(struct wire *, char *octets_r, size_t size);
ssize_t tls_write(struct wire *, struct span);
void tls_say_end(struct wire *); /* close_notify, if it can */
void tls_end(struct wire *);

/* ---- transcript.c */
void transcript_open(const struct wire *);
void transcript_said(struct wire *, struct span line);
void transcript_close(struct wire *);

#endif
