/* RFC 9051 §6.4.6: STORE. */
#include "imap/grammar.h"
#include "imap/session.h"

struct change {
    bool silent, uids;
    bool removes, replaces;
    struct flag_list flags;
    uint64_t added, removed;
};

/* store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
 */
static bool take_change(struct span *rest, struct change *c)
{
    bool add = span_take(rest, SPAN("+"));

    c->removes = !add && span_take(rest, SPAN("-"));
    c->replaces = !add && !c->removes;
    c->silent = imap_take_word(rest, SPAN("FLAGS.SILENT"));
    if ((!c->silent && !imap_take_word(rest, SPAN("FLAGS"))) || !imap_take_sp(rest))
        return false;
    bool list = span_take(rest, SPAN("("));
    if (list && span_take(rest, SPAN(")")))
        return rest->len == 0;
    if (!imap_take_flags(rest, &c->flags))
        return false;
    return (!list || span_take(rest, SPAN(")"))) && rest->len == 0;
}

/* False: a keyword cannot be made, and that has been replied. */
static bool settle_change(struct imap *s, struct change *c)
{
    uint64_t *flags = c->removes ? &c->removed : &c->added;
    int error = imap_flags_of(s, &c->flags, !c->removes, flags);

    if (c->replaces)
        c->removed = UINT64_MAX;
    return error == 0;
}

/* Not yet known to be so: what store has of them may be otherwise by now, and is told then
 * (mailbox_tell_news). */
static void change_one(struct imap *s, size_t index, const struct change *c)
{
    struct snapshot_row *row = &s->mailbox.messages[index].row;

    row->flags = (row->flags & ~c->removed) | c->added;
    if (!c->silent)
        mailbox_tell_flags(s, index, c->uids);
}

static int ask_store(struct imap *s, const struct sequence_set *set,
                     const struct change *c)
{
    struct flagging f = flagging_of(s, c->added, c->removed);

    for (size_t i = 0; i < s->mailbox.count; i++)
        if (mailbox_is_among(&s->mailbox, set, i, c->uids))
            flagging_note(&f, i);
    return flagging_end(&f);
}

static void store(struct imap *s, const struct arg *args, bool uids)
{
    struct span rest = args[0].text, flags = args[1].text;
    struct change c = { .uids = uids };
    struct sequence_set set;

    if (!imap_take_set(s, &rest, uids, &set) || rest.len > 0 ||
        !take_change(&flags, &c)) {
        imap_reply_bad(s, "STORE has a set of messages and flags");
        return;
    }
    if (s->mailbox.read_only) {
        imap_reply(s, "NO the mailbox is open to be read alone");
        return;
    }
    if (!settle_change(s, &c))
        return;
    int error = ask_store(s, &set, &c);
    if (error) {
        s->changed = true; /* some may be so */
        imap_reply_error(s, error);
        return;
    }
    for (size_t i = 0; i < s->mailbox.count; i++)
        if (mailbox_is_among(&s->mailbox, &set, i, uids))
            change_one(s, i, &c);
    imap_reply(s, "OK done");
}

void imap_store(void *session, const struct arg *args)
{
    store(session, args, false);
}

void imap_uid_store(void *session, const struct arg *args)
{
    store(session, args, true);
}
