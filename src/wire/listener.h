/*
 * listener - accepts connections and starts a session on a fiber for each.
 *
 * Copies of a front share one listening descriptor: EAGAIN is normal.  A front that has
 * `sessions_max` sessions stops accepting until one ends; when the process runs out of
 * descriptors it gives up a reserved one to accept and close (A04, A05).  Whoever has too
 * many sessions already is told so and closed (wire/sources.h).
 */
#ifndef WIRE_LISTENER_H
#define WIRE_LISTENER_H

#include "wire/sources.h"
#include "wire/wire.h"

struct listener;

struct listener_settings {
    struct wire_settings wire;
    size_t sessions_max;
    void (*session)(struct wire *, void *arg); /* on a fiber; owns nothing: the wire is
                                                * closed when it returns */
    void *arg;
    const char *busy; /* said to one that cannot be served (not under implicit TLS);
                       * CRLF is added; or NULL */
    struct sources *sources; /* who has how many sessions; or NULL: nobody counts */
    const char *too_many;    /* said to one that has too many; as busy */
    unsigned copies; /* processes that share the descriptor; 0 and 1: this one alone */
};

/* fd: listening, non-blocking; owned from now on.  NULL: out of memory. */
struct listener *listener_open(int fd, const struct listener_settings *);
void listener_close(struct listener **); /* sessions go on */
/* From now on; write_time is for the sessions to come. */
void listener_change(struct listener *, size_t sessions_max, uint64_t write_time);

#endif
