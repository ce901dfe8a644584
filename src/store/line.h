/*
 * line - the accounts that have entries to be filed, the one with the oldest first.
 *
 * An account's entries wait at its desk.  A desk is in the line while something waits
 * there, and is kept while its account is open; OPEN_ACCOUNTS_MAX are, the others have
 * to be opened again.
 *
 * An account whose folder is damaged gets its entries put aside in the file `stuck`, and
 * is not opened until it has been mended.
 *
 * Used by one thread at a time: the applier's.
 */
#ifndef STORE_LINE_H
#define STORE_LINE_H

#include "base/list.h"
#include "base/map.h"
#include "store/account.h"

struct desk;

struct line {
    const struct shelf *shelf;
    struct map *desks;
    struct list waiting; /* desks in line */
    struct list open; /* desks whose account is open, the one used last at the back */
    size_t open_count;
    size_t octets;      /* of all that waits */
    uint64_t set_aside; /* entries, so far */
    struct list urgent; /* desks that are to be filed now, wherever they stand */
    void (*on_damage)(uint64_t account, void *arg); /* may be NULL */
    void (*on_loose)(uint64_t account, void *arg);  /* account.h; may be NULL */
    /* Expunges up to that lsn have given back so many octets; may be NULL. */
    void (*on_freed)(uint64_t account, uint64_t lsn, uint64_t octets, void *arg);
    void *arg;
};

int line_open(struct line *, const struct shelf *); /* 0 or -ENOMEM */
void line_close(struct line *); /* what waits is still in the journal */

/* Takes over a chain of entries, in order. */
void line_seat_all(struct line *, struct entry *);

struct desk *line_first(const struct line *); /* NULL: nothing waits */
struct desk *line_urgent(struct line *);      /* the same, with an expunge; each once */
uint64_t line_since(const struct desk *);     /* when its oldest entry came in */
bool line_has(const struct desk *);           /* does something wait there? */
bool line_expunges(const struct desk *);      /* an expunge? */
/* An account's desk, at the end of use to be given to line_leave; NULL: out of memory. */
struct desk *line_desk(struct line *, uint64_t account);
void line_leave(struct line *, struct desk *);

/* Files all that waits at this desk, wherever it stands in line; after an error (as of
 * account_file) it keeps its place. */
int line_file(struct line *, struct desk *);
/* Was the error a lack of descriptors, and has another account been closed for it?  Then
 * try again. */
bool line_spares_descriptors(struct line *, const struct desk *, int error);
/* The account itself: valid until the next call.  -ENOENT, -EUCLEAN, … */
int line_account(struct line *, struct desk *, struct account **account_r);

/* It turned out to be damaged: closed, and told of.  It has been mended. */
void line_damaged(struct line *, struct desk *);
void line_mended(struct line *, struct desk *);

/* Below this lsn all has been filed; `end` when nothing waits. */
uint64_t line_floor(const struct line *, uint64_t end);

#endif
