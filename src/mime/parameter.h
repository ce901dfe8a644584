/*
 * parameter - "; name=value" behind a Content-Type and a Content-Disposition (RFC 2045
 * §5.1, RFC 2183), with charsets and continuations (RFC 2231).
 *
 * A name may stand there in three forms: name* with a charset, sections name*0, name*1,
 * or plain.  The first of these that is there is taken, whatever order they came in;
 * within a form the first wins (and the message is ambiguous).  Sections may come in any
 * order; they end at the first that is missing.  A value that is not quoted goes to the
 * next white space or ";".
 */
#ifndef MIME_PARAMETER_H
#define MIME_PARAMETER_H

#include "mime/maker.h"

/* value: what is behind the type.  The rows that it made. */
struct record_rows parameters_read(struct maker *, struct span value);

/* The raw form of a text (unfolded, unquoted) and its UTF-8, which may be the same. */
void text_pair(struct maker *, struct span raw, struct record_text *raw_r,
               struct record_text *decoded_r);

/* Of the rows given; NIL: no such parameter. */
struct record_text parameter_find(const struct maker *, struct record_rows,
                                  struct span name, bool decoded);

/* A name under which something may be saved: no directories, no dots in front, nothing
 * that turns the direction of writing; at most FILENAME_OCTETS_MAX. */
struct record_text filename_make(struct maker *, struct record_text decoded);

#endif
