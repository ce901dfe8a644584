/* RFC 9051 §6.3.1 to §6.3.3: ENABLE (RFC 5161), SELECT, EXAMINE; RFC 7162 §3.1.8, §3.2.5:
 * their parameters. */
#include "imap/changes.h"
#include "imap/grammar.h"
#include "imap/qresync.h"
#include "store/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum { ENABLE_REV2 = 1, ENABLE_CONDSTORE = 2, ENABLE_QRESYNC = 4, ENABLE_UIDONLY = 8 };

static const char *const enable_names[] = { "IMAP4rev2", "CONDSTORE", "QRESYNC",
                                            "UIDONLY" };
enum { ENABLE_NAMES = sizeof(enable_names) / sizeof(*enable_names) };

static unsigned enabled(const struct imap *s)
{
    return (s->rev2 ? ENABLE_REV2 : 0) | (s->condstore ? ENABLE_CONDSTORE : 0) |
           (s->qresync ? ENABLE_QRESYNC : 0) | (s->uidonly ? ENABLE_UIDONLY : 0);
}

static bool take_names(struct span *rest, unsigned *names_r)
{
    struct span name;

    *names_r = 0;
    do {
        if (!imap_take_atom(rest, &name))
            return false;
        for (unsigned i = 0; i < ENABLE_NAMES; i++)
            if (span_is_nocase(name, span_of(enable_names[i])))
                *names_r |= 1u << i;
    } while (imap_take_sp(rest));
    return rest->len == 0;
}

static void say_enabled(struct imap *s, unsigned names)
{
    char said[128] = "";
    size_t at = 0;

    for (unsigned i = 0; i < ENABLE_NAMES; i++)
        if (names & 1u << i)
            at +=
                (size_t)snprintf(said + at, sizeof(said) - at, " %s", enable_names[i]);
    wire_say(s->wire, "* ENABLED%s", said);
}

/* §6.3.1: what is not known is not enabled, and what is enabled stays so. */
void imap_enable(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text;
    unsigned names;

    if (!take_names(&rest, &names)) {
        imap_reply_bad(s, "ENABLE has names of capabilities");
        return;
    }
    say_enabled(s, names & ~enabled(s));
    s->rev2 |= (names & ENABLE_REV2) != 0;
    s->utf8 |= s->rev2;
    s->uidonly |= (names & ENABLE_UIDONLY) != 0;
    int error = names & (ENABLE_CONDSTORE | ENABLE_QRESYNC) ? condstore_enable(s) : 0;
    s->qresync |= !error && (names & ENABLE_QRESYNC);
    if (error)
        imap_reply_error(s, error);
    else
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
    if (unseen < m->count && !s->uidonly)
        wire_say(s->wire, "* OK [UNSEEN %zu] the first one", unseen + 1);
    wire_say(s->wire, "* OK [UIDVALIDITY %" PRIu32 "] these uids are good",
             m->uidvalidity);
    wire_say(s->wire, "* OK [UIDNEXT %" PRIu32 "] the next uid", m->uidnext);
    condstore_tell(s);
    imap_say_mailbox_id(s, "* OK", m->id, "its name for good");
}

static void say_selected(struct imap *s, struct span name, const struct qresync *q)
{
    say_mailbox(s, name);
    int error = q->wanted ? qresync_tell(s, q) : 0;
    if (error) {
        mailbox_close(s);
        imap_enter(s, AUTHENTICATED);
        imap_reply_error(s, error);
        return;
    }
    imap_reply(s,
               s->mailbox.read_only ? "OK [READ-ONLY] done" : "OK [READ-WRITE] done");
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
    struct qresync q = { 0 };
    uint32_t mailbox;

    if (!imap_take_mailbox(s, &rest, &name) || !qresync_take(s, &rest, &q) ||
        rest.len > 0) {
        imap_reply_bad(s, s->uidonly && q.numbers.count > 0
                              ? imap_uid_required
                              : "a mailbox, and what to tell of it");
        return;
    }
    imap_leave_mailbox(s);
    int error = imap_find_mailbox(s, name, &mailbox);
    s->condstore |= q.condstore;
    if (!error)
        error = mailbox_open(s, mailbox);
    if (error) {
        mailbox_close(s);
        say_not_selected(s, error);
        return;
    }
    s->mailbox.read_only = read_only;
    imap_enter(s, SELECTED);
    say_selected(s, name, &q);
}

void imap_select(void *session, const struct arg *args)
{
    select_mailbox(session, args[0].text, false);
}

void imap_examine(void *session, const struct arg *args)
{
    select_mailbox(session, args[0].text, true);
}
