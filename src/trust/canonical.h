/*
 * canonical - header fields and bodies as they are hashed (RFC 6376 §3.4).
 *
 * A body streams through in pieces of any size; nothing of it is kept but a count of
 * empty lines.  Lines end in CRLF; a CR or an LF alone is an octet as any other.
 */
#ifndef TRUST_CANONICAL_H
#define TRUST_CANONICAL_H

#include "base/arena.h"
#include "mime/header.h"

#include <openssl/evp.h>

/* What a header section has.  Spans point into it. */
struct fields {
    struct field *at;
    size_t count;
    bool unclear; /* more than TRUST_FIELDS_MAX, or lines that belong to no field: two
                   * readers could read it in two ways, and nothing is believed of it */
};

/* 0 or -ENOMEM.  section: with or without the empty line behind it. */
int fields_read(struct span section, struct arena *, struct fields *fields_r);
/* From the colon's other side to the end: the whole field, without the last line end. */
struct span field_whole(const struct field *);

/* Where canonical octets go. */
struct canonical_sink {
    void (*put)(void *arg, struct span);
    void *arg;
};
/* A sink that hashes. */
struct canonical_sink canonical_hash(EVP_MD_CTX *);

/* One field, §3.4.1 and §3.4.2, without the CRLF behind it. */
void canonical_field(struct span whole, bool relaxed, const struct canonical_sink *);

struct canonical_body {
    struct canonical_sink sink;
    bool relaxed;
    uint64_t most;   /* of the canonical octets, so many go to the sink: l= */
    uint64_t octets; /* canonical ones so far */
    uint64_t lines;  /* line ends held back: they may be the last */
    bool cr;         /* so is a CR */
    bool space;      /* and white space, relaxed */
    bool something;  /* not only line ends have come */
};

void canonical_body_begin(struct canonical_body *, struct canonical_sink, bool relaxed,
                          uint64_t most);
void canonical_body_take(struct canonical_body *, struct span piece);
void canonical_body_end(struct canonical_body *);

#endif
