/* RFC 9051 §6.3: ENABLE, SELECT, EXAMINE, STATUS, SUBSCRIBE; what cannot be done. */
#include "imap/grammar.h"
#include "imap/mailbox_name.h"
#include "imap/session.h"

#include "os/files.h"

#include <inttypes.h>

/* mailbox = "INBOX" / astring, in the encoding that the client has. */
static bool take_mailbox(struct imap *s, struct span *rest, struct span *name_r)
{
    struct buf utf8 = { .max = MAILBOX_NAME_MAX };
    struct span said;

    if (!imap_take_astring(rest, s->arena, &said))
        return false;
    if (s->utf8) {
        *name_r = said;
        return true;
    }
    /* What is no name in UTF-7 is nobody's. */
    if (!mailbox_name_of_utf7(said, &utf8))
        buf_clear(&utf8);
    *name_r = arena_copy(s->arena, buf_span(&utf8));
    buf_free(&utf8);
    return name_r->at != NULL;
}

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

    wire_say(s->wire, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)");
    wire_say(s->wire, "* OK [PERMANENTFLAGS ()] flags last as long as this session");
    wire_say(s->wire, "* %zu EXISTS", m->count);
    wire_say(s->wire, "* 0 RECENT");
    if (m->count > 0)
        wire_say(s->wire, "* OK [UNSEEN 1] the first one");
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

    if (!take_mailbox(s, &rest, &name) || rest.len > 0) {
        imap_reply_bad(s, "a mailbox, and no more");
        return;
    }
    leave_mailbox(s);
    if (!mailbox_name_is_inbox(name)) {
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
                       const struct store_snapshot_answer *a)
{
    const uint64_t values[STATUS_ATTS] = { a->count, 0, a->uidnext, a->uidvalidity,
                                           a->count, 0, a->octets };
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
    struct store_snapshot question = { .handle = s->handle };
    struct store_snapshot_answer answer;
    struct span rest = args[0].text, name;
    unsigned atts;

    if (!take_mailbox(s, &rest, &name) || !take_status_atts(&rest, &atts) ||
        rest.len > 0) {
        imap_reply_bad(s, "STATUS has a mailbox and what to tell of it");
        return;
    }
    if (!mailbox_name_is_inbox(name)) {
        imap_reply(s, "NO [NONEXISTENT] no such mailbox");
        return;
    }
    int error = ask_store_snapshot(&question, &answer, NULL);
    if (error) {
        imap_reply_error(s, error);
        return;
    }
    fd_close(&answer.rows);
    say_status(s, atts, &answer);
    imap_reply(s, "OK done");
}

/* ---- mailboxes that there are not */

/* INBOX is subscribed to as it is. */
void imap_subscribe(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name;

    if (!take_mailbox(s, &rest, &name) || rest.len > 0)
        imap_reply_bad(s, "a mailbox, and no more");
    else if (mailbox_name_is_inbox(name))
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
