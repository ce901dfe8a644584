/*
 * tokens - each term that SQLite's index of words takes is noted in a list (words.h), too:
 * its tokenizer unicode61 with ours around it, so that a text is taken apart once and both
 * know the same terms.  The database is as without it.
 */
#ifndef STORE_TOKENS_H
#define STORE_TOKENS_H

#include "store/words.h"

#include <sqlite3.h>

/* Before a table of words is made or used.  words: where the list's pointer is, as long as
 * the connection; NULL in it: nothing is noted.  An SQLite code. */
int tokens_note(sqlite3 *db, struct words **words);

#endif
