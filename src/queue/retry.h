/*
 * retry - when a recipient whose turn has failed is tried again: RFC 5321 §4.5.4.1.
 *
 * A function of times that the caller has, in seconds since 1970, and of a random number.
 * The first wait is `first`; each further one is half as long again, up to `most`; an
 * eighth of it is left to chance, so that what was queued together does not come back
 * together.  The last attempt is made when the time is over, not before.
 */
#ifndef QUEUE_RETRY_H
#define QUEUE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds. */
struct retry_settings {
    uint32_t first, most;
    uint32_t notice;  /* behind the arrival: the sender is told that it takes long */
    uint32_t give_up; /* the same: nothing is tried any more */
};
extern const struct retry_settings
    retry_usual; /* 30 minutes, 4 hours; 4 hours, 5 days */

struct waiting {
    int64_t arrived;
    uint32_t attempts;  /* that have failed so far, this one too */
    bool noticed;       /* the sender has been told */
    int64_t deliver_by; /* RFC 2852: another end of the time; 0: the usual one */
};

enum retry_action { RETRY, RETRY_AND_TELL, GIVE_UP };

struct retry {
    enum retry_action action;
    int64_t at;      /* of the next attempt */
    int64_t give_up; /* the end of the time: Will-Retry-Until of RFC 3464 §2.3.9 */
};

/* An attempt has failed for now. */
struct retry retry_after(const struct retry_settings *, const struct waiting *,
                         int64_t now, uint64_t random);

#endif
