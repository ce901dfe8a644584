#include "smtp/session.h"

const char smtp_too_many[] =
    "421 4.7.0 Too many connections from your network, try again later";
const char smtp_busy[] = "421 4.3.2 Too many connections, try again later";

/* RFC 5321 §4.2.1: the first digit. */
uint8_t smtp_judge(struct span reply)
{
    if (reply.len == 0)
        return RESULT_OK;
    return reply.at[0] == '5'   ? RESULT_REFUSED
           : reply.at[0] == '4' ? RESULT_ERROR
                                : RESULT_OK;
}

void smtp_reply_bad(struct smtp *s, const char *refusal)
{
    unsigned most = s->state == CONNECTED ? SMTP_EARLY_BAD_MAX : SMTP_BAD_COMMANDS_MAX;

    if (++s->bad_commands > most)
        smtp_reply_closing(s, "4.7.0", "Too many errors");
    else
        wire_say(s->wire, "%s", refusal);
}

void smtp_reply_closing(struct smtp *s, const char *enhanced_code, const char *why)
{
    wire_say(s->wire, "421 %s %s %s", enhanced_code, s->host->name, why);
    smtp_enter(s, CLOSED);
}
