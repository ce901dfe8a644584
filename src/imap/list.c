/* RFC 9051 §6.3.9 LIST, §6.3.10 NAMESPACE; RFC 3501 §6.3.9 LSUB. */
#include "imap/grammar.h"
#include "imap/list_match.h"
#include "imap/session.h"

/* reference and pattern are one text: "the reference name and the mailbox name are
 * concatenated". */
static bool take_pattern(struct imap *s, struct span rest, struct span *pattern_r)
{
    struct buf whole = { .max = LIST_PATTERN_MAX };
    struct span reference, pattern;

    if (!imap_take_astring(&rest, s->arena, &reference) || !imap_take_sp(&rest) ||
        !imap_take_list_mailbox(&rest, s->arena, &pattern) || rest.len > 0)
        return false;
    bool fits = pattern.len == 0 ||
                (buf_put(&whole, reference) == 0 && buf_put(&whole, pattern) == 0);
    *pattern_r = arena_copy(s->arena, buf_span(&whole));
    buf_free(&whole);
    return fits && pattern_r->at;
}

static void list(struct imap *s, const char *response, struct span rest)
{
    struct span pattern;

    if (!take_pattern(s, rest, &pattern)) {
        imap_reply_bad(s, "a reference and a pattern, and no more");
        return;
    }
    if (pattern.len == 0)
        wire_say(s->wire, "* %s (\\Noselect) \"/\" \"\"", response);
    else if (list_match(pattern, SPAN("INBOX"), LIST_ANY_CASE))
        wire_say(s->wire, "* %s (\\HasNoChildren) \"/\" INBOX", response);
    imap_reply(s, "OK done");
}

void imap_list(void *session, const struct arg *args)
{
    list(session, "LIST", args[0].text);
}

void imap_lsub(void *session, const struct arg *args)
{
    list(session, "LSUB", args[0].text);
}

void imap_namespace(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    wire_say(s->wire, "* NAMESPACE ((\"\" \"/\")) NIL NIL");
    imap_reply(s, "OK done");
}
