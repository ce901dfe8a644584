/*
 * encoded_word - RFC 2047, with RFC 2231 §5's language: "=?charset*lang?B?text?=".
 *
 * White space between two encoded words goes (§6.2); what adjacent ones of one charset
 * hold is put together before it is converted, for many senders split a character.
 * Deviations, all of them what mail asks for: an encoded word may be longer than 75
 * characters, need not have white space around it, and counts within a quoted string and
 * a parameter too.  What is not well formed stays as it stands.
 *
 * The result is UTF-8 without control characters: no CR, LF or NUL can hide in one.
 */
#ifndef MIME_ENCODED_WORD_H
#define MIME_ENCODED_WORD_H

#include "mime/out.h"

/* text: unfolded (lex_unfold). */
void encoded_words_decode(struct span text, struct out *);
/* Is its decoded form the same octets? */
bool encoded_words_are_none(struct span text);

#endif
