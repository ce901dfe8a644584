/* RFC 9051 §6.3.1 to §6.3.3: ENABLE, SELECT, EXAMINE. */
#include "imap/grammar.h"
#include "imap/session.h"

#include <errno.h>
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

    keywords_tell(s);
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
