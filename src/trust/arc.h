/*
 * arc - what others found on a message's way, sealed: Authenticated Received Chain,
 * RFC 8617.
 *
 * A chain is of sets, one a hop: Authentication-Results, a signature of the message and
 * a seal over all sets so far.  It is as good as its newest signature and every seal
 * (§5.2); whether its sealers are believed is the caller's to say: a chain that holds
 * proves who says something, not that it is true (D07).  More than ARC_SETS_MAX sets are
 * no chain.
 */
#ifndef TRUST_ARC_H
#define TRUST_ARC_H

#include "trust/sign.h"

enum arc_result { ARC_NONE, ARC_PASS, ARC_FAIL };
const char *arc_result_name(enum arc_result);

struct arc_set {
    const struct field *results, *message, *seal; /* NULL: not seen */
};

struct arc_chain {
    enum arc_result result;
    const char *reason; /* of ARC_FAIL */
    bool uncertain;     /* it fails because a key could not be asked for */
    bool broken;        /* its newest seal says cv=fail, or its sets are no sequence */
    unsigned count;     /* sets; the newest is set[count - 1] */
    struct arc_set set[ARC_SETS_MAX];
    struct span sealer; /* d= of the newest seal; "" */

    struct arena *arena;
    const struct fields *fields;
    struct dkim_signature message; /* the newest signature, and its body */
    struct dkim_body body;
};

/* begin, take, end, as of dkim_verify.  0 or -ENOMEM; to be closed either way. */
int arc_begin(struct arc_chain *, const struct fields *, struct arena *);
void arc_take(struct arc_chain *, struct span piece);
void arc_end(struct arc_chain *, const struct ask *);
void arc_close(struct arc_chain *);

/* The next set, for a message that is sent on (§5.1), in front of its header section.
 * results: what stands behind "Authentication-Results:", as results_put makes it,
 * without the last CRLF.  The chain has come to its end, and body_digest is of the
 * message as it leaves.  0; -EBADMSG: nothing is added to a chain that has failed before;
 * -E2BIG: it has ARC_SETS_MAX; or -errno of the key. */
int arc_seal(const struct arc_chain *, const struct sign_key *, struct span results,
             const struct fields *, const uint8_t body_digest[32], uint64_t now,
             struct arena *, struct buf *out);

#endif
