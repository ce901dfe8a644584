/*
 * index - an account's index.db: which messages there are, and where their octets lie.
 *
 * SQLite in WAL mode, synchronous=NORMAL, one connection: after a crash a prefix of its
 * transactions is there, and state.applied tells which.  All SQL of daily work stands in
 * index.c; every value is an integer.  rows.h says what they mean.
 *
 *   meta        schema, store
 *   state       one row: how far entries have been filed, where the packs end, and the
 *               numbers that are given once: uidvalidity, mailbox
 *   mailbox     INBOX, and what the account has made
 *   name        what they are called, and subscriptions (named.h)
 *   email       a message: id is the lsn of its delivery; pack, off: its place there.
 *               large: not 0, it is the file big/<large>, and that place a mere record;
 *               refs: in so many mailboxes is it
 *   msg         a message in a mailbox, under its uid; saved: 0, when it was received
 *   expunged    uids that are gone
 *   env         what parse has found (env.h)
 *
 * A modseq is the lsn of the entry that made the change.
 *
 * Errors: -ENOSPC, -ENOMEM, …: try again; -EUCLEAN: the index is damaged; -EIO: the
 * disk is, which is final.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "base/span.h"
#include "store/names.h"

#include <sqlite3.h>

enum {
    INDEX_SCHEMA = 3,
    INDEX_SCHEMA_BARE = 1, /* the packs of that one held bodies and nothing else */
};

enum index_statement {
    INDEX_BEGIN,
    INDEX_COMMIT,
    INDEX_ROLLBACK,
    INDEX_IDENTITY, /* -> schema, store */
    INDEX_STATE, /* -> applied, pack, end, next, used, dead, uidvalidity, mailbox, seal */
    INDEX_SET_STATE, /* the same */
    INDEX_MAILBOXES, /* -> id, role, uidvalidity, uidnext, modseq, total, unseen, deleted,
                      * octets, pruned, sum, seal; by id */
    INDEX_SET_MAILBOX,   /* the same; it may be new */
    INDEX_TAKE_MAILBOX,  /* id */
    INDEX_TAKE_EXPUNGED, /* mailbox */
    INDEX_ADD_EMAIL,     /* id, received, pack, off, size, crc, large, refs, sum */
    INDEX_FIND_EMAIL,    /* id -> received, pack, off, size, crc, large, refs, sum */
    INDEX_TAKE_EMAIL,    /* id */
    INDEX_SET_EMAIL,     /* id, pack, off, refs, sum */
    INDEX_ADD_MSG,       /* mailbox, uid, email, flags, modseq, saved */
    INDEX_FIND_MSG,      /* mailbox, uid -> email, flags, modseq, saved */
    INDEX_TAKE_MSG,      /* the same */
    INDEX_RANGE,         /* mailbox, first, last -> uid, email, flags, modseq, saved */
    INDEX_SET_FLAGS,     /* mailbox, uid, flags, modseq */
    INDEX_TELLING, /* mailbox -> uid, email, flags, saved; of those that have any */
    INDEX_PACKS,   /* -> pack, octets of its records that are needed */
    INDEX_OF_PACK, /* pack -> as INDEX_LIST; by off, each once, in its first mailbox */
    INDEX_PRUNE,   /* how many of expunged stay -> mailbox, of each that goes */
    INDEX_ADD_EXPUNGED,    /* mailbox, uid, modseq, email */
    INDEX_FIND_EXPUNGED,   /* mailbox, uid -> 1 */
    INDEX_VANISHED,        /* mailbox, modseq -> uid, of what is gone since; by uid */
    INDEX_DELETED,         /* mailbox -> octets of what is \Deleted */
    INDEX_OLDEST_EXPUNGED, /* -> the least modseq of expunged */
    INDEX_FIND_LARGE,      /* large -> 1 */
    INDEX_LIST, /* mailbox -> mailbox, uid, flags, modseq, saved, id, received, pack, off,
                 * size, crc, large, refs, sum; by uid */
    INDEX_STATEMENTS
};

struct index {
    sqlite3 *db;
    sqlite3_stmt *statements[INDEX_STATEMENTS]; /* prepared when first used */
    sqlite3_stmt *last;                         /* of index_write */
    const char *last_sql;
    int wal_pages; /* in the write-ahead log, after the last commit */
};

/* 0, or -errno (-ENOENT: no such file). */
int index_open(struct index *, const char *path);
void index_close(struct index *);

/* A new one in memory, with its tables and no state; and its octets, as of a file. */
int index_make(struct index *, uint64_t store);
int index_image(struct index *, void **image_r, size_t *size_r);
void index_image_free(void *image);
/* The same in a new file, which nothing but index_finish makes safe. */
int index_make_file(struct index *, const char *path, uint64_t store);
int index_finish(struct index *, const char *path); /* closes it, too */

/* Runs it to its end; what it returns is dropped. */
int index_do(struct index *, enum index_statement, const int64_t *values, int count);
/* The first row: 1; 0: there is none; -errno. */
int index_find(struct index *, enum index_statement, const int64_t *values, int count,
               int64_t *row_r, int columns);
/* Every row; on_row returns 0 to go on. */
int index_each(struct index *, enum index_statement, const int64_t *values, int count,
               int columns, int (*on_row)(const int64_t *row, void *arg), void *arg);
#define INDEX_VALUES(...)                                                              \
    (const int64_t[]){ __VA_ARGS__ },                                                  \
        (int)(sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))
#define INDEX_DO(index, statement, ...)                                                \
    index_do((index), (statement), INDEX_VALUES(__VA_ARGS__))

/* Moves what the write-ahead log holds into the database once that is worth it. */
int index_tidy(struct index *);

/* What SQLite's result code means. */
int index_error(struct index *, int code);

/* For verify, and to make an index anew: with statements of their own. */
int index_script(struct index *, const char *sql);
int index_write(struct index *, const char *sql, const int64_t *values, int count);
int index_query(struct index *, const char *sql, int columns,
                int (*on_row)(const int64_t *row, void *arg), void *arg);

#endif
