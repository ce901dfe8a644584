/*
 * transfer - one transfer over a data connection: RFC 959 §3.2, §5.4.
 *
 * `carry` runs on a fiber of its own: it moves the octets and does what makes them count.
 * Meanwhile the session's fiber listens: ABOR and STAT are heard, what else is said waits.
 */
#ifndef FTP_TRANSFER_H
#define FTP_TRANSFER_H

#include "ftp/coder.h"
#include "ftp/session.h"
#include "wire/data.h"

struct transfer {
    /* 0, or -errno; t->data is there, under TLS where it has to be. */
    int (*carry)(struct transfer *);
    struct ftpd *session;
    struct data *data;
    bool came;       /* the data connection is or was there */
    bool local;      /* the error is one of files or the disk */
    bool aborted;    /* by ABOR */
    bool over, news; /* the listener has to look */
    int error;
    uint64_t octets;  /* that have passed, for STAT */
    const char *what; /* "RETR", for STAT */
    bool sends;       /* the client only reads */
    struct fiber *listener;

    /* what is carried: */
    const char *path;
    int file;
    uint64_t offset, length; /* of what is read; where writing begins */
    uint64_t upload, room;
    bool committed; /* it was tried, at least */
    char mark[96];  /* to be said: "110 MARK"; or empty */
    unsigned form;  /* of a listing */
    struct coder *coder;
    const struct listed *listed; /* list.c's */
};

/* What is in the way of one: PROT, or that nobody said where to; says it. */
bool ftpd_may_transfer(struct ftpd *);
/* Says "150 opening", carries, says how it went; whether it went well. */
bool ftpd_transfer(struct ftpd *, struct transfer *, const char *opening);
/* What of a file of that size REST or RANG want, once; false: it is not there. */
bool ftpd_take_extent(struct ftpd *, uint64_t size, uint64_t *offset_r,
                      uint64_t *length_r);
/* What was said meanwhile. */
void ftpd_hear_deferred(struct ftpd *);

struct coder_form ftpd_form(const struct ftpd *);

/* ---- data_connection.c */
/* On the transfer's fiber: 0 or -errno. */
int ftpd_connect(struct transfer *);
/* Nothing that was said of data connections holds any more. */
void ftpd_disconnect(struct ftpd *);

#endif
