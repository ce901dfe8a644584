/* RFC 9051 §6.4.6: STORE; RFC 7162 §3.1.3: UNCHANGEDSINCE. */
#include "imap/changes.h"
#include "imap/grammar.h"

#include <errno.h>

struct change {
    bool silent, uids;
    bool removes, replaces, is_conditional;
    uint64_t unchanged_since;
    struct flag_list flags;
    uint64_t added, removed;
};

/* store-modifiers = "(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")", and a space */
static bool take_modifiers(struct span *rest, struct change *c)
{
    c->unchanged_since = UINT64_MAX;
    if (!span_take(rest, SPAN("(")))
        return true;
    c->is_conditional = true;
    return imap_take_word(rest, SPAN("UNCHANGEDSINCE")) && imap_take_sp(rest) &&
           imap_take_number(rest, &c->unchanged_since) && span_take(rest, SPAN(")")) &&
           imap_take_sp(rest);
}

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
        mailbox_tell_message(s, index, TELL_FLAGS | (c->uids ? TELL_UID : 0));
}

/* RFC 7162 §3.1.3: what has been changed is told with its modseq, "even if .SILENT is
 * specified". */
static void tell_one(struct imap *s, const struct flagged *f, const struct change *c)
{
    bool modified = f->outcome == FLAGGED_MODIFIED;
    unsigned flags = f->is_news || (!modified && !c->silent) ? TELL_FLAGS : 0;

    if (f->outcome != FLAGGED_GONE && (!modified || f->is_news))
        mailbox_tell_message(s, f->index, (c->uids ? TELL_UID : 0) | flags);
}

/* Those that were modified, or have gone meanwhile, as the client calls them. */
static int put_modified(struct buf *b, const struct flagging *f, bool uids,
                        bool *gone_r)
{
    struct sequence_writer w = { .to = b };
    size_t count;
    const struct flagged *all = flagging_all(f, &count);
    const struct imap_message *messages = f->s->mailbox.messages;
    int error = buf_put(b, SPAN("[MODIFIED "));

    for (size_t i = 0; i < count && !error; i++) {
        size_t index = all[i].index;
        *gone_r |= all[i].outcome == FLAGGED_GONE;
        if (all[i].outcome != FLAGGED)
            error =
                sequence_put(&w, uids ? messages[index].row.uid : (uint32_t)index + 1);
    }
    if (!error)
        error = sequence_put_end(&w);
    return error ? error : buf_put(b, SPAN("] "));
}

static bool is_whole(const struct flagging *f)
{
    size_t count;
    const struct flagged *all = flagging_all(f, &count);

    for (size_t i = 0; i < count; i++)
        if (all[i].outcome != FLAGGED)
            return false;
    return true;
}

/* "a OK [MODIFIED 7,9] ...": NO where some are gone.  RFC 7162 §3.2: what others have done
 * may have lesser modseqs than what has been told here. */
static void reply_stored(struct imap *s, const struct flagging *f,
                         const struct change *c)
{
    struct buf set = { .max = IMAP_RESPONSE_MAX };
    struct buf b = { .max = IMAP_RESPONSE_MAX + IMAP_TAG_MAX + 64 };
    bool gone = false;

    if (s->changed)
        condstore_tell(s);
    if (!c->is_conditional || is_whole(f)) {
        imap_reply(s, "OK done");
        return;
    }
    int error = put_modified(&set, f, c->uids, &gone);
    if (!error)
        error = buf_printf(&b, "%.*s %s %.*s%s", SPAN_ARG(s->tag), gone ? "NO" : "OK",
                           SPAN_ARG(buf_span(&set)),
                           gone ? "some of them are gone" : "these have changed");
    if (error)
        imap_reply_error(s, error);
    else
        imap_put_line(s, &b);
    buf_free(&set);
    buf_free(&b);
}

static void tell_all(struct imap *s, const struct flagging *f, const struct change *c)
{
    size_t count;
    const struct flagged *all = flagging_all(f, &count);

    for (size_t i = 0; i < count; i++)
        tell_one(s, &all[i], c);
    reply_stored(s, f, c);
}

/* Of a client that does not hear of modseqs. */
static void change_all(struct imap *s, const struct sequence_set *set,
                       const struct change *c)
{
    for (size_t i = 0; i < s->mailbox.count; i++)
        if (mailbox_is_among(&s->mailbox, set, i, c->uids))
            change_one(s, i, c);
    imap_reply(s, "OK done");
}

static void run(struct imap *s, const struct sequence_set *set, const struct change *c)
{
    struct flagging f = flagging_of(s, c->added, c->removed);

    f.change.unchanged_since = c->unchanged_since;
    for (size_t i = 0; i < s->mailbox.count; i++)
        if (mailbox_is_among(&s->mailbox, set, i, c->uids))
            flagging_note(&f, i);
    int error = flagging_end(&f);
    if (error) {
        s->changed = true; /* some may be so */
        imap_reply_error(s, error);
    } else if (s->condstore) {
        tell_all(s, &f, c);
    } else {
        change_all(s, set, c);
    }
    flagging_free(&f);
}

static void store(struct imap *s, const struct arg *args, bool uids)
{
    struct span rest = args[0].text, flags = args[1].text;
    struct change c = { .uids = uids };
    struct sequence_set set;

    if (!imap_take_set(s, &rest, uids, &set) || rest.len > 0 ||
        !take_modifiers(&flags, &c) || !take_change(&flags, &c)) {
        imap_reply_bad(s, "STORE has a set of messages and flags");
        return;
    }
    int error = c.is_conditional ? condstore_enable(s) : 0;
    if (error)
        imap_reply_error(s, error);
    else if (s->mailbox.read_only)
        imap_reply(s, "NO the mailbox is open to be read alone");
    else if (settle_change(s, &c))
        run(s, &set, &c);
}

void imap_store(void *session, const struct arg *args)
{
    store(session, args, false);
}

void imap_uid_store(void *session, const struct arg *args)
{
    store(session, args, true);
}
