/*
 * results - Authentication-Results (RFC 8601): what was found, said in the header, where
 * readers and filters look for it.
 * What comes in under our name goes: trust/authserv.h.
 */
#ifndef TRUST_RESULTS_H
#define TRUST_RESULTS_H

#include "base/buf.h"
#include "trust/dmarc.h"

struct results {
    struct span host;      /* authserv-id: our name */
    struct span mail_from; /* the whole reverse-path; "": it was null */
    struct span helo;
    const struct spf_answer *spf; /* each may be NULL: it was not looked at */
    const struct dkim_verifier *dkim;
    const struct dmarc_answer *dmarc;
};

/* Puts the field with its CRLF.  0 or -errno. */
int results_put(const struct results *, struct buf *out);

#endif
