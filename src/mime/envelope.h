/*
 * envelope - what a message's own fields say of it (RFC 5322 §3.6), for IMAP's ENVELOPE
 * and JMAP.
 *
 * Of a field that may stand there once the first counts, and the message is ambiguous;
 * To, Cc and Bcc are joined (RFC 5322 §4.5 allows more than one).
 */
#ifndef MIME_ENVELOPE_H
#define MIME_ENVELOPE_H

#include "mime/header.h"
#include "mime/maker.h"

/* Its rows in the making: addresses of one kind must stand together. */
void envelope_begin(struct record_envelope *);
/* A field of the header; others than the envelope's are none of its business. */
void envelope_take(struct maker *, struct record_envelope *, enum header_field,
                   struct span value);
/* Once all fields are in. */
void envelope_end(struct maker *, struct record_envelope *);

/* Words between "<" and ">" (msg-id), or between commas (languages). */
struct record_rows message_ids_read(struct maker *, struct span value);
struct record_rows languages_read(struct maker *, struct span value);

#endif
