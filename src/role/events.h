/*
 * events - the log role's other half: events as lines of text, for people.
 *
 *     2026-11-21T09:30:00.123Z mx notice [1f2e3d4c] login refused for "bob"
 *
 * All go to DIR/log/events (which becomes events.1 when it has grown to EVENTS_FILE),
 * notices to standard error too (what is worse, a role says there itself, at once).
 * [...] is the session's id as `packetboat wire` shows it.
 */
#ifndef ROLE_EVENTS_H
#define ROLE_EVENTS_H

#include "base/ring.h"

/* dir: DIR/log, borrowed.  0 or -errno. */
int events_open(int dir);
void events_close(void);
/* The record may come from a hostile process: everything of it is made harmless. */
void events_put(const struct record *, struct span text);
/* Writes what was put.  What cannot be written is said on standard error. */
void events_flush(void);

#endif
