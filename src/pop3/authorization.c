/* RFC 1939 §4 and §7: the AUTHORIZATION state; RFC 2449 §5 CAPA; RFC 6856 §2.1 UTF8. */
#include "pop3/session.h"

#include "auth/auth.h"
#include "base/utf8.h"

#include <inttypes.h>

void pop3_user(void *session, const struct arg *args)
{
    struct pop3 *s = session;

    if (!pop3_may_login(s)) {
        pop3_reply_bad(s, "-ERR no login without encryption here");
        return;
    }
    /* A name that was cut would be another name: none that long is anybody's. */
    if (!span_to_string(args[0].text, s->name, sizeof(s->name)))
        s->name[0] = '\0';
    pop3_enter(s, USER_GIVEN);
    pop3_say(s, "+OK send PASS");
}

/* §4: the maildrop is opened; only then may the client go on. */
static void enter_maildrop(struct pop3 *s, uint64_t handle, struct span name)
{
    const struct pop3_host *host = s->host;

    s->handle = handle;
    if (host->logins && !pop3_may_come_again(host->logins, name, host->login_delay)) {
        maildrop_close(s);
        pop3_say(s, "-ERR [LOGIN-DELAY] too soon after the last login");
        return;
    }
    if (maildrop_open(s)) {
        maildrop_close(s);
        pop3_say(s, "-ERR [SYS/TEMP] the maildrop cannot be opened now");
        return;
    }
    pop3_enter(s, TRANSACTION);
    pop3_say_count(s);
}

static void refuse(struct pop3 *s)
{
    static const char refusal[] = "-ERR [AUTH] wrong name or password";

    if (++s->wrong_passwords == POP3_WRONG_PASSWORDS_MAX)
        pop3_reply_closing(s, refusal);
    else
        pop3_say(s, refusal);
}

void pop3_pass(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    struct auth_login question = {
        .name = span_of(s->name),
        .password = args[0].text,
        .source = span_of(wire_peer(s->wire)),
        .session = wire_session(s->wire),
    };
    struct auth_login_answer answer;

    pop3_enter(s, AUTHORIZATION);
    /* RFC 6856 §2.2: what is not UTF-8 is to be refused. */
    if (!utf8_is_text(question.name) || !utf8_is_text(question.password)) {
        refuse(s);
        return;
    }
    if (ask_auth_login(&question, &answer, NULL)) {
        pop3_say(s, "-ERR [SYS/TEMP] nobody can log in now");
        return;
    }
    switch (answer.verdict) {
    case AUTH_OK:
        wire_account(s->wire, span_of(s->name));
        enter_maildrop(s, answer.handle, question.name);
        break;
    case AUTH_BUSY:
        pop3_say(s, "-ERR [SYS/TEMP] too many logins, try again later");
        break;
    default:
        refuse(s);
        break;
    }
}

/* RFC 2449 §6.7; days, or NEVER. */
static void say_expire(struct pop3 *s)
{
    if (s->host->expire == POP3_EXPIRE_NEVER)
        wire_say(s->wire, "EXPIRE NEVER");
    else
        wire_say(s->wire, "EXPIRE %" PRIu32, s->host->expire);
}

/* RFC 2449 §5; what is not acted on is not announced. */
void pop3_capa(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;

    pop3_say(s, "+OK what this server can do");
    if (pop3_may_login(s))
        wire_say(s->wire, "USER");
    wire_say(s->wire, "TOP");
    wire_say(s->wire, "UIDL");
    wire_say(s->wire, "RESP-CODES");
    wire_say(s->wire, "AUTH-RESP-CODE");
    wire_say(s->wire, "PIPELINING");
    say_expire(s);
    if (s->host->login_delay > 0)
        wire_say(s->wire, "LOGIN-DELAY %" PRIu32, s->host->login_delay);
    wire_say(s->wire, "UTF8 USER");
    wire_say(s->wire, "LANG");
    wire_say(s->wire, "IMPLEMENTATION Packetboat");
    wire_say(s->wire, ".");
}

/* RFC 6856 §2.1: from now on the client takes UTF-8 in header fields. */
void pop3_utf8(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;

    s->utf8 = true;
    pop3_say(s, "+OK UTF-8 from now on");
}

void pop3_not_pop3(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;
    pop3_reply_closing(s, "-ERR this is not a web server");
}
