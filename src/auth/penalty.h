/*
 * penalty - who guesses passwords waits longer and longer, and then in vain (A10).
 *
 * Wrong logins are counted of an address (IPv6: its /64), of its network (/24; /48), and
 * of a name from that network.  Counts drain, `failures` in `seconds`.  Each wrong answer
 * is kept from the client longer than the one before; and while an address or a name has
 * reached `failures`, or a network four times as many, nothing more is checked.  So a name
 * is never closed to all the world because somebody guesses; and from a network where
 * it was right not long ago it is not closed at all, there it is the waiting alone.
 *
 * A name counts as it is said, known or not: nothing here tells one from the other.  Exempt
 * networks are not counted.  Memory has a bound; what was touched longest ago goes first,
 * and all of it with the process.
 */
#ifndef AUTH_PENALTY_H
#define AUTH_PENALTY_H

#include "config/settings.h"

struct penalties;
/* Borrows the settings.  NULL: no memory. */
struct penalties *penalties_open(const struct penalty_setting *);
void penalties_close(struct penalties **);

/* Who tries: a name, in its canonical form, and an address as printed. */
enum { PENALTY_KEY = 25, PENALTY_COUNTS = 3 };
struct suspect {
    bool exempt;
    uint8_t keys[PENALTY_COUNTS][PENALTY_KEY];
};
void penalty_suspect(const struct penalties *, struct span name, struct span source,
                     struct suspect *suspect_r);

enum penalty {
    PENALTY_NONE,   /* check it; then penalty_end */
    PENALTY_BUSY,   /* too many checks for that address are under way */
    PENALTY_LATER,  /* not for a while */
    PENALTY_BEGINS, /* the same, for the first time in this penalty: log it */
};
enum penalty penalty_begin(struct penalties *, const struct suspect *);

enum proof { PROOF_RIGHT, PROOF_WRONG, PROOF_UNCHECKED };
/* How long the answer is to be kept from the client, in milliseconds. */
uint32_t penalty_end(struct penalties *, const struct suspect *, enum proof);

#endif
