/*
 * text_search - which messages of an account have a text, by its index of words.
 *
 * IMAP asks for substrings.  So the index only narrows: the longest word of what is looked
 * for, which at its beginning may be the end of a word, at its end the beginning of one,
 * and alone a part of one, is looked up; then each text that has it is read and the
 * substring looked for in it.  Where no word narrows (there is none of ASCII, or too many
 * have that part), all texts are read.
 *
 * A search goes on in slices of FIND_SLICE_MS; what it keeps between them is what it has
 * narrowed to.  Used by the text's thread.
 */
#ifndef STORE_TEXT_SEARCH_H
#define STORE_TEXT_SEARCH_H

#include "store/find.h"
#include "store/text.h"

struct text_search;

/* folded: mime/fold.h; at least an octet.  body: not in subject, addresses and
 * message-ids.  Errors as of text_get. */
int text_search_open(struct text_search **search_r, struct text_index *,
                     struct span folded, bool body);
void text_search_close(struct text_search **);
bool text_search_is_for(const struct text_search *, struct span folded, bool body);
/* The next ones after that email. */
int text_search_next(struct text_search *, struct text_index *, uint64_t after,
                     struct text_slice *slice_r);

#endif
