/*
 * lex - the tokens of structured header fields (RFC 5322 §3.2, RFC 2045 §5.1), as
 * tolerant as RFC 5322 §4 asks and as mail is.
 *
 * White space is every control character too, line ends included: a value is read as it
 * stands, folded.  What is 8-bit belongs to atoms (RFC 6532 §3.2).  Comments nest by a
 * counter.  Every function goes forward and looks at no octet twice.
 */
#ifndef MIME_LEX_H
#define MIME_LEX_H

#include "mime/out.h"

static inline bool lex_is_white(char c)
{
    return (unsigned char)c <= ' ' || c == 127;
}

/* A set of characters below 128. */
struct lex_set {
    uint64_t bits[4];
};
extern const struct lex_set lex_specials;  /* RFC 5322 §3.2.3 */
extern const struct lex_set lex_tspecials; /* RFC 2045 §5.1 */

static inline bool lex_is_in(const struct lex_set *set, char c)
{
    return set->bits[(unsigned char)c >> 6] >> ((unsigned char)c & 63) & 1;
}

/* White space and comments go; what the last comment says goes to `comment` (may be
 * NULL), which is emptied first when there is one. */
void lex_skip(struct span *s, struct out *comment);
/* Takes what is neither white nor in the set; false: nothing of the kind is there. */
bool lex_take_word(struct span *s, const struct lex_set *stop, struct span *word_r);
/* A quoted-string, which begins here; its content, unquoted and unfolded, to `out`.  It
 * ends with the value if nobody ends it. */
void lex_take_quoted(struct span *s, struct out *out);
/* A domain-literal, which begins here, as it stands but for white space. */
void lex_take_literal(struct span *s, struct out *out);

/* ---- values that have no tokens */
/* Without line ends, control characters (a tab stays) and the white space around. */
void lex_unfold(struct span value, struct out *out);
struct span lex_trim(struct span s);

#endif
