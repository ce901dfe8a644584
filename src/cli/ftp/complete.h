/*
 * complete - what a word that was begun may become: commands, bookmarks, names here and
 * names there (which asks the server, so it runs on the shell's fiber).
 */
#ifndef CLI_FTP_COMPLETE_H
#define CLI_FTP_COMPLETE_H

#include "cli/ftp/shell.h"

enum { CANDIDATES_MAX = 10000 };

/* All in the arena. */
struct completion {
    size_t begins;    /* the word, in the text */
    struct span text; /* what is to stand in its place, quoted; empty: nothing new */
    struct span
        *words; /* the candidates, sorted, without what they share before the "/" */
    size_t count;
};

/* What the text before the cursor may go on with.  False: with nothing. */
bool complete(struct shell *, struct span text, struct arena *, struct completion *r);

#endif
