/*
 * text_inside - what text.c (opening, adding, dropping) and text_read.c (looking up,
 * checking) both know of an account's text.
 */
#ifndef STORE_TEXT_INSIDE_H
#define STORE_TEXT_INSIDE_H

#include "store/folder_inside.h"
#include "store/index.h"
#include "store/text.h"
#include "store/words.h"

enum text_statement {
    ADD_PLACE,
    ADD_WORDS,
    SET_INDEXED,
    SET_WORDS,
    FIND,
    EACH_FROM,
    SEARCH,
    STATEMENTS
};

struct text_index {
    struct index index; /* for its connection alone */
    sqlite3_stmt *statements[STATEMENTS];
    struct words *words;
    int store, fd; /* fd: of the text that is appended to; -1 */
    uint64_t account, indexed, count, end;
    uint32_t file;
};

void text_path(char path_r[FOLDER_PATH], uint64_t account, uint32_t file);
/* The statement, prepared; the caller binds, steps and resets it.  0 or -errno. */
int text_start(struct text_index *, enum text_statement, sqlite3_stmt **);

#endif
