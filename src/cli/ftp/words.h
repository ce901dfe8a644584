/*
 * words - what a person types, as commands of words.
 *
 * As a shell reads it, as far as that goes: blanks part words; '...' and "..." and \x take
 * what is in them as it is; ";" and the line's end part commands; "#" at a word's
 * beginning opens a comment; "> FILE", ">> FILE" and "| COMMAND" at a command's end say
 * where its output goes.  A command that begins with "!" is the rest of the line, for the
 * system's shell.  There are no variables.
 *
 * A word is had twice: as text, and as a pattern (base/glob) in which what was quoted
 * is escaped, so that 'a*b' matches the star alone.
 */
#ifndef CLI_FTP_WORDS_H
#define CLI_FTP_WORDS_H

#include "base/arena.h"
#include "base/buf.h"

enum { STATEMENT_WORDS_MAX = 1000, LINE_OCTETS_MAX = 64 << 10 };

struct word {
    const char *text, *pattern; /* NUL-ended, in the arena */
    bool quoted;                /* a part of it was */
};

enum output { OUTPUT_HERE, OUTPUT_FILE, OUTPUT_APPEND, OUTPUT_PIPE };

struct statement {
    struct word *words;
    size_t count; /* 0: an empty command */
    enum output output;
    const char *whither; /* the file, or the command */
};

/* Takes the first command and its ";" or line end.  NULL, or what is wrong with it; then
 * all is taken. */
const char *take_statement(struct span *text, struct arena *, struct statement *r);

/* ---- for completion */
struct unfinished {
    size_t number;     /* of the word that the text ends in, 0 the command's name */
    size_t begins;     /* where it begins in the text */
    char quote;        /* the quote that is open, or NUL */
    struct span first; /* the command's name, as it stands there */
    struct span word;  /* what the word is so far, without quotes; in the arena */
    bool is_file;      /* it stands behind ">" */
};
/* What a line that ends here (at the cursor) is about to say.  False: it is no single
 * line, or there is no memory. */
bool read_unfinished(struct span text, struct arena *, struct unfinished *r);
/* A name as it may be typed: quoted where it has to be, in the way that was begun.  The
 * closing quote is not put.  0 or -errno. */
int put_quoted(struct buf *, struct span name, char quote);

#endif
