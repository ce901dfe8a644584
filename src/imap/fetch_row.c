/* fetch_row - see fetch_row.h. */
#include "imap/fetch_row.h"

#include "imap/changes.h"
#include "imap/grammar.h"
#include "imap/object_id.h"
#include "imap/qresync.h"

#include <errno.h>
#include <inttypes.h>

/* RFC 8514 §3: what came by itself was saved when it came. */
int64_t fetch_savedate(const struct snapshot_row *row)
{
    return row->saved > 0 ? (int64_t)row->saved : row->received;
}

static int put_email_id(struct buf *b, const struct snapshot_row *row)
{
    int error = buf_put(b, SPAN("("));

    if (!error)
        error = object_id_put_email(b, row);
    return error ? error : buf_put(b, SPAN(")"));
}

int fetch_put_thread_id(struct buf *b, const struct snapshot_row *row,
                        const struct record *r)
{
    int error = buf_put(b, SPAN("("));

    if (!error)
        error = object_id_put_thread(b, row, r);
    return error ? error : buf_put(b, SPAN(")"));
}

int fetch_row_put(const struct imap *s, struct buf *b, const struct fetch_att *a,
                  const struct snapshot_row *row)
{
    switch (a->kind) {
    case FETCH_UID:
        return buf_printf(b, "%" PRIu32, row->uid);
    case FETCH_FLAGS:
        return imap_put_flags(s, b, row->flags);
    case FETCH_INTERNALDATE:
        return imap_put_date_time(b, row->received);
    case FETCH_MODSEQ:
        return buf_printf(b, "(%" PRIu64 ")", condstore_modseq(row->modseq));
    case FETCH_EMAILID:
        return put_email_id(b, row);
    case FETCH_SAVEDATE:
        return imap_put_date_time(b, fetch_savedate(row));
    default:
        return buf_printf(b, "%" PRIu64, row->size);
    }
}

/* ---- modifiers */

static bool take_modifier(struct span *rest, struct fetch_modifiers *m)
{
    if (m->partial.first == 0 && imap_take_word(rest, SPAN("PARTIAL")))
        return imap_take_sp(rest) && imap_take_partial_range(rest, &m->partial);
    if (!m->vanished && imap_take_word(rest, SPAN("VANISHED")))
        return m->vanished = true;
    if (m->has_since || !imap_take_word(rest, SPAN("CHANGEDSINCE")))
        return false;
    m->has_since = true;
    return imap_take_sp(rest) && imap_take_number(rest, &m->since) && m->since > 0;
}

bool fetch_modifiers_take(struct span *rest, struct fetch_modifiers *m)
{
    *m = (struct fetch_modifiers){ 0 };
    if (!imap_take_sp(rest))
        return true;
    if (!span_take(rest, SPAN("(")))
        return false;
    do {
        if (!take_modifier(rest, m))
            return false;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

/* RFC 7162 §3.2.6: VANISHED "MUST only be specified together with CHANGEDSINCE", of uids,
 * and once QRESYNC has been enabled. */
bool fetch_modifiers_fit(const struct imap *s, const struct fetch_modifiers *m,
                         bool uids)
{
    return !m->vanished || (m->has_since && uids && s->qresync);
}

bool fetch_is_wanted(const struct imap *s, const struct fetch_modifiers *m,
                     const struct sequence_set *set, size_t index, bool uids)
{
    return mailbox_is_among(&s->mailbox, set, index, uids) &&
           (!m->has_since || s->mailbox.messages[index].row.modseq > m->since);
}

/* ---- beside the responses */

/* Up to uidnext: "*" is the last message that there is, and those behind it may be gone. */
int fetch_tell_vanished(struct imap *s, struct span said, uint64_t since)
{
    struct sequence_set set;

    if (!sequence_take(&said, s->arena, &set))
        return -ENOMEM;
    if (set.saved)
        imap_settle(s, &set, true);
    else
        sequence_settle(&set, s->mailbox.uidnext - 1);
    return qresync_tell_vanished(s, &set, 0, since);
}

/* RFC 7162 §3.1: with its modseq, which is known by now. */
void fetch_tell_seen(const struct flagging *f)
{
    size_t count;
    const struct flagged *all = flagging_all(f, &count);

    for (size_t i = 0; i < count; i++)
        if (all[i].outcome == FLAGGED)
            mailbox_tell_message(f->s, all[i].index, TELL_UID | TELL_FLAGS);
}
