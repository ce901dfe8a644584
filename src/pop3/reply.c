#include "pop3/session.h"

#include <stdarg.h>
#include <stdio.h>

const char pop3_too_many[] =
    "-ERR [SYS/TEMP] too many connections from your network, try again later";
const char pop3_busy[] = "-ERR [SYS/TEMP] too many connections, try again later";

/* RFC 3206 §4: [SYS/...] is not the client's fault. */
uint8_t pop3_judge(struct span reply)
{
    if (!span_take(&reply, SPAN("-")))
        return RESULT_OK;
    return span_take(&reply, SPAN("ERR [SYS/")) ? RESULT_ERROR : RESULT_REFUSED;
}

void pop3_say(struct pop3 *s, const char *english, ...)
{
    char line[POP3_REPLY_MAX + 1];
    va_list args;

    va_start(args, english);
    vsnprintf(line, sizeof(line), pop3_text(s->language, english), args);
    va_end(args);
    wire_say(s->wire, "%s", line);
}

void pop3_say_count(struct pop3 *s)
{
    if (s->count == 1)
        pop3_say(s, "+OK 1 message");
    else
        pop3_say(s, "+OK %zu messages", s->count);
}

void pop3_reply_bad(struct pop3 *s, const char *refusal)
{
    unsigned most =
        s->state == TRANSACTION ? POP3_BAD_COMMANDS_MAX : POP3_EARLY_BAD_MAX;

    if (++s->bad_commands > most)
        pop3_reply_closing(s, "-ERR too many errors");
    else
        wire_say(s->wire, "%s", pop3_text(s->language, refusal));
}

void pop3_reply_closing(struct pop3 *s, const char *refusal)
{
    wire_say(s->wire, "%s", pop3_text(s->language, refusal));
    pop3_enter(s, CLOSED);
}
