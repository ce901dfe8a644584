/*
 * binary - BINARY of RFC 3516 (RFC 9051 §6.4.5): a part's octets with their transfer
 * encoding undone, piece by piece: once to learn what comes of them, and again to tell it.
 */
#ifndef IMAP_BINARY_H
#define IMAP_BINARY_H

#include "imap/fetch_att.h"
#include "imap/message.h"

/* What one BINARY[...] means of a message. */
struct binary {
    struct extent extent; /* as it stands there */
    uint8_t encoding;     /* enum record_encoding */
    uint64_t from, size;  /* of what comes of it: what the client asked for */
    bool has_nul;         /* within that: it needs a literal8 */
};

/* Of all attributes that are BINARY: 0, -EILSEQ: some encoding cannot be undone (§4.3: then
 * the answer is NO [UNKNOWN-CTE]); -errno. */
int binary_look_at_all(const struct body *, const struct record *,
                       const struct fetch_atts *, struct binary *binaries_r);
uint32_t binary_size(const struct record *, const struct fetch_att *); /* BINARY.SIZE */
/* Those octets, in pieces; `say` returns 0, or what ends it. */
int binary_put(const struct body *, const struct binary *,
               int (*say)(void *arg, struct span piece), void *arg);

#endif
