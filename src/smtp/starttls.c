/*
 * RFC 3207 §4: STARTTLS.
 *
 * Whatever was said before was said by nobody in particular, and is forgotten (§4.2).
 * What came behind the command in one segment was to be taken for something said under
 * TLS: whoever sends such is left (A17).
 */
#include "smtp/session.h"

#include "wire/tls.h"

static void forget_all(struct smtp *s)
{
    smtp_forget(s);
    s->client[0] = '\0';
    s->extended = false;
    s->bad_commands = s->wrong_passwords = 0;
}

void smtp_starttls(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;

    if (wire_has_tls(s->wire) || s->handle != 0) {
        smtp_reply_bad(s, "503 5.5.1 Bad sequence of commands");
    } else if (!wire_may_start_tls(s->wire)) {
        smtp_reply_bad(s, "454 4.7.0 TLS is not available now");
    } else if (!smtp_is_too_eager(s)) {
        wire_say(s->wire, "220 2.0.0 Ready to start TLS");
        forget_all(s);
        smtp_enter(s, wire_start_tls(s->wire) ? CONNECTED : CLOSED);
    }
}
