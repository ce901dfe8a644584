/*
 * text - one account's text for search: what parse has decoded, and the index of its words.
 *
 *     text.N    texts one after the other (mime/read.h), append-only; past TEXT_SIZE the
 *               next one begins
 *     text.db   place(email PRIMARY KEY, file, off, len, body, crc): where a text lies, and
 *               where that of its body begins; word: FTS5, contentless, no positions: which
 *               emails have a word; meta: store, indexed: every message up to this lsn,
 *               and how far the list of words goes
 *     text.words.N    that list (words.h)
 *
 * All of it can be made again from the packs, so nothing here is ever waited for: what is
 * damaged, or more than half of which is of messages that have gone, is dropped and made
 * again.  A text of a message that is gone stays until then; who searches asks the index
 * what is there.  Used by one thread.  Errors as in index.h.
 */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include "store/words.h"

struct text_index;

struct text_item {
    uint64_t email;
    struct span text;
    uint32_t body; /* where in it the body's begins */
};

/* Made when it is not there.  -ENOENT: there is no such account; -EUCLEAN: damaged, or of
 * another store. */
int text_open(struct text_index **text_r, int store, uint64_t store_id,
              uint64_t account);
void text_close(struct text_index **);

/* At least one, by email; what is not above `indexed` is there already.  All or none. */
int text_add(struct text_index *, const struct text_item *, size_t count);
uint64_t text_indexed(const struct text_index *);
uint64_t text_count(const struct text_index *); /* texts, of messages that went too */

/* The text of a message; malloc'ed.  -ENOENT, or -EUCLEAN: it is not what was written. */
int text_get(struct text_index *, uint64_t email, struct span *text_r,
             uint32_t *body_r);
/* Every email that has the word (folded), ascending; a "*" behind it: that begins so. */
int text_find(struct text_index *, struct span word,
              int (*on_email)(uint64_t email, void *arg), void *arg);

/* Every term that has the part in it (words.h), to be looked for by text_find. */
int text_terms(struct text_index *, struct span part, enum word_part,
               int (*on_term)(struct span term, void *arg), void *arg);

/* For verify: texts that are not what was written.  -ENOENT: it has none at all. */
int text_check(int store, uint64_t store_id, uint64_t account, uint64_t *wrong_r);

/* Removes its files; it is closed. */
int text_drop(int store, uint64_t account);

#endif
