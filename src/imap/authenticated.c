/* RFC 9051 §6.3.1 to §6.3.3: ENABLE (RFC 5161), SELECT, EXAMINE. */
#include "imap/grammar.h"
#include "imap/session.h"
#include "store/names.h"

#include <errno.h>
#include <inttypes.h>

/* §6.3.1: what is not known is not enabled, and what is enabled stays so. */
void imap_enable(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name;
    bool rev2 = false;

    do {
        if (!imap_take_atom(&rest, &name)) {
            imap_reply_bad(s, "ENABLE has names of capabilities");
            return;
        }
        rev2 |= span_is_nocase(name, SPAN("IMAP4rev2"));
    } while (imap_take_sp(&rest));
    wire_say(s->wire, "* ENABLED%s", rev2 && !s->rev2 ? " IMAP4rev2" : "");
    s->rev2 |= rev2;
    s->utf8 |= rev2;
    imap_reply(s, "OK done");
}

/* §6.3.2: "MUST return a LIST response with the mailbox name"; OLDNAME: what the client
 * called it (§6.3.9.7). */
static void say_name(struct imap *s, struct span said)
{
    char room[MAILBOX_NAME_MAX];
    struct span name = name_plain(said, room);
    struct buf b = { .max = 32 * MAILBOX_NAME_MAX };
    int error = buf_put(&b, SPAN("* LIST () \"/\" "));

    if (!error)
        error = imap_put_mailbox(s, &b, name);
    if (!error && !span_is(said, name)) {
        buf_put(&b, SPAN(" (\"OLDNAME\" ("));
        error = imap_put_astring(&b, said, true);
        buf_put(&b, SPAN("))"));
    }
    if (!error)
        imap_put_line(s, &b);
    buf_free(&b);
}

/* §6.3.2 */
static void say_mailbox(struct imap *s, struct span name)
{
    const struct mailbox *m = &s->mailbox;
    size_t unseen = mailbox_first_unseen(m);

    keywords_tell(s);
    wire_say(s->wire, "* %zu EXISTS", m->count);
    if (s->rev2)
        say_name(s, name);
    else
        wire_say(s->wire, "* 0 RECENT");
    if (unseen < m->count)
        wire_say(s->wire, "* OK [UNSEEN %zu] the first one", unseen + 1);
    wire_say(s->wire, "* OK [UIDVALIDITY %" PRIu32 "] these uids are good",
             m->uidvalidity);
    wire_say(s->wire, "* OK [UIDNEXT %" PRIu32 "] the next uid", m->uidnext);
    imap_reply(s, m->read_only ? "OK [READ-ONLY] done" : "OK [READ-WRITE] done");
}

/* "deselects any currently selected mailbox before attempting the new selection" */
void imap_leave_mailbox(struct imap *s)
{
    if (s->state != SELECTED)
        return;
    mailbox_close(s);
    imap_enter(s, AUTHENTICATED);
    wire_say(s->wire, "* OK [CLOSED] the mailbox of before");
}

static void say_not_selected(struct imap *s, int error)
{
    if (error == -ENOENT)
        imap_reply(s, "NO [NONEXISTENT] no such mailbox");
    else
        imap_reply_error(s, error);
}

static void select_mailbox(struct imap *s, struct span rest, bool read_only)
{
    struct span name;
    uint32_t mailbox;

    if (!imap_take_mailbox(s, &rest, &name) || rest.len > 0) {
        imap_reply_bad(s, "a mailbox, and no more");
        return;
    }
    imap_leave_mailbox(s);
    int error = imap_find_mailbox(s, name, &mailbox);
    if (!error)
        error = mailbox_open(s, mailbox);
    if (error) {
        mailbox_close(s);
        say_not_selected(s, error);
        return;
    }
    s->mailbox.read_only = read_only;
    imap_enter(s, SELECTED);
    say_mailbox(s, name);
}

void imap_select(void *session, const struct arg *args)
{
    select_mailbox(session, args[0].text, false);
}

void imap_examine(void *session, const struct arg *args)
{
    select_mailbox(session, args[0].text, true);
}
