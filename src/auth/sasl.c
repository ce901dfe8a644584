/* sasl - see sasl.h; what a step needs lives in auth/exchange.h. */
#include "auth/sasl.h"

#include "auth/auth.h"
#include "auth/exchange.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "ipc/message.h"
#include "wire/tls.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
static const struct mechanism mechanisms[] = {
    { "SCRAM-SHA-256-PLUS", "",          true,  scram_step },
    { "SCRAM-SHA-256",      "",          false, scram_step },
    { "PLAIN",              "",          false, plain_step },
    { "LOGIN",              "Username:", false, login_step },
    { 0 },
};
/* clang-format on */

/* ---- what is offered */

bool sasl_may_login(const struct sasl *s)
{
    return wire_has_tls(s->wire) ||
           (s->plaintext_login && wire_peer_is_loopback(s->wire));
}

static bool is_offered(const struct sasl *s, const struct mechanism *m)
{
    return m->needs_tls ? wire_has_tls(s->wire) : sasl_may_login(s);
}

bool exchange_offers_binding(const struct sasl *s)
{
    return wire_has_tls(s->wire);
}

size_t sasl_mechanisms(const struct sasl *s, char *text_r, size_t size)
{
    size_t len = 0;
    text_r[0] = '\0';
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        if (!is_offered(s, m))
            continue;
        int n = snprintf(text_r + len, size - len, "%s%s", len ? " " : "", m->name);
        assert(n > 0 && (size_t)n < size - len);
        len += (size_t)n;
    }
    return len;
}

static const struct mechanism *find(struct span name)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (span_is_nocase(name, span_of(m->name)))
            return m;
    return NULL;
}

/* ---- one exchange */

static void exchange_close(struct exchange **exchange)
{
    if (!*exchange)
        return;
    explicit_bzero(*exchange, sizeof **exchange);
    free(*exchange);
    *exchange = NULL;
}

void exchange_challenge(struct exchange *x, struct span octets)
{
    assert(octets.len <= SASL_CHALLENGE_MAX);
    base64_encode(octets, x->challenge);
}

void exchange_name(struct exchange *x, struct span name)
{
    x->name_len = name.len <= ADDRESS_OCTETS_MAX ? name.len : 0;
    if (x->name_len > 0) /* and then it may be this one */
        memmove(x->name, name.at, x->name_len);
}

struct span exchange_said_name(const struct exchange *x)
{
    return span_at(x->name, x->name_len);
}

/* The handle, when nobody took it. */
static void give_back(struct sasl *s)
{
    if (s->handle)
        s->release(s->handle);
    s->handle = 0;
}

static const char *in_words(enum sasl_outcome outcome)
{
    switch (outcome) {
    case SASL_OK:
        return "logged in";
    case SASL_REFUSED:
        return "login refused";
    case SASL_BUSY:
        return "login put off: too many wait";
    case SASL_LATER:
        return "login put off: too many were wrong";
    case SASL_UNAVAILABLE:
        return "login failed: nobody answers for accounts";
    case SASL_MALFORMED:
        return "login failed: malformed";
    default:
        return "login cancelled";
    }
}

/* The exchange is over.  The transcript hears how, and of whom. */
static enum sasl_outcome end(struct sasl *s, enum sasl_outcome outcome)
{
    struct exchange *x = s->exchange;
    struct span name = exchange_said_name(x);
    wire_note(s->wire, "%s: %.*s by %s", in_words(outcome), SPAN_ARG(name),
              x->mechanism->name);
    free(s->name);
    s->name = outcome == SASL_OK ? strndup(name.at, name.len) : NULL;
    if (outcome == SASL_OK)
        wire_account(s->wire, name);
    else
        give_back(s);
    exchange_close(&s->exchange);
    return outcome;
}

static enum sasl_outcome take(struct sasl *s, struct span text)
{
    struct exchange *x = s->exchange;
    size_t len;
    if (!base64_decode(text, x->response, sizeof x->response, &len))
        return end(s, SASL_MALFORMED);
    x->challenge[0] = '\0';
    enum sasl_outcome outcome = x->mechanism->step(s, span_at(x->response, len));
    explicit_bzero(x->response, len);
    x->turn++;
    return outcome == SASL_CHALLENGE ? outcome : end(s, outcome);
}

