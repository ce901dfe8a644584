/*
 * index - an account's index.db: which messages there are, and where their octets lie.
 *
 * SQLite in WAL mode, synchronous=NORMAL, one connection: after a crash a prefix of its
 * transactions is there, and meta.applied_lsn tells which.  All SQL of the store stands
 * in index.c; every value is an integer.
 *
 *   meta      schema, store, applied_lsn, pack (the one that is appended to)
 *   mailbox   id 1: the INBOX
 *   email     a message: id is the lsn of its delivery.  pack 0: the file big/<off>
 *   msg       a message in a mailbox, under its uid
 *   expunged  uids that are gone
 *
 * A modseq is the lsn of the entry that made the change.
 *
 * Errors: -ENOSPC, -ENOMEM, …: try again; -EUCLEAN: the index is damaged; -EIO: the
 * disk is, which is final.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "base/span.h"

#include <sqlite3.h>

enum { INDEX_SCHEMA = 1, INBOX = 1 };

enum index_statement {
    INDEX_BEGIN,
    INDEX_COMMIT,
    INDEX_ROLLBACK,
    INDEX_STATE, /* -> schema, store, applied_lsn, pack, uidvalidity, uidnext, modseq */
    INDEX_SET_STATE,    /* applied_lsn */
    INDEX_SET_PACK,     /* pack */
    INDEX_SET_INBOX,    /* uidnext, modseq */
    INDEX_PACK_END,     /* pack -> where its last message ends */
    INDEX_ADD_EMAIL,    /* id, received, pack, off, size, crc */
    INDEX_ADD_MSG,      /* uid, email, modseq */
    INDEX_FIND_EMAIL,   /* id -> pack, off, size */
    INDEX_FIND_MSG,     /* uid -> pack, off, size */
    INDEX_TAKE_MSG,     /* uid -> email */
    INDEX_TAKE_EMAIL,   /* id -> pack, off */
    INDEX_ADD_EXPUNGED, /* uid, modseq */
    INDEX_FIND_LARGE,   /* off -> 1 */
    INDEX_LIST,         /* -> uid, pack, off, size; by uid */
    INDEX_STATEMENTS
};

struct index {
    sqlite3 *db;
    sqlite3_stmt *statements[INDEX_STATEMENTS]; /* prepared when first used */
    int wal_pages; /* in the write-ahead log, after the last commit */
};

/* 0, or -errno (-ENOENT: no such file). */
int index_open(struct index *, const char *path);
void index_close(struct index *);

/* The octets of a new index.db, with its tables and first rows. */
int index_image(uint64_t store, uint32_t uidvalidity, void **image_r, size_t *size_r);
void index_image_free(void *image);

/* Runs it to its end; what it returns is dropped. */
int index_do(struct index *, enum index_statement, const int64_t *values, int count);
#define INDEX_DO(index, statement, ...)                                                \
    index_do((index), (statement), (const int64_t[]){ __VA_ARGS__ },                   \
             (int)(sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)))

/* The first row: 1; 0: there is none; -errno. */
int index_find(struct index *, enum index_statement, int64_t value, int64_t *row_r,
               int columns);
/* Every row; on_row returns 0 to go on. */
int index_each(struct index *, enum index_statement, int columns,
               int (*on_row)(const int64_t *row, void *arg), void *arg);

/* Moves what the write-ahead log holds into the database once that is worth it. */
int index_tidy(struct index *);

/* For verify: the same as index_each for a statement of its own. */
int index_query(struct index *, const char *sql, int columns,
                int (*on_row)(const int64_t *row, void *arg), void *arg);

#endif
