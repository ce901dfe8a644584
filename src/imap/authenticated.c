/* RFC 9051 §6.3: ENABLE, SELECT, EXAMINE, STATUS, SUBSCRIBE; what cannot be done. */
#include "imap/grammar.h"
#include "imap/session.h"

#include "os/files.h"
#include "store/names.h"

#include <inttypes.h>

/* RFC 5161.  Nothing that there is needs it yet. */
void imap_enable(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name;

    do {
        if (!imap_take_atom(&rest, &name)) {
            imap_reply_bad(s, "ENABLE has names of capabilities");
            return;
        }
    } while (imap_take_sp(&rest));
    wire_say(s->wire, "* ENABLED");
    imap_reply(s, "OK done");
}

/* §6.3.2 */
static void say_mailbox(struct imap *s)
{
    const struct mailbox *m = &s->mailbox;
    size_t unseen = mailbox_first_unseen(m);

    wire_say(s->wire, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)");
    wire_say(s->wire, "* OK [PERMANENTFLAGS (%s)] these are kept",
             m->read_only ? "" : "\\Answered \\Flagged \\Deleted \\Seen \\Draft");
    wire_say(s->wire, "* %zu EXISTS", m->count);
    wire_say(s->wire, "* 0 RECENT");
    if (unseen < m->count)
        wire_say(s->wire, "* OK [UNSEEN %zu] the first one", unseen + 1);
    wire_say(s->wire, "* OK [UIDVALIDITY %" PRIu32 "] these uids are good",
             m->uidvalidity);
    wire_say(s->wire, "* OK [UIDNEXT %" PRIu32 "] the next uid", m->uidnext);
    imap_reply(s, m->read_only ? "OK [READ-ONLY] done" : "OK [READ-WRITE] done");
}

/* "deselects any currently selected mailbox before attempting the new selection" */
static void leave_mailbox(struct imap *s)
{
    if (s->state != SELECTED)
        return;
    mailbox_close(s);
    imap_enter(s, AUTHENTICATED);
    wire_say(s->wire, "* OK [CLOSED] the mailbox of before");
}

static void select_mailbox(struct imap *s, struct span rest, bool read_only)
{
    struct span name;

    if (!imap_take_mailbox(s, &rest, &name) || rest.len > 0) {
        imap_reply_bad(s, "a mailbox, and no more");
        return;
    }
    leave_mailbox(s);
    if (!name_is_inbox(name)) {
        imap_reply(s, "NO [NONEXISTENT] no such mailbox");
        return;
    }
    int error = mailbox_open(s);
    if (error) {
        mailbox_close(s);
        imap_reply_error(s, error);
        return;
    }
    s->mailbox.read_only = read_only;
    imap_enter(s, SELECTED);
    say_mailbox(s);
}

void imap_select(void *session, const struct arg *args)
{
    select_mailbox(session, args[0].text, false);
}

void imap_examine(void *session, const struct arg *args)
{
    select_mailbox(session, args[0].text, true);
}

/* ---- STATUS */

enum status_att {
    MESSAGES_ATT,
    RECENT_ATT,
    UIDNEXT_ATT,
    UIDVALIDITY_ATT,
    UNSEEN_ATT,
    DELETED_ATT,
    SIZE_ATT,
    STATUS_ATTS
};

static const char *const status_names[STATUS_ATTS] = {
    "MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE"
};

/* "(" status-att *(SP status-att) ")"; *atts_r: a bit for each. */
static bool take_status_atts(struct span *rest, unsigned *atts_r)
{
    *atts_r = 0;
    if (!imap_take_sp(rest) || !span_take(rest, SPAN("(")))
        return false;
    do {
        unsigned i = 0;
        while (i < STATUS_ATTS && !imap_take_word(rest, span_of(status_names[i])))
            i++;
        if (i == STATUS_ATTS)
            return false;
        *atts_r |= 1u << i;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

static void say_status(struct imap *s, unsigned atts,
                       const struct store_status_answer *a)
{
    const uint64_t values[STATUS_ATTS] = { a->total,       0,         a->uidnext,
                                           a->uidvalidity, a->unseen, a->deleted,
                                           a->octets };
    struct buf b = { .max = 512 };
    bool any = false;

    for (unsigned i = 0; i < STATUS_ATTS; i++) {
        if (!(atts & 1u << i))
            continue;
        buf_printf(&b, "%s%s %" PRIu64, any ? " " : "", status_names[i], values[i]);
        any = true;
    }
    wire_say(s->wire, "* STATUS INBOX (%.*s)", SPAN_ARG(buf_span(&b)));
    buf_free(&b);
}

void imap_status(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct store_status question = { .handle = s->handle, .mailbox = INBOX };
    struct store_status_answer answer;
    struct span rest = args[0].text, name;
    unsigned atts;

    if (!imap_take_mailbox(s, &rest, &name) || !take_status_atts(&rest, &atts) ||
        rest.len > 0) {
        imap_reply_bad(s, "STATUS has a mailbox and what to tell of it");
        return;
    }
    if (!name_is_inbox(name)) {
        imap_reply(s, "NO [NONEXISTENT] no such mailbox");
        return;
    }
    int error = ask_store_status(&question, &answer, NULL);
    if (error) {
        imap_reply_error(s, error);
        return;
    }
    say_status(s, atts, &answer);
    imap_reply(s, "OK done");
}

/* ---- mailboxes that there are not */

/* INBOX is subscribed to as it is. */
void imap_subscribe(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name;

    if (!imap_take_mailbox(s, &rest, &name) || rest.len > 0)
        imap_reply_bad(s, "a mailbox, and no more");
    else if (name_is_inbox(name))
        imap_reply(s, "OK done");
    else
        imap_reply(s, "NO [NONEXISTENT] no such mailbox");
}

void imap_cannot(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    imap_reply(s, "NO [CANNOT] INBOX is the only mailbox here, and takes mail alone");
}
