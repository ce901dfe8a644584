/* RFC 959 §4.1.1, access control: who it is, and who it is no more; RFC 7151, HOST. */
#include "ftp/commands.h"
#include "ftp/session.h"

#include "base/utf8.h"
#include "wire/tls.h"

/* Says it over anew: RFC 959 §4.1.1 lets USER be said at any time (F12). */
void ftpd_user(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    ftpd_leave(s);
    if (!sasl_may_login(&s->sasl)) {
        ftpd_reply_bad(s, "530 No login without encryption here: say AUTH TLS first");
        return;
    }
    /* A name that was cut would be another name: none that long is anybody's. */
    if (!span_to_string(args[0].text, s->name, sizeof(s->name)))
        s->name[0] = '\0';
    ftpd_enter(s, NAMED);
    wire_say(s->wire, "331 Password, please");
}

static void refuse(struct ftpd *s)
{
    if (++s->wrong_passwords < FTP_WRONG_PASSWORDS_MAX)
        wire_say(s->wire, "530 Wrong name or password");
    else
        ftpd_reply_closing(s, "Wrong name or password, once too often");
}

static void end_login(struct ftpd *s, enum sasl_outcome outcome)
{
    switch (outcome) {
    case SASL_OK:
        s->handle = sasl_take_handle(&s->sasl);
        ftpd_enter(s, READY);
        wire_say(s->wire, "230 Logged in");
        break;
    case SASL_BUSY:
        ftpd_reply_closing(s, "Too many logins, try again in a moment");
        break;
    case SASL_LATER:
        ftpd_reply_closing(s, "Too many failed logins, try again much later");
        break;
    case SASL_UNAVAILABLE:
        ftpd_reply_closing(s, "Nobody can log in now, try again later");
        break;
    default:
        refuse(s);
    }
}

void ftpd_pass(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct span name = span_of(s->name);
    struct span password = args[0].given ? args[0].text : SPAN("");

    ftpd_enter(s, NOBODY);
    if (!utf8_is_text(name) || !utf8_is_text(password))
        refuse(s);
    else
        end_login(s, sasl_login(&s->sasl, name, password));
}

void ftpd_pass_again(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    ftpd_reply_bad(s, ftpd_is_in(s) ? "503 You have logged in; USER begins anew"
                                    : "503 USER comes first");
}

/* Accounts have no accounts of their own. */
void ftpd_acct(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "202 No ACCT is needed here");
}

/* RFC 7151 §3.1: before anything that depends on it. */
void ftpd_host_command(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    if (s->state != NOBODY || s->host_said) {
        ftpd_reply_bad(s, "503 HOST comes before USER, and once");
        return;
    }
    if (!span_is_nocase(args[0].text, span_of(s->host->name))) {
        ftpd_reply_bad(s, "504 There is no such host here");
        return;
    }
    s->host_said = true;
    wire_say(s->wire, "220 %s FTP server ready", s->host->name);
}

/* RFC 4217 §11: TLS ends with all that was said under it, but where it began before the
 * first command. */
void ftpd_rein(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;

    ftpd_leave(s);
    s->parameters = (struct parameters){ 0 };
    ftpd_reset(s);
    s->host_said = false;
    wire_say(s->wire, "220 Ready for a new user");
    if (wire_has_tls(s->wire) && !s->host->implicit_tls)
        ftpd_clear_control(s);
}

void ftpd_quit(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "221 Good bye");
    ftpd_enter(s, CLOSED);
}

/* A browser, or a mail client's words, sent here to speak for somebody else (A20). */
void ftpd_not_ftp(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    ftpd_reply_closing(s, "This is an FTP server");
}
