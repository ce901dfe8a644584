/*
 * maker - a record in the making (mime/record.h).
 *
 * Rows and strings are added as the message is read, each kind at its end; what is past
 * a limit is left out and said so (RECORD_CUT).  A maker is used for one message after
 * the other and keeps its memory.
 */
#ifndef MIME_MAKER_H
#define MIME_MAKER_H

#include "base/buf.h"
#include "mime/out.h"
#include "mime/record.h"

struct maker {
    struct buf parts, envelopes, addresses, parameters, words, strings;
    struct record_head head; /* flags, text, text_body, preview: whoever finds them */
    int error;               /* -ENOMEM: nothing more is added */
};

void maker_open(struct maker *); /* zeroed at birth; forgets what was made before */
void maker_free(struct maker *);
/* The record of a message of so many octets; it is emptied first.  0 or -ENOMEM. */
int maker_finish(struct maker *, uint32_t size, struct buf *record_r);

/* ---- strings */
/* Room for one string of up to MIME_TEXT_MAX octets; no other until it has ended. */
struct out maker_begin(struct maker *);
struct record_text maker_end(struct maker *, const struct out *);
struct record_text maker_text(struct maker *, struct span); /* of a span elsewhere */
/* Borrowed until the next string is added. */
struct span maker_string(const struct maker *, struct record_text);

/* ---- rows: their number, or RECORD_NONE when there are too many */
uint32_t maker_add_part(struct maker *, const struct record_part *);
uint32_t maker_add_envelope(struct maker *, const struct record_envelope *);
uint32_t maker_add_address(struct maker *, const struct record_address *);
uint32_t maker_add_parameter(struct maker *, const struct record_parameter *);
uint32_t maker_add_word(struct maker *, struct record_text);
/* Borrowed until the next is added. */
struct record_part *maker_part(struct maker *, uint32_t row);
uint32_t maker_parts(const struct maker *); /* how many there are */
uint32_t maker_addresses(const struct maker *);
uint32_t maker_parameters(const struct maker *);
uint32_t maker_words(const struct maker *);

/* What stands for a message that cannot be read: one opaque part of that size. */
int record_opaque(uint32_t size, struct buf *record_r);

#endif
