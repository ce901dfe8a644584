/* RFC 1939 §4 and §7: the AUTHORIZATION state; CAPA and the codes of RFC 2449, 3206. */
#include "pop3/session.h"

#include "auth/auth.h"

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
    wire_say(s->wire, "+OK send PASS");
}

/* §4: the maildrop is opened; only then may the client go on. */
static void enter_maildrop(struct pop3 *s, uint64_t handle)
{
    s->handle = handle;
    if (maildrop_open(s)) {
        maildrop_close(s);
        wire_say(s->wire, "-ERR [SYS/TEMP] the maildrop cannot be opened now");
        return;
    }
    pop3_enter(s, TRANSACTION);
    wire_say(s->wire, "+OK %zu message%s", s->count, s->count == 1 ? "" : "s");
}

static void refuse(struct pop3 *s)
{
    static const char refusal[] = "-ERR [AUTH] wrong name or password";

    if (++s->wrong_passwords == POP3_WRONG_PASSWORDS_MAX)
        pop3_reply_closing(s, refusal);
    else
        wire_say(s->wire, refusal);
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
    if (ask_auth_login(&question, &answer, NULL)) {
        wire_say(s->wire, "-ERR [SYS/TEMP] nobody can log in now");
        return;
    }
    switch (answer.verdict) {
    case AUTH_OK:
        enter_maildrop(s, answer.handle);
        break;
    case AUTH_BUSY:
        wire_say(s->wire, "-ERR [SYS/TEMP] too many logins, try again later");
        break;
    default:
        refuse(s);
        break;
    }
}

/* RFC 2449 §5; what is not acted on is not announced. */
void pop3_capa(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;

    wire_say(s->wire, "+OK what this server can do");
    if (pop3_may_login(s))
        wire_say(s->wire, "USER");
    wire_say(s->wire, "TOP");
    wire_say(s->wire, "UIDL");
    wire_say(s->wire, "RESP-CODES");
    wire_say(s->wire, "AUTH-RESP-CODE");
    wire_say(s->wire, "PIPELINING");
    wire_say(s->wire, "IMPLEMENTATION Packetboat");
    wire_say(s->wire, ".");
}

void pop3_not_pop3(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;
    pop3_reply_closing(s, "-ERR this is not a web server");
}
