#include "imap/object_id.h"
#include "imap/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

const char imap_too_many[] =
    "* BYE [UNAVAILABLE] too many connections from your network, try again later";
const char imap_busy[] = "* BYE [UNAVAILABLE] too many connections, try again later";

const char imap_uid_required[] = "[UIDREQUIRED] messages have no numbers since UIDONLY";

enum { TEXT_MAX = 512 };

/* RFC 5530: [UNAVAILABLE] is not the client's fault. */
uint8_t imap_judge(struct span reply)
{
    struct span rest = span_skip(reply, span_find(reply, ' '));

    if (!span_take(&rest, SPAN(" NO ")) && !span_take(&rest, SPAN(" BAD ")))
        return RESULT_OK;
    return span_take(&rest, SPAN("[UNAVAILABLE]")) ? RESULT_ERROR : RESULT_REFUSED;
}

void imap_reply(struct imap *s, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    wire_say(s->wire, "%.*s %s", SPAN_ARG(s->tag), text);
}

void imap_reply_bad(struct imap *s, const char *why)
{
    unsigned most =
        s->state == NOT_AUTHENTICATED ? IMAP_EARLY_BAD_MAX : IMAP_BAD_COMMANDS_MAX;

    imap_reply(s, "BAD %s", why);
    if (++s->bad_commands > most)
        imap_reply_bye(s, "too many errors");
}

void imap_reply_bye(struct imap *s, const char *why)
{
    wire_say(s->wire, "* BYE %s", why);
    imap_enter(s, LOGOUT);
}

void imap_reply_error(struct imap *s, int error)
{
    if (error == -EUSERS)
        imap_reply(s, "NO [LIMIT] too many sessions have this mailbox open");
    else if (error == -ENOENT)
        imap_reply(s, "NO [EXPUNGEISSUED] some of these messages are gone");
    else
        imap_reply(s, "NO [UNAVAILABLE] the mailbox cannot be read now");
}

void imap_say_mailbox_id(struct imap *s, const char *how, uint32_t mailbox,
                         const char *text)
{
    char id[OBJECT_ID_SIZE] = "";
    struct buf b = { .max = sizeof(id) };

    if (object_id_put_mailbox(&b, mailbox) == 0)
        span_to_string(buf_span(&b), id, sizeof(id));
    wire_say(s->wire, "%s [MAILBOXID (%s)] %s", how, id, text);
    buf_free(&b);
}

void imap_put_line(struct imap *s, struct buf *b)
{
    wire_put(s->wire, buf_span(b));
    wire_put(s->wire, SPAN("\r\n"));
    buf_clear(b);
}
