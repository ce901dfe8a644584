/*
 * flags - the flags of a message: 64 bits, of which the first are IMAP's system flags
 * (RFC 9051 §2.3.2).
 */
#ifndef STORE_FLAGS_H
#define STORE_FLAGS_H

#include <stdint.h>

enum {
    FLAG_ANSWERED = 1 << 0,
    FLAG_FLAGGED = 1 << 1,
    FLAG_DELETED = 1 << 2,
    FLAG_SEEN = 1 << 3,
    FLAG_DRAFT = 1 << 4,
    FLAGS_ALL = 31, /* the system's that there are */
    KEYWORD_FIRST =
        8, /* bits from here on are the account's keywords (store/names.h) */
};
/* A message may have these. */
#define FLAGS_KEPT (FLAGS_ALL | ~(uint64_t)0 << KEYWORD_FIRST)

/* What a STORE changes: new = (old & ~remove) | add, in messages whose modseq is not
 * above `unchanged_since` (RFC 7162 §3.1.3). */
struct flags_change {
    uint64_t add, remove;
    uint64_t unchanged_since; /* UINT64_MAX: whatever it is */
};

/* A range of uids. */
struct uid_range {
    uint32_t first, last;
};

#endif
