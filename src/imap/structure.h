/*
 * structure - ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 §7.5.2) of a message's record
 * (mime/record.h): looked up, not read again.
 *
 * Deviations, and why:
 *   - A multipart without parts shows one empty text part: the grammar has no other way.
 *   - What was not looked into (MIME_DEPTH_MAX), and a message/rfc822 that is encoded,
 *     show as application/octet-stream: their inside is nobody's part.
 *   - A parameter of RFC 2231 shows joined, as name*=utf-8''..., whatever its sections.
 */
#ifndef IMAP_STRUCTURE_H
#define IMAP_STRUCTURE_H

#include "base/buf.h"
#include "mime/record.h"

/* All 0, or as buf_put; then what is in the buf means nothing.  utf8: the client reads
 * UTF-8 within quotes.  row: an envelope's, not RECORD_NONE. */
int imap_put_envelope(struct buf *, const struct record *, uint32_t row, bool utf8);
/* extended: BODYSTRUCTURE; else BODY. */
int imap_put_body_structure(struct buf *, const struct record *, bool extended,
                            bool utf8);

/* ---- parts and their numbers (§6.4.5.1) */
/* The row that a number means, of the message itself (depth 0) or a part; false: there is
 * none.  1 of a message that is no multipart is that message's own row. */
bool imap_find_part(const struct record *, const uint32_t *path, size_t depth,
                    uint32_t *row_r);

#endif
