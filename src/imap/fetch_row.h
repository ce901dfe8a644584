/*
 * fetch_row - inside the IMAP room: what FETCH has of a message's row alone, and which
 * messages it is about.
 */
#ifndef IMAP_FETCH_ROW_H
#define IMAP_FETCH_ROW_H

#include "imap/fetch_att.h"
#include "imap/partial_range.h"
#include "imap/session.h"

/* The value of an attribute before FETCH_ENVELOPE; as buf_put. */
int fetch_row_put(const struct imap *, struct buf *, const struct fetch_att *,
                  const struct snapshot_row *);

struct record;
int fetch_put_thread_id(struct buf *, const struct snapshot_row *,
                        const struct record *);
int64_t fetch_savedate(const struct snapshot_row *); /* RFC 8514; since 1970 */

/* What stands behind the attributes. */
struct fetch_modifiers {
    struct partial_range partial; /* RFC 9394 §3.3; first 0: all */
    bool has_since, vanished;     /* RFC 7162 §3.1.4.1, §3.2.6 */
    uint64_t since;
};
/* SP "(" fetch-modifier *(SP fetch-modifier) ")", or nothing. */
bool fetch_modifiers_take(struct span *rest, struct fetch_modifiers *modifiers_r);
/* May the client say that, to these uids or numbers? */
bool fetch_modifiers_fit(const struct imap *, const struct fetch_modifiers *,
                         bool uids);
/* Is the message of that index asked for, but for PARTIAL? */
bool fetch_is_wanted(const struct imap *, const struct fetch_modifiers *,
                     const struct sequence_set *, size_t index, bool uids);

struct flagging;
/* What has become \Seen, of a client that hears of modseqs. */
void fetch_tell_seen(const struct flagging *);
/* UID FETCH of this set, VANISHED: 0 or -errno. */
int fetch_tell_vanished(struct imap *, struct span set, uint64_t since);

#endif
