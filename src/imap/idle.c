/* RFC 9051 §6.3.13: IDLE. */
#include "imap/session.h"

/* Until the client says something: what others change is told as it happens. */
static bool idle(struct imap *s)
{
    int error = mailbox_tell_news(s);

    while (!error && !wire_await(s->wire))
        error = mailbox_tell_news(s);
    return error == 0;
}

void imap_idle(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct line line;
    (void)args;

    wire_say(s->wire, "+ idling");
    bool heard = idle(s);
    if (s->state == LOGOUT)
        return;
    if (!heard) {
        imap_reply_bye(s, "[UNAVAILABLE] the mailbox cannot be read now");
        return;
    }
    if (!wire_line(s->wire, &line))
        return;
    wire_heard(s->wire, line.text);
    if (line.form == LINE_GOOD && span_is_nocase(line.text, SPAN("DONE")))
        imap_noop(s, NULL);
    else
        imap_reply_bad(s, "IDLE ends with DONE");
}
