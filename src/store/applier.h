/*
 * applier - the thread that files durable journal entries in the account folders.
 *
 * It alone touches the folders while the store is open.  Entries wait here, by account;
 * the accounts stand in a line, the one with the oldest entry first, and each is filed
 * whole, in few transactions.  It lets them wait APPLY_LAG_MS, since many at once cost
 * little more than one; it does not when much waits, when it is an expunge
 * (somebody wants that room back), or when somebody asks for that account: a job (read this, open that) sees everything that came in before it.
 *
 * An account whose folder is damaged gets its entries put aside in the file `stuck`, which
 * is filed when that is mended; a full disk is tried again; a disk that fails is final.
 *
 * The floor is the lsn below which every entry has been filed.
 */
#ifndef STORE_APPLIER_H
#define STORE_APPLIER_H

#include "base/list.h"
#include "store/account.h"

struct applier;

/* Something to do with an account, on the applier's thread.  The asker's; he may not go
 * before it is done. */
struct job {
    struct list link;
    uint64_t account;
    /* The account is open; 0 or -errno. */
    int (*run)(struct account *, struct job *);
    int error;           /* run's, or why it did not: -ENOENT, -EUCLEAN, -ENOSPC … */
    bool done;           /* set by applier_done's caller, for himself */
    struct fiber *fiber; /* the asker's too */
    /* Not NULL: called on the applier's thread instead of applier_done; the job is the
     * asker's again. */
    void (*on_done)(struct job *);
    /* For one who has mended the folder: run gets NULL, the account stays closed, and
     * with 0 it may be opened again. */
    bool mends;
    /* Of what has been filed already: nothing is filed for it. */
    bool as_is;
    /* The same where a full disk lets nothing be filed, if only new mail waits: what is
     * there can be read, and nothing that was expunged is shown again. */
    bool reads;
    void *arg;
};

/* Room that expunges have given back: their lsn is at most this. */
struct freed {
    struct freed *next;
    uint64_t account, lsn, octets;
};

struct applier_settings {
    struct shelf *shelf; /* whose floor is kept */
    uint64_t floor;
    size_t eager; /* so many octets waiting: file them now */
    /* From the applier's thread: there is something for applier_done, the floor has risen
     * (after applier_watch), or applier_error is new. */
    void (*on_progress)(void *arg);
    /* The same thread: this account's folder is damaged, or of an earlier version.  It is
     * not opened until a job mends it. */
    void (*on_damage)(uint64_t account, void *arg);
    /* The same thread: much in its packs is of no use. */
    void (*on_loose)(uint64_t account, void *arg);
    void *arg;
};

struct applier *applier_open(const struct applier_settings *); /* no thread yet */
int applier_start(struct applier *);                           /* 0 or -errno */
/* Files what is there (without a thread too, for a recovery): 0, or -errno and some of it
 * is still only in the journal. */
int applier_drain(struct applier *);
/* Ends the thread, after it has filed what it can, and closes.  What applier_drain would
 * have said. */
int applier_close(struct applier **);

/* Takes over a chain of durable entries, in order; `end`: where the last one ends. */
void applier_put(struct applier *, struct entry *first, struct entry *last,
                 uint64_t end);
void applier_ask(struct applier *, struct job *);
struct job *applier_done(struct applier *);    /* one that has run, or NULL */
struct freed *applier_freed(struct applier *); /* the caller's to free, or NULL */
/* Somebody waits for room: on_progress when the floor rises next. */
void applier_watch(struct applier *);

uint64_t applier_floor(const struct applier *);
/* 0; -EIO: final; another -errno: filing waits for that to pass. */
int applier_error(const struct applier *);
/* How many entries have been put aside so far. */
uint64_t applier_set_aside(const struct applier *);

#endif
