/* RFC 9051 §6.4: CLOSE, UNSELECT, EXPUNGE; RFC 3501 §6.4.1: CHECK. */
#include "imap/changes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

void imap_check(void *session, const struct arg *args)
{
    imap_noop(session, args);
}

static void leave(struct imap *s)
{
    mailbox_close(s);
    imap_enter(s, AUTHENTICATED);
    imap_reply(s, "OK done");
}

void imap_unselect(void *session, const struct arg *args)
{
    (void)args;
    leave(session);
}

/* ---- EXPUNGE */

/* Each batch's lsn is held for at once: what follows is said when all are durable. */
static int ask_expunge(struct imap *s, const struct buf *uids)
{
    struct store_expunge question = { .handle = s->handle,
                                      .mailbox = s->mailbox.id,
                                      .uids = buf_span(uids) };
    struct store_expunge_answer answer;
    int error = ask_store_expunge(&question, &answer, NULL);

    if (!error)
        wire_hold(s->wire, answer.lsn);
    return error;
}

static bool is_to_go(const struct mailbox *m, size_t index,
                     const struct sequence_set *set)
{
    return (m->messages[index].row.flags & FLAG_DELETED) &&
           (!set || mailbox_is_among(m, set, index, true));
}

/* set: of uids; NULL: all that are \Deleted.  0 or -errno, when some may not be gone. */
static int remove_deleted(struct imap *s, const struct sequence_set *set)
{
    struct buf uids = { .max = UIDS_A_MESSAGE * sizeof(uint32_t) };
    const struct mailbox *m = &s->mailbox;
    int error = 0;

    for (size_t i = 0; i < m->count && !error; i++) {
        if (!is_to_go(m, i, set))
            continue;
        if (uids.len == uids.max) {
            error = ask_expunge(s, &uids);
            buf_clear(&uids);
        }
        if (!error)
            error = buf_put(&uids, span_at(&m->messages[i].row.uid, sizeof(uint32_t)));
    }
    if (!error && uids.len > 0)
        error = ask_expunge(s, &uids);
    buf_free(&uids);
    return error;
}

/* RFC 7162 §3.2.7: "MUST send the updated per-mailbox modification sequence": what others
 * have done before has to be told by then. */
void imap_reply_expunged(struct imap *s, bool any)
{
    if (!any || !s->condstore) {
        imap_noop(s, NULL);
        return;
    }
    s->changed = true;
    int error = mailbox_tell_news(s);
    if (error && s->state != LOGOUT)
        imap_reply_error(s, error);
    else if (!error)
        imap_reply(s, "OK [HIGHESTMODSEQ %" PRIu64 "] done",
                   condstore_modseq(s->mailbox.modseq));
}

static void expunge(struct imap *s, const struct sequence_set *set)
{
    struct mailbox *m = &s->mailbox;
    struct expunged gone;
    size_t kept = 0;

    if (m->read_only) {
        imap_reply(s, "NO the mailbox is open to be read alone");
        return;
    }
    int error = remove_deleted(s, set);
    if (error) {
        imap_reply(s, "NO [UNAVAILABLE] some messages were not removed");
        return;
    }
    size_t before = m->count;
    expunged_begin(&gone, s, NULL);
    for (size_t i = 0; i < m->count; i++) {
        if (is_to_go(m, i, set))
            expunged_tell(&gone, kept + 1, m->messages[i].row.uid);
        else
            m->messages[kept++] = m->messages[i];
    }
    expunged_end(&gone);
    m->count = kept;
    imap_reply_expunged(s, kept < before);
}

void imap_expunge(void *session, const struct arg *args)
{
    (void)args;
    expunge(session, NULL);
}

void imap_uid_expunge(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text;
    struct sequence_set set;

    if (!sequence_take(&rest, s->arena, &set) || rest.len > 0) {
        imap_reply_bad(s, "UID EXPUNGE has a set of uids");
        return;
    }
    imap_settle(s, &set, true);
    expunge(s, &set);
}

/* §6.4.1: "without sending any untagged EXPUNGE responses" */
void imap_close(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    int error = s->mailbox.read_only ? 0 : remove_deleted(s, NULL);
    if (error && error != -ENOENT) /* the mailbox itself is gone */
        imap_reply(s, "NO [UNAVAILABLE] some messages were not removed");
    else
        leave(s);
}
