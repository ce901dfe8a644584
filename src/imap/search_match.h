/*
 * search_match - inside the IMAP room: does a message fit the keys of a SEARCH?
 *
 * Texts are compared folded (mime/fold.h), as substrings (RFC 9051 §6.4.4).  Addresses
 * and the subject are those of the message's record, decoded; a field that is not of the
 * envelope is read from the message's header, as it stands there.
 * For BODY and TEXT store has the message read; TEXT has of the header what its record
 * has: the subject, addresses and message-ids.
 */
#ifndef IMAP_SEARCH_MATCH_H
#define IMAP_SEARCH_MATCH_H

#include "imap/search_key.h"
#include "imap/session.h"

/* Of one BODY or TEXT key: what store's index of words has found (search_text.c). */
struct search_text {
    const struct search_key *key;
    uint64_t upto;  /* messages up to this email have been judged */
    uint8_t *found; /* a bit for each message of the mailbox */
};

struct search_match {
    struct imap *s;
    struct search_keys keys; /* texts are folded */
    int64_t now;
    bool needs_record, needs_modseqs;
    bool uses_numbers; /* of messages, of which the client has none: then NO_KEYS */
    struct search_text texts[IMAP_TEXTS_MAX];
    size_t text_count; /* a key's `number` is its place among them */

    /* the message that is judged */
    size_t index;
    struct span record;
    int error;
};

/* Reads the keys; SEARCH_NO_KEYS: they are none, or past what a command may need. */
enum search_opened { SEARCH_OPENED, SEARCH_NO_KEYS, SEARCH_TOO_MANY_TEXTS };
enum search_opened search_match_open(struct search_match *, struct imap *,
                                     struct span *rest);
/* record: of the message, empty where it has none or the keys need none.  0 or -errno. */
int search_match(struct search_match *, size_t index, struct span record, bool *fits_r);

/* ---- search_text.c: BODY and TEXT */
/* Asks store which messages have the texts, slice by slice, as long as the client is
 * there.  0 or -errno. */
int search_texts_find(struct search_match *);
void search_texts_close(struct search_match *);
/* 1, 0, or -errno: one that the index does not know yet is read for it. */
int search_text_has(const struct search_match *, const struct search_key *,
                    size_t index);

#endif
