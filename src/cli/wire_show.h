/*
 * wire_show - transcript records as a dialogue for people.
 *
 *     2026-11-21
 *     09:30:00.123 1f2e3d4c smtp 127.0.0.1
 *     09:30:00.125 1f2e3d4c C: HELO crepes.fr
 *     09:30:00.125 1f2e3d4c S: 250 Hello crepes.fr
 *     09:30:00.201 1f2e3d4c    [4096 octets]
 *     09:30:00.230 1f2e3d4c -- the peer closed [refused, dropped]
 *
 * Every line bears its session's id, so that sessions that ran at once can be told apart
 * (and grepped).  Control characters are shown as \xNN.  Local time.
 */
#ifndef CLI_WIRE_SHOW_H
#define CLI_WIRE_SHOW_H

#include "base/ring.h"

#include <stdio.h>

struct show {
    FILE *to;
    bool colour;
    int day; /* the last line's, as year * 1000 + day of the year; 0: none yet */
};

/* Events without a session are not shown: they stand in log/events. */
void show_record(struct show *, const struct record *, struct span text);

#endif
