/*
 * transfer - Content-Transfer-Encoding undone (RFC 2045 §6): one decoder for search,
 * preview, IMAP's BINARY, JMAP and filters, so that all see the same octets.
 *
 * It takes what it can and says when something was wrong.
 * base64: what is no base64 character is skipped; a quantum ends at "=", and another may
 * begin behind it; bits that are left over are dropped.
 * quoted-printable: "=" before anything but a line end or two hexadecimal digits stands
 * for itself; white space before a line end goes (§6.7, rule 3).
 */
#ifndef MIME_TRANSFER_H
#define MIME_TRANSFER_H

#include "mime/out.h"
#include "mime/record.h"

enum record_encoding encoding_of_name(struct span name); /* of an empty one: 7bit */

/* ---- piece by piece */
/* The characters of base64 that make no octet yet. */
struct quantum {
    uint32_t bits;
    unsigned count;   /* characters of it */
    unsigned padding; /* "=" behind it */
    bool ended;       /* by padding */
};

struct transfer {
    enum record_encoding encoding;
    bool broken; /* malformed, so far */
    struct quantum quantum;
};

/* How many octets are done with: what is left comes again before the next ones, for it may
 * be the beginning of something; of the last piece nothing is.  Whatever the pieces, the
 * same octets come of it, at most TRANSFER_MORE more of one than it has. */
enum { TRANSFER_MORE = 3 };
size_t transfer_take(struct transfer *, struct span octets, bool last, struct out *);

/* ---- all at once */
/* False: malformed.  An out without room measures. */
bool transfer_decode(enum record_encoding, struct span body, struct out *);

#endif
