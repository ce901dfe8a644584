/*
 * RFC 9051 §2.2.1, §4.3 and RFC 7888: commands, and the literals within.
 *
 * A literal that is too long is refused before the client has sent it, or is read and
 * dropped when the client did not ask (I01).
 */
#include "imap/append.h"
#include "imap/grammar.h"
#include "imap/session.h"

#include "wire/literal.h"

struct hearing {
    uint64_t octets; /* of literals, so far */
    unsigned count;
    const char *refusal; /* why what follows is read and dropped */
    bool no;             /* and that is NO, and not BAD */
};

static uint64_t most_octets(const struct imap *s)
{
    return s->state == NOT_AUTHENTICATED ? IMAP_EARLY_LITERALS_MAX : IMAP_LITERALS_MAX;
}

/* Lines that cannot be part of a command. */
static bool take_line(struct imap *s, struct hearing *h, const struct line *line)
{
    if (line->form == LINE_TOO_LONG)
        h->refusal = "[TOOBIG] line too long";
    else if (line->form == LINE_BARE)
        h->refusal = "lines end in CRLF and have no NUL";
    else if (!h->refusal && buf_put(&s->command, line->text))
        h->refusal = "[TOOBIG] command too long";
    return line->form == LINE_GOOD;
}

/* What is too much is dropped; false: there is too much even for that. */
static bool drop(struct imap *s, const struct literal *literal)
{
    if (literal->size > IMAP_DROPPED_MAX) {
        imap_reply_bye(s, "[TOOBIG] a literal too long");
        return false;
    }
    return literal_drop(s->wire, literal->size);
}

/* One that APPEND reads by itself, or refuses. */
static bool is_message(struct imap *s, struct hearing *h, const struct literal *literal)
{
    const char *why;

    if (h->refusal)
        return false;
    enum append_literal is = imap_append_expects(s, literal, &why);
    if (is == APPEND_REFUSE) {
        h->refusal = why;
        h->no = true;
    }
    return is == APPEND_TAKE;
}

/* False: the command has come to its end here, or the session. */
static bool take_literal(struct imap *s, struct hearing *h,
                         const struct literal *literal)
{
    if (is_message(s, h, literal)) {
        if (!literal->at_once)
            wire_say(s->wire, "+ go on");
        return imap_append_read(s, literal);
    }
    if (!h->refusal && (++h->count > IMAP_LITERALS_COUNT_MAX ||
                        literal->size > most_octets(s) - h->octets))
        h->refusal = "[TOOBIG] too many octets in literals";
    if (h->refusal)
        return literal->at_once && drop(s, literal);
    h->octets += literal->size;
    if (!literal->at_once)
        wire_say(s->wire, "+ go on");
    if (buf_put(&s->command, SPAN("\r\n")) ||
        buf_reserve(&s->command, (size_t)literal->size)) {
        h->refusal = "[TOOBIG] command too long";
        return literal_drop(s->wire, literal->size);
    }
    return literal_read(s->wire, literal->size, &s->command);
}

/* The tag of a command that is not run, as far as it has one. */
static void refuse(struct imap *s, const struct hearing *h)
{
    struct span rest = buf_span(&s->command);

    if (!imap_take_tag(&rest, &s->tag))
        s->tag = SPAN("*");
    if (h->no)
        imap_reply(s, "NO %s", h->refusal);
    else
        imap_reply_bad(s, h->refusal);
    imap_append_forget(s);
}

enum imap_heard imap_hear(struct imap *s)
{
    struct hearing h = { 0 };
    struct literal literal;
    struct line line;

    buf_clear(&s->command);
    do {
        if (!wire_line(s->wire, &line))
            return HEARD_END;
        if (!take_line(s, &h, &line) || !literal_of_line(line.text, &literal))
            break;
    } while (take_literal(s, &h, &literal));
    if (wire_error(s->wire) || s->state == LOGOUT)
        return HEARD_END;
    if (!h.refusal)
        return HEARD_COMMAND;
    wire_heard(s->wire, span_first(buf_span(&s->command), 0));
    refuse(s, &h);
    return HEARD_REFUSED;
}
