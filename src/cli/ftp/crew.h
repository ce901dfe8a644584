/*
 * crew - several connections to one place, which share a work.
 *
 * The first hand is the shell's own connection, on the fiber that calls crew_run; the
 * others have connections and fibers of their own, made when they are first needed, and
 * kept until crew_close.  A hand that the server does not let in leaves its work to the
 * others.
 */
#ifndef CLI_FTP_CREW_H
#define CLI_FTP_CREW_H

#include "cli/ftp/shell.h"

enum crew_step {
    CREW_ON,   /* something was done; ask again */
    CREW_WAIT, /* nothing to do, unless another hand makes some; all wait: the end */
    CREW_END,
};

struct crew {
    struct call *call;
    unsigned hands;
    struct ftp_pool *pool; /* of the others; NULL until there are some */
    struct ftp_options options;
    enum crew_step (*step)(void *arg, struct ftp_client *);
    void *arg;
    unsigned working, waiting;
    unsigned turn; /* counts what was done */
    bool ended;
    struct fiber *fibers[PARALLEL_MOST];
};

void crew_open(struct crew *, struct call *, unsigned hands);
/* Until step has said CREW_END to all, all wait, or Ctrl-C; at most so many hands. */
void crew_run(struct crew *, unsigned hands,
              enum crew_step (*step)(void *arg, struct ftp_client *), void *arg);
void crew_close(struct crew *);

#endif
