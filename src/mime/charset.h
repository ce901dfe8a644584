/*
 * charset - text in any charset becomes UTF-8.
 *
 * us-ascii, utf-8, iso-8859-1 and windows-1252 (which is what mail means by the former)
 * are built in.  The others are iconv's, from a fixed list: their converters are opened
 * once, before the sandbox, for afterwards nothing can be.  Each conversion begins in
 * the initial state, so that no shift of ISO-2022 leaks from one string into the next.
 * UTF-7 is not here: what looks harmless must not turn into something else.
 *
 * Of a charset that is unknown ASCII is kept; what is not text in its charset becomes
 * U+FFFD, an octet at a time.
 */
#ifndef MIME_CHARSET_H
#define MIME_CHARSET_H

#include "mime/out.h"

struct charset;

/* Opens iconv's; what this system does not have stays unknown.  How many there are. */
size_t charsets_open(void);
void charsets_close(void);

const struct charset *charset_find(struct span name); /* NULL: unknown */
/* Is every text in it UTF-8 as it stands, but for errors? */
bool charset_is_utf8(const struct charset *);
/* All of `octets`, or what there is room for: whole characters.  NULL: unknown. */
void charset_to_utf8(const struct charset *, struct span octets, struct out *);

/* One character off a text that is not empty; U+FFFD and one octet, if it is none. */
uint32_t utf8_take(struct span *s);
/* The same text as valid UTF-8, without control characters: line ends and tabs become
 * spaces.  What is plain (visible ASCII and spaces) is that already. */
void utf8_clean(struct span text, struct out *);
bool utf8_is_plain(struct span text);

#endif
