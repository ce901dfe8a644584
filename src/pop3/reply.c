#include "pop3/session.h"

const char pop3_too_many[] =
    "-ERR [SYS/TEMP] too many connections from your network, try again later";
const char pop3_busy[] = "-ERR [SYS/TEMP] too many connections, try again later";

void pop3_reply_bad(struct pop3 *s, const char *refusal)
{
    unsigned most =
        s->state == TRANSACTION ? POP3_BAD_COMMANDS_MAX : POP3_EARLY_BAD_MAX;

    if (++s->bad_commands > most)
        pop3_reply_closing(s, "-ERR too many errors");
    else
        wire_say(s->wire, "%s", refusal);
}

void pop3_reply_closing(struct pop3 *s, const char *refusal)
{
    wire_say(s->wire, "%s", refusal);
    pop3_enter(s, CLOSED);
}
