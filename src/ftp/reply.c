#include "ftp/session.h"

const char ftpd_too_many[] =
    "421 Too many connections from your network, try again later";
const char ftpd_busy[] = "421 Too many connections, try again later";

/* RFC 959 §4.2: the first digit. */
uint8_t ftpd_judge(struct span reply)
{
    if (reply.len == 0)
        return RESULT_OK;
    return reply.at[0] == '5'   ? RESULT_REFUSED
           : reply.at[0] == '4' ? RESULT_ERROR
                                : RESULT_OK;
}

void ftpd_reply_bad(struct ftpd *s, const char *refusal)
{
    unsigned most = s->state == READY ? FTP_BAD_COMMANDS_MAX : FTP_EARLY_BAD_MAX;

    if (++s->bad_commands > most)
        ftpd_reply_closing(s, "Too many errors");
    else
        wire_say(s->wire, "%s", refusal);
}

void ftpd_reply_closing(struct ftpd *s, const char *why)
{
    wire_say(s->wire, "421 %s", why);
    ftpd_enter(s, CLOSED);
}
