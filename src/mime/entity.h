/*
 * entity - the header of a message or of a part (RFC 2045 §3): what its own fields say.
 */
#ifndef MIME_ENTITY_H
#define MIME_ENTITY_H

#include "mime/maker.h"

struct entity {
    struct record_part part;
    struct record_text boundary; /* raw; not there: no multipart, or a useless one */
};

/* part: its offsets are set.  is_message: it has an envelope.  in_digest: what is not
 * said to be anything is a message (RFC 2046 §5.1.5), else plain text. */
void entity_read(struct maker *, struct span header, bool is_message, bool in_digest,
                 struct entity *);

#endif
