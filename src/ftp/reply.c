#include "ftp/session.h"

#include <errno.h>

const char ftpd_too_many[] =
    "421 Too many connections from your network, try again later";
const char ftpd_busy[] = "421 Too many connections, try again later";

/* What is no fault of the name's. */
static const char *refusal_of(int error)
{
    switch (error) {
    case -ENOSPC:
        return "452 The disk is full";
    case -EDQUOT:
        return "552 There is no room left: the account's quota is used up";
    case -EBUSY:
        return "450 Somebody is at it, try again in a moment";
    case -EIO:
        return "451 The disk has failed";
    default:
        return "451 The files cannot be reached now, try again later";
    }
}

/* clang-format off */
static const struct {
    int error;
    const char *words;
} faults[] = {
    { -ENOENT,       "There is no such file or directory" },
    { -EEXIST,       "There is one already" },
    { -ENOTDIR,      "That is no directory" },
    { -EISDIR,       "That is a directory" },
    { -ENOTEMPTY,    "The directory is not empty" },
    { -EACCES,       "That is not allowed" },
    { -EROFS,        "That may be read, not changed" },
    { -ENAMETOOLONG, "The name is too long" },
    { -EINVAL,       "Names are UTF-8 without control characters" },
    { -ELOOP,        "That leads elsewhere" },
    { -EXDEV,        "That leads elsewhere: what is there can be copied, not moved" },
};
/* clang-format on */

void ftpd_refuse(struct ftpd *s, int error, int name_fault)
{
    const char *fault = NULL;
    for (size_t i = 0; i < sizeof faults / sizeof *faults && !fault; i++)
        fault = faults[i].error == error ? faults[i].words : NULL;
    if (error == -EBADF) /* files was started anew: nobody knows us there */
        ftpd_reply_closing(s, "The session is over, log in again");
    else if (fault)
        wire_say(s->wire, "%d %s", name_fault, fault);
    else
        wire_say(s->wire, "%s", refusal_of(error));
}

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
    unsigned most = ftpd_is_in(s) ? FTP_BAD_COMMANDS_MAX : FTP_EARLY_BAD_MAX;

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
