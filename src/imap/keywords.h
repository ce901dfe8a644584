/*
 * keywords - flags by name (RFC 9051 §2.3.2): the system's, and the account's keywords.
 *
 * Which bit a keyword is store says (store/names.h).  A session has those of the account
 * since it selected a mailbox, and learns of others' when it is told of their flags.
 */
#ifndef IMAP_KEYWORDS_H
#define IMAP_KEYWORDS_H

#include "base/buf.h"
#include "config/limits.h"
#include "store/flags.h"

struct imap;

/* In the order in which FLAGS lists them. */
#define IMAP_FLAGS(X)                                                                  \
    X(ANSWERED, "\\Answered")                                                          \
    X(FLAGGED, "\\Flagged")                                                            \
    X(DELETED, "\\Deleted")                                                            \
    X(SEEN, "\\Seen")                                                                  \
    X(DRAFT, "\\Draft")
enum imap_flag_place {
#define X(enumerator, name) PLACE_##enumerator,
    IMAP_FLAGS(X)
#undef X
        FLAG_PLACES
};
#define X(enumerator, name)                                                            \
    _Static_assert(FLAG_##enumerator == 1 << PLACE_##enumerator, "store/flags.h");
IMAP_FLAGS(X)
#undef X

/* What a command says; keywords point into it. */
struct flag_list {
    uint64_t flags; /* the system's */
    struct span keywords[IMAP_KEYWORDS_MAX];
    size_t count;
};
/* flag *(SP flag), added to the list; false: one is none, or there are too many. */
bool imap_take_flags(struct span *rest, struct flag_list *);
/* Their bits.  make: a keyword that there is not is made, else it has none.  0, or -errno
 * of store_keyword; then what it means has been replied. */
int imap_flags_of(struct imap *, const struct flag_list *, bool make,
                  uint64_t *flags_r);
/* 0: a keyword, or a flag, that there is not. */
uint64_t imap_flag_of(const struct imap *, struct span name);
/* "(\Seen $Forwarded)" */
int imap_put_flags(const struct imap *, struct buf *, uint64_t flags);

/* ---- of the selected mailbox's session */
/* Asks store for them; 0 or -errno. */
int keywords_load(struct imap *);
bool keywords_are_known(const struct imap *, uint64_t flags);
/* "* FLAGS (...)", and PERMANENTFLAGS (§7.3.5, §7.1). */
void keywords_tell(struct imap *);

#endif