enum sasl_outcome sasl_begin(struct sasl *s, struct span name,
                             const struct span *initial)
{
    assert(!s->exchange && !s->handle);
    const struct mechanism *m = find(name);
    if (!m)
        return SASL_NO_SUCH_MECHANISM;
    if (!is_offered(s, m))
        return SASL_NEEDS_TLS;
    s->exchange = calloc(1, sizeof *s->exchange);
    if (!s->exchange)
        return SASL_UNAVAILABLE;
    s->exchange->mechanism = m;
    if (initial)
        return take(s, span_is(*initial, SPAN("=")) ? SPAN("") : *initial);
    exchange_challenge(s->exchange, span_of(m->prompt));
    return SASL_CHALLENGE;
}

enum sasl_outcome sasl_step(struct sasl *s, struct span line)
{
    assert(s->exchange);
    return span_is(line, SPAN("*")) ? end(s, SASL_CANCELLED) : take(s, line);
}

struct span sasl_challenge(const struct sasl *s)
{
    return span_of(s->exchange->challenge);
}

/* ---- with the client */

/* RFC 4954 §4: a line that is too long ends the exchange; so does one that is no line. */
static enum sasl_outcome hear(struct sasl *s)
{
    struct line line;
    if (!wire_line(s->wire, &line)) {
        end(s, SASL_CANCELLED);
        return SASL_GONE;
    }
    bool cancels = span_is(line.text, SPAN("*"));
    wire_heard(s->wire, cancels ? line.text : SPAN("****"));
    return line.form == LINE_GOOD ? sasl_step(s, line.text) : end(s, SASL_MALFORMED);
}

enum sasl_outcome sasl_dialogue(struct sasl *s, struct span mechanism,
                                const struct span *initial, const char *prefix)
{
    size_t line_max = wire_line_max(s->wire, SASL_LINE_MAX);
    enum sasl_outcome outcome = sasl_begin(s, mechanism, initial);
    while (outcome == SASL_CHALLENGE) {
        wire_say(s->wire, "%s%.*s", prefix, SPAN_ARG(sasl_challenge(s)));
        outcome = hear(s);
    }
    wire_line_max(s->wire, line_max);
    return outcome;
}

/* ---- with auth */

static enum sasl_outcome outcome_of(uint8_t verdict)
{
    switch (verdict) {
    case AUTH_OK:
        return SASL_OK;
    case AUTH_BUSY:
        return SASL_BUSY;
    case AUTH_LATER:
        return SASL_LATER;
    default:
        return SASL_REFUSED;
    }
}

enum sasl_outcome exchange_outcome(uint8_t verdict, uint32_t delay)
{
    if (delay > 0)
        fiber_sleep(delay * CLOCK_MS); /* cancelled: the wire says so next */
    return outcome_of(verdict);
}

enum sasl_outcome exchange_login(struct sasl *s, struct span name, struct span password)
{
    bool possible = password.len <= PASSWORD_OCTETS_MAX;
    exchange_name(s->exchange, name);
    struct auth_login question = {
        .name = possible ? exchange_said_name(s->exchange) : SPAN(""),
        .password = possible ? password : SPAN(""),
        .source = span_of(wire_peer(s->wire)),
        .session = wire_session(s->wire),
    };
    struct auth_login_answer answer;
    if (ask_auth_login(&question, &answer, NULL))
        return SASL_UNAVAILABLE;
    s->handle = answer.handle;
    return exchange_outcome(answer.verdict, answer.delay);
}

enum sasl_outcome sasl_login(struct sasl *s, struct span name, struct span password)
{
    static const struct mechanism by_name = { "password", "", false, NULL };
    assert(!s->exchange && !s->handle);
    if (!sasl_may_login(s))
        return SASL_NEEDS_TLS;
    s->exchange = calloc(1, sizeof *s->exchange);
    if (!s->exchange)
        return SASL_UNAVAILABLE;
    s->exchange->mechanism = &by_name;
    return end(s, exchange_login(s, name, password));
}

/* ---- the session's */

void sasl_open(struct sasl *s, struct wire *w, bool plaintext_login,
               void (*release)(uint64_t))
{
    *s = (struct sasl){ .wire = w,
                        .plaintext_login = plaintext_login,
                        .release = release };
}

void sasl_close(struct sasl *s)
{
    exchange_close(&s->exchange);
    give_back(s);
    free(s->name);
    s->name = NULL;
}

uint64_t sasl_take_handle(struct sasl *s)
{
    uint64_t handle = s->handle;
    s->handle = 0;
    return handle;
}

struct span sasl_name(const struct sasl *s)
{
    return s->name ? span_of(s->name) : SPAN("");
}
