/*
 * read - a message is read, once: its record (mime/record.h), and its text for search.
 *
 * The text is folded (mime/fold.h), a line for each thing that was found: subject,
 * addresses and message-ids first, then what the body has: names of files, subjects of
 * messages within, and all text parts, HTML as words.  The record says where the body
 * begins.  At most SEARCH_TEXT_MAX octets, whole characters.  Where nobody searches it is
 * not made, and the record says that it has none.
 *
 * A pure function of the message; linear; memory as the limits say.
 */
#ifndef MIME_READ_H
#define MIME_READ_H

#include "mime/maker.h"

/* Zeroed at birth; keeps its memory from one message to the next. */
struct reading {
    bool without_text;
    struct maker maker;
    struct buf record, text;
    struct buf decoded, converted, stripped; /* one text part on its way */
};

/* 0, -ENOMEM, or -EFBIG: more than UINT32_MAX octets. */
int message_read(struct reading *, struct span message);
void reading_free(struct reading *);

/* ---- text.c: what message_read does with the parts, once they are known */
int text_read(struct reading *, struct span message);

#endif
