/*
 * errand - one file, there or back, with its progress on the screen.
 *
 * What is fetched goes to a name of one component below a directory that is open (F15: no
 * name leads out of it, no link is followed), or to where a person said.  It keeps the
 * time that the server told exactly.  A transfer that breaks leaves what has come, for -c.
 */
#ifndef CLI_FTP_ERRAND_H
#define CLI_FTP_ERRAND_H

#include "cli/ftp/shell.h"

struct errand {
    const char *remote;    /* its name there */
    int top;               /* here: a directory, or AT_FDCWD, ... */
    const char *directory; /* ... one below it ("": none), ... */
    const char *local;     /* ... and the name in it; with AT_FDCWD: a person's path */
    uint64_t size;         /* as it was listed; PROGRESS_UNKNOWN */
    int64_t time;          /* INT64_MIN: unknown, or not exactly */
    bool resume, append, check;
    bool more;         /* another one follows */
    uint64_t octets_r; /* that were transferred */
    bool keep_time;    /* put: tell the server the time, too */
    bool no_times_r;   /* it does not take them */
};

/* 0, or -errno and it is said. */
int errand_get(struct call *, struct ftp_client *, struct errand *);
int errand_put(struct call *, struct ftp_client *, struct errand *);

#endif
