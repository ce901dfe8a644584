/*
 * progress - how far transfers have come: a line each at the terminal's bottom, with a
 * bar, what there is, how fast it goes, and how long it will take.
 *
 * Lines are redrawn in place, five times a second at most, and never longer than the
 * terminal is wide; of many only as many are shown as it is high.  Where there is no
 * terminal nothing is drawn at all.  Whoever prints something else meanwhile calls
 * progress_hide before.
 */
#ifndef CLI_FTP_PROGRESS_H
#define CLI_FTP_PROGRESS_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"

#include <stdio.h>

/* One transfer; its owner's, and the name is borrowed. */
struct progress {
    struct list link;
    struct span name;
    uint64_t size; /* PROGRESS_UNKNOWN */
    uint64_t done;
    uint64_t looked_at, looked_done; /* when the rate was last measured */
    double rate;                     /* octets a second, of late */
    double seconds;                  /* that went into the rate */
};

#define PROGRESS_UNKNOWN UINT64_MAX

struct screen {
    FILE *to; /* NULL: no terminal */
    int fd;   /* whose size counts */
    struct list transfers;
    unsigned lines; /* drawn now */
    uint64_t drawn; /* when */
};

void screen_open(struct screen *, FILE *to); /* to: if it is a terminal */

void progress_begin(struct screen *, struct progress *, struct span name, uint64_t size,
                    uint64_t done);
void progress_is(struct screen *, struct progress *,
                 uint64_t done); /* redraws at times */
void progress_end(struct screen *, struct progress *);
void progress_hide(struct screen *);

/* ---- pure: one line of at most so many columns; the rate as it is at `now` */
int progress_line(struct buf *, const struct progress *, unsigned columns);
void progress_measure(struct progress *, uint64_t now);

#endif
