/*
 * arc_inside - what judging a seal and making one have in common.
 */
#ifndef TRUST_ARC_INSIDE_H
#define TRUST_ARC_INSIDE_H

#include "trust/arc.h"

/* The hash that a seal is over (§5.1.1): the sets before it, its own first two fields,
 * and itself with nothing for b=.  0 or -ENOMEM. */
int arc_seal_digest(const struct arc_set *, unsigned before, struct span results,
                    struct span message, struct span seal, uint8_t digest_r[32]);

#endif
