/*
 * names - what an account calls its mailboxes, and the names to which it subscribes.
 *
 * A name is UTF-8 with "/" between its levels, and a key, never a path (I05).  Its first
 * level is INBOX in letters of any case, or compared octet by octet (RFC 9051 §5.1).
 *
 * Changes and whole lists are records, one behind the other, the same in the journal
 * (ENTRY_NAMES), in packs (PACK_NAMES) and in answers to fronts.  A record says all that is
 * to be known of one name from then on; the INBOX, which is always there, has none.
 */
#ifndef STORE_NAMES_H
#define STORE_NAMES_H

#include "base/buf.h"
#include "store/flags.h"

enum {
    NAMES_DELIMITER = '/',
    INBOX = 1, /* its number as a mailbox: the first, in every account */
};

/* Can a mailbox be called so: UTF-8 without controls, levels that are not empty, within
 * MAILBOX_NAME_MAX octets and MAILBOX_LEVELS_MAX levels? */
bool name_is_good(struct span utf8);
bool name_is_inbox(struct span utf8);

enum name_kind {
    NAME_COUNTERS = 1, /* nothing's; what has been given so far */
    NAME_MAILBOX,
    NAME_SUBSCRIBED, /* RFC 9051 §6.3.7: whether there is such a mailbox or not */
    NAME_KEYWORD,    /* RFC 9051 §2.3.2; id: its bit among a message's flags */
    NAME_KINDS
};
/* Can a keyword be called so: an atom within KEYWORD_MAX octets? */
bool keyword_is_good(struct span);

/* RFC 6154 §2: what a mailbox is for; of each there is one at most. */
enum mailbox_role {
    FOR_ANYTHING,
    FOR_ALL,
    FOR_ARCHIVE,
    FOR_DRAFTS,
    FOR_FLAGGED,
    FOR_JUNK,
    FOR_SENT,
    FOR_TRASH,
    MAILBOX_ROLES
};

struct name {
    enum name_kind kind;
    uint32_t id;          /* never given twice; NAME_COUNTERS: the next one */
    uint32_t uidvalidity; /* of a mailbox; NAME_COUNTERS: the greatest given */
    enum mailbox_role role;
    struct span name; /* empty: it is gone */
    uint32_t uidnext; /* in memory, where uids are given; no record has it */
};

/* ---- records */
/* 0 or as buf_put. */
int name_put(struct buf *, const struct name *);
/* The next one, which points into the octets; false: there is none, or it is not sound. */
bool name_take(struct span *octets, struct name *name_r);
/* Are they records, and nothing else? */
bool names_are_sound(struct span octets);

/* ---- all of an account's, in memory */
struct names {
    struct name *all; /* by kind and name; their texts are malloc'ed */
    size_t count, room;
    uint32_t next, uidvalidity; /* the counters */
};

/* What the records say.  0, -ENOMEM, or -EBADMSG: they are none. */
int names_apply(struct names *, struct span records);
/* All of them as records, the counters first; those of one kind alone. */
int names_put(const struct names *, struct buf *);
int names_put_kind(const struct names *, enum name_kind, struct buf *);
/* What the counters are after such a record. */
void names_count(uint32_t *next, uint32_t *uidvalidity, const struct name *);
void names_close(struct names *);
/* NULL: there is none. */
const struct name *names_find(const struct names *, enum name_kind, struct span name);
/* A keyword, in letters of any case. */
const struct name *names_keyword(const struct names *, struct span name);
struct name *names_numbered(const struct names *, enum name_kind, uint32_t id);
/* How many stand below that one; the first of them is all[*first_r]. */
size_t names_below(const struct names *, enum name_kind, struct span name,
                   size_t *first_r);
/* How the name is written: INBOX in capitals.  `room`: MAILBOX_NAME_MAX octets. */
struct span name_plain(struct span name, char *room);

/* ---- what a person wants of them (names_change.c) */
enum names_verb {
    NAMES_CREATE, /* with the superiors that it lacks */
    NAMES_DELETE,
    NAMES_RENAME, /* with all below it */
    NAMES_SUBSCRIBE,
    NAMES_UNSUBSCRIBE,
    NAMES_KEYWORD, /* unless there is one of that name */
    NAMES_BEGIN, /* what an account has that had none: those with a use, subscribed to */
    NAMES_VERBS
};
struct names_request {
    enum names_verb verb;
    struct span name, to;   /* to: of a RENAME */
    uint32_t now;           /* seconds since 1970, for uidvalidities */
    enum mailbox_role role; /* of a CREATE */
};

/* The records that do it, behind what the buf holds; nothing is changed by it.  0, or
 * -EEXIST; -ENOENT; -EINVAL: not a name for a mailbox; -EPERM: not with the INBOX;
 * -ENOTUNIQ: another mailbox is for that; -EMLINK: the account has MAILBOX_NAMES_MAX; -E2BIG: more than NAMES_CHANGE_MAX; -ENOMEM. */
int names_change(const struct names *, const struct names_request *,
                 struct buf *records);

#endif
