/* RFC 9051 §6.4.6: STORE; the flags are the session's own (imap.h). */
#include "imap/grammar.h"
#include "imap/session.h"

#include <inttypes.h>

enum how { REPLACE, ADD, REMOVE };

struct change {
    enum how how;
    bool silent, uids;
    uint8_t flags;
};

/* store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
 * Keywords are not kept (§2.3.2: the server may ignore them). */
static bool take_change(struct span *rest, struct change *c)
{
    struct span flag;

    c->how = span_take(rest, SPAN("+"))   ? ADD
             : span_take(rest, SPAN("-")) ? REMOVE
                                          : REPLACE;
    c->silent = imap_take_word(rest, SPAN("FLAGS.SILENT"));
    if ((!c->silent && !imap_take_word(rest, SPAN("FLAGS"))) || !imap_take_sp(rest))
        return false;
    bool list = span_take(rest, SPAN("("));
    if (list && span_take(rest, SPAN(")")))
        return rest->len == 0;
    do {
        if (!imap_take_flag(rest, &flag) ||
            (flag.at[0] == '\\' && !imap_flag_of(flag) &&
             !span_is_nocase(flag, SPAN("\\Recent"))))
            return false;
        c->flags |= imap_flag_of(flag);
    } while (imap_take_sp(rest));
    return (!list || span_take(rest, SPAN(")"))) && rest->len == 0;
}

static void change_one(struct imap *s, size_t index, const struct change *c)
{
    struct imap_message *message = &s->mailbox.messages[index];
    struct buf flags = { .max = 128 };

    if (c->how == REPLACE)
        message->flags = c->flags;
    else if (c->how == ADD)
        message->flags |= c->flags;
    else
        message->flags &= (uint8_t)~c->flags;
    if (c->silent)
        return;
    imap_put_flags(&flags, message->flags);
    if (c->uids)
        wire_say(s->wire, "* %zu FETCH (UID %" PRIu32 " FLAGS %.*s)", index + 1,
                 message->row.uid, SPAN_ARG(buf_span(&flags)));
    else
        wire_say(s->wire, "* %zu FETCH (FLAGS %.*s)", index + 1,
                 SPAN_ARG(buf_span(&flags)));
    buf_free(&flags);
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
