/*
 * client_auth - a login, for smart hosts: RFC 4954, SCRAM-SHA-256 (RFC 7677), PLAIN
 * (RFC 4616).
 *
 * SCRAM is taken where it is offered, and where it fails nothing else is tried: somebody
 * in between would have to let it fail, no more, to read the password.  PLAIN is said
 * under TLS alone, or where the configuration says that it may be.  Whatever goes wrong,
 * the mail waits: it is not at fault.
 */
#include "smtp/client_inside.h"

#include "auth/scram_client.h"
#include "base/base64.h"
#include "base/work.h"
#include "wire/tls.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

/* Said without being written into the transcript: word and, in base64, octets. */
static void say_secret(struct smtp_client *c, const char *word, struct span octets)
{
    char line[BASE64_SIZE(SASL_LINE_MAX) + 1];

    base64_encode(octets, line);
    wire_put(c->wire, span_of(word));
    wire_put(c->wire, span_of(line));
    wire_put(c->wire, SPAN("\r\n"));
    wire_note(c->wire, "[%s****]", word);
    explicit_bzero(line, sizeof(line));
}

static bool give_up(struct smtp_client *c, const char *why)
{
    if (!c->over)
        smtp_end(c, SMTP_STEP_AUTH, 7, 8, "%s", why);
    return false;
}

/* 235, or what it is instead. */
static bool hear_welcome(struct smtp_client *c)
{
    if (!smtp_hear_reply(c, SMTP_STEP_AUTH))
        return false;
    if (smtp_is_positive(c))
        return true;
    if (c->reply.code / 100 == 3)
        return give_up(c, "the server wants more for a login than there is");
    smtp_end_by_reply(c, SMTP_STEP_AUTH);
    c->fate.outcome = SMTP_LATER;
    return false;
}

/* RFC 4616 §2: authzid NUL authcid NUL passwd. */
static bool log_in_plainly(struct smtp_client *c)
{
    const struct smtp_client_settings *s = c->settings;
    char text[ADDRESS_OCTETS_MAX + PASSWORD_OCTETS_MAX + 4];
    int n = snprintf(text, sizeof(text), "%c%s%c%s", 0, s->user, 0, s->password);

    if (n < 0 || (size_t)n >= sizeof(text))
        return give_up(c, "the name or the password is too long");
    say_secret(c, "AUTH PLAIN ", span_at(text, (size_t)n));
    explicit_bzero(text, sizeof(text));
    return hear_welcome(c);
}

/* ---- SCRAM */

/* What a thread may do of it. */
struct proving {
    struct scram_client scram;
    struct span password, server_first;
    char heard[SASL_LINE_MAX]; /* what the server said, decoded */
    char text[SASL_LINE_MAX];  /* what is to be said */
    size_t len;
};

static void prove(void *arg)
{
    struct proving *p = arg;

    p->len = scram_client_final(&p->scram, p->password, p->server_first, p->text,
                                sizeof(p->text));
}

/* The challenge behind 334; false: there is none. */
static bool hear_challenge(struct smtp_client *c, char *octets_r, size_t size,
                           struct span *challenge_r)
{
    struct span text;
    size_t len;

    if (!smtp_hear_reply(c, SMTP_STEP_AUTH))
        return false;
    text = buf_span(&c->reply.text);
    if (c->reply.code != 334) {
        if (smtp_is_positive(c))
            return give_up(c, "the server did not prove that it knows the password");
        smtp_end_by_reply(c, SMTP_STEP_AUTH);
        c->fate.outcome = SMTP_LATER;
        return false;
    }
    if (!base64_decode(text, octets_r, size, &len))
        return give_up(c, "what the server says of the login cannot be read");
    *challenge_r = span_at(octets_r, len);
    return true;
}

static bool say_proof(struct smtp_client *c, struct proving *p)
{
    int error = c->settings->work ? work_run(c->settings->work, prove, p) : 0;

    if (!c->settings->work)
        prove(p);
    if (error)
        return give_up(c, "no thread is free to log in");
    if (p->len == 0)
        return give_up(c, "what the server says of the login cannot be believed");
    say_secret(c, "", span_at(p->text, p->len));
    return true;
}

/* RFC 5802 §3: the server's word is looked at before it is believed that we are in. */
static bool exchange(struct smtp_client *c, struct proving *p)
{
    struct span heard;

    if (!hear_challenge(c, p->heard, sizeof(p->heard), &p->server_first) ||
        !say_proof(c, p) || !hear_challenge(c, p->heard, sizeof(p->heard), &heard))
        return false;
    if (!scram_client_trusts(&p->scram, heard))
        return give_up(c, "the server does not know the password");
    wire_say(c->wire, "%s", "");
    return hear_welcome(c);
}

/* RFC 5802 §5.1: printable and never the same. */
static bool make_nonce(const struct smtp_client_settings *s, char *nonce_r, size_t size)
{
    uint8_t octets[18];

    if (s->nonce)
        return span_to_string(span_of(s->nonce), nonce_r, size);
    if (getrandom(octets, sizeof(octets), 0) != sizeof(octets))
        return false;
    base64_encode(span_at(octets, sizeof(octets)), nonce_r);
    return true;
}

static bool log_in_by_scram(struct smtp_client *c)
{
    const struct smtp_client_settings *s = c->settings;
    struct proving p = { .password = span_of(s->password) };
    char nonce[SCRAM_CLIENT_NONCE_MAX];
    bool made = make_nonce(s, nonce, sizeof(nonce));

    if (made)
        p.len = scram_client_first(&p.scram, span_of(s->user), span_of(nonce), p.text,
                                   sizeof(p.text));
    if (p.len == 0)
        return give_up(c, "the name cannot be said");
    say_secret(c, "AUTH SCRAM-SHA-256 ", span_at(p.text, p.len));
    bool in = exchange(c, &p);
    explicit_bzero(&p, sizeof(p));
    return in;
}

bool smtp_log_in(struct smtp_client *c)
{
    if (!c->settings->user)
        return true;
    if (smtp_server_is_ahead(c, SMTP_STEP_AUTH))
        return false;
    if (smtp_server_has(c, SMTP_HAS_SCRAM))
        return log_in_by_scram(c);
    if (!smtp_server_has(c, SMTP_HAS_PLAIN))
        return give_up(c, "the server offers no login that we know");
    if (!wire_has_tls(c->wire) && !c->settings->plaintext_login)
        return give_up(c, "the server wants the password in the clear");
    return log_in_plainly(c);
}
