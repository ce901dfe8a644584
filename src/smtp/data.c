/* RFC 5321 §4.1.1.4: DATA. */
#include "smtp/session.h"

/* To the end of the message, or false. */
static bool read_message(struct smtp *s)
{
    struct pace pace;

    pace_begin(&pace, &s->data);
    while (!s->data.dot.ended) {
        if (!wire_fill(s->wire))
            return false;
        struct span input = wire_input(s->wire);
        size_t before = input.len;
        mail_data_take(s, &input);
        wire_consume(s->wire, before - input.len);
        if (!s->data.dot.ended && pace_is_too_slow(&pace, s))
            return false;
    }
    return true;
}

void smtp_data(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;

    if (smtp_is_too_eager(s))
        return;
    if (s->binary) { /* RFC 3030 §3 */
        smtp_reply_bad(s, "503 5.5.1 BINARYMIME comes by BDAT");
        return;
    }
    wire_say(s->wire, "354 Enter mail, end with \".\" on a line by itself");
    wire_read_time(s->wire, s->host->data_time);
    mail_data_begin(s, false);
    if (read_message(s))
        mail_data_end(s);
    else
        smtp_forget(s);
    wire_read_time(s->wire, s->host->command_time);
}

/* RFC 2920 §3.1, RFC 2033 §4.2 */
const char *smtp_for_nobody(const struct smtp *s)
{
    return s->host->service == SMTP_LMTP ? "503 5.5.1 No valid recipients"
                                         : "554 5.5.1 No valid recipients";
}

/* RFC 2920 §3.1: a client that pipelines says DATA even when no RCPT was accepted. */
void smtp_data_for_nobody(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    smtp_reply_bad(s, smtp_for_nobody(s));
}
