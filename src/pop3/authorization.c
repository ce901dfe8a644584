/* RFC 1939 §4 and §7: the AUTHORIZATION state; RFC 2449 §5 CAPA; RFC 2595 STLS;
 * RFC 5034 AUTH; RFC 6856
 * §2.1 UTF8. */
#include "pop3/session.h"

#include "base/utf8.h"
#include "wire/tls.h"

#include <errno.h>
#include <inttypes.h>

static const char no_encryption[] = "-ERR no login without encryption here";

void pop3_user(void *session, const struct arg *args)
{
    struct pop3 *s = session;

    if (!sasl_may_login(&s->sasl)) {
        pop3_reply_bad(s, no_encryption);
        return;
    }
    /* A name that was cut would be another name: none that long is anybody's. */
    if (!span_to_string(args[0].text, s->name, sizeof(s->name)))
        s->name[0] = '\0';
    pop3_enter(s, USER_GIVEN);
    pop3_say(s, "+OK send PASS");
}

/* §4: the maildrop is opened; only then may the client go on. */
static void enter_maildrop(struct pop3 *s)
{
    const struct pop3_host *host = s->host;

    s->handle = sasl_take_handle(&s->sasl);
    if (host->logins &&
        !pop3_may_come_again(host->logins, sasl_name(&s->sasl), host->login_delay)) {
        maildrop_close(s);
        pop3_say(s, "-ERR [LOGIN-DELAY] too soon after the last login");
        return;
    }
    int error = maildrop_open(s);
    if (error) {
        maildrop_close(s);
        /* RFC 2449 §8.1.1: the account's other sessions already hold as much as may be. */
        pop3_say(s, error == -EUSERS
                        ? "-ERR [IN-USE] too many sessions have this maildrop open"
                        : "-ERR [SYS/TEMP] the maildrop cannot be opened now");
        return;
    }
    pop3_enter(s, TRANSACTION);
    pop3_say_count(s);
}

/* RFC 3206 §4: [AUTH] means that the password should be asked for anew. */
static void refuse(struct pop3 *s)
{
    static const char refusal[] = "-ERR [AUTH] wrong name or password";

    if (++s->wrong_passwords == POP3_WRONG_PASSWORDS_MAX)
        pop3_reply_closing(s, refusal);
    else
        pop3_say(s, refusal);
}

/* What is wrong with what was said, and not with the password. */
static const char *mistake(enum sasl_outcome outcome)
{
    switch (outcome) {
    case SASL_NO_SUCH_MECHANISM:
        return "-ERR no such mechanism";
    case SASL_NEEDS_TLS:
        return no_encryption;
    case SASL_MALFORMED:
        return "-ERR malformed response";
    default:
        return NULL;
    }
}

static void end_login(struct pop3 *s, enum sasl_outcome outcome)
{
    switch (outcome) {
    case SASL_OK:
        enter_maildrop(s);
        break;
    case SASL_REFUSED:
        refuse(s);
        break;
    case SASL_BUSY:
        pop3_say(s, "-ERR [SYS/TEMP] too many logins, try again later");
        break;
    case SASL_LATER:
        pop3_say(s, "-ERR [SYS/TEMP] too many failed logins, try again much later");
        break;
    case SASL_UNAVAILABLE:
        pop3_say(s, "-ERR [SYS/TEMP] nobody can log in now");
        break;
    case SASL_CANCELLED:
        pop3_say(s, "-ERR cancelled");
        break;
    default:
        if (mistake(outcome))
            pop3_reply_bad(s, mistake(outcome));
    }
}

void pop3_pass(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    struct span name = span_of(s->name), password = args[0].text;

    pop3_enter(s, AUTHORIZATION);
    /* RFC 6856 §2.2: what is not UTF-8 is to be refused. */
    if (!utf8_is_text(name) || !utf8_is_text(password))
        refuse(s);
    else
        end_login(s, sasl_login(&s->sasl, name, password));
}

void pop3_auth(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    const struct span *initial = args[1].given ? &args[1].text : NULL;

    end_login(s, sasl_dialogue(&s->sasl, args[0].text, initial, "+ "));
}

/* RFC 2595 §4: what was said before is forgotten, but for what was held against the
 * client.  Behind STLS nothing may follow in the clear: it would be taken for what was
 * said under TLS (A17). */
void pop3_stls(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;

    if (wire_has_tls(s->wire)) {
        pop3_reply_bad(s, "-ERR encrypted already");
    } else if (!wire_may_start_tls(s->wire)) {
        pop3_reply_bad(s, "-ERR no encryption here");
    } else if (wire_input(s->wire).len > 0) {
        pop3_reply_closing(s, "-ERR nothing may follow STLS");
    } else {
        pop3_say(s, "+OK begin TLS");
        s->name[0] = '\0';
        s->language = 0;
        s->utf8 = false;
        pop3_enter(s, wire_start_tls(s->wire) ? AUTHORIZATION : CLOSED);
    }
}

/* RFC 5034 §4 has CAPA for it; some clients ask so. */
void pop3_mechanisms(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    char names[SASL_MECHANISMS_SIZE];
    struct span rest = span_at(names, sasl_mechanisms(&s->sasl, names, sizeof(names)));
    (void)args;

    if (rest.len == 0) {
        pop3_reply_bad(s, no_encryption);
        return;
    }
    pop3_say(s, "+OK what may follow AUTH");
    while (rest.len > 0) {
        size_t n = span_find(rest, ' ');
        wire_say(s->wire, "%.*s", (int)n, rest.at);
        rest = span_skip(rest, n < rest.len ? n + 1 : n);
    }
    wire_say(s->wire, ".");
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
    char names[SASL_MECHANISMS_SIZE];
    (void)args;

    pop3_say(s, "+OK what this server can do");
    if (wire_may_start_tls(s->wire))
        wire_say(s->wire, "STLS");
    if (sasl_may_login(&s->sasl))
        wire_say(s->wire, "USER");
    if (sasl_mechanisms(&s->sasl, names, sizeof(names)) > 0)
        wire_say(s->wire, "SASL %s", names);
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
