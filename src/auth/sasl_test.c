/* sasl_test - the front's side: what is said, what is heard, what auth is asked (A13). */
#include "auth/sasl.h"

#include "auth/auth.h"
#include "auth/exchange.h"
#include "ipc/channel.h"
#include "test/unit.h"
#include "wire/pair_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- auth: bob's password is ketchup */

static struct {
    size_t asked, released;
    uint8_t verdict; /* for whom it is right */
    uint32_t delay;
    bool fails;
} auth;

static void login(struct call *call, const void *question)
{
    const struct auth_login *q = question;
    struct auth_login_answer answer = { .verdict = AUTH_REFUSED, .delay = auth.delay };
    auth.asked++;
    CHECK_SPAN(q->source, "127.0.0.1");
    if (span_is(q->name, SPAN("bob")) && span_is(q->password, SPAN("ketchup"))) {
        answer.verdict = auth.verdict;
        answer.handle = auth.verdict == AUTH_OK ? 4711 : 0;
    }
    if (auth.fails)
        answer_error(call, -EIO);
    else
        answer_auth_login(call, &answer);
}

static void release(uint64_t handle)
{
    CHECK_EQ_UINT(handle, 4711);
    auth.released++;
}

/* ---- a room: "MECHANISM [initial]" or "USER name password" */

static const char *const names[] = {
    "CHALLENGE", "OK",        "REFUSED",   "BUSY", "LATER", "UNAVAILABLE",
    "MALFORMED", "CANCELLED", "MECHANISM", "TLS",  "GONE",
};

static bool allowed, keeps_handle;

static enum sasl_outcome hear(struct sasl *s, struct span line)
{
    struct span word = span_first(line, span_find(line, ' '));
    struct span rest = span_skip(line, word.len);
    bool initial = span_take(&rest, SPAN(" "));
    if (!span_is(word, SPAN("USER")))
        return sasl_dialogue(s, word, initial ? &rest : NULL, "+ ");
    size_t n = span_find(rest, ' ');
    return sasl_login(s, span_first(rest, n), span_skip(rest, n + 1));
}

static void session(struct wire *w, void *arg)
{
    (void)arg;
    struct sasl s;
    struct line line;
    char said[2000];
    sasl_open(&s, w, allowed, release);
    while (wire_line(w, &line)) {
        span_to_string(line.text, said, sizeof said);
        enum sasl_outcome outcome = hear(&s, span_of(said));
        CHECK(outcome != SASL_CHALLENGE && !s.exchange);
        CHECK((outcome == SASL_OK) == (s.handle == 4711));
        wire_say(w, "%s %.*s", names[outcome], SPAN_ARG(sasl_name(&s)));
        if (!keeps_handle)
            sasl_take_handle(&s);
    }
    sasl_close(&s);
}

static struct pair pair;

static bool begin(void)
{
    static const struct service services[] = { { MESSAGE_auth_login, login }, { 0 } };
    int ends[2];
    memset(&auth, 0, sizeof auth);
    auth.verdict = AUTH_OK;
    allowed = true;
    keeps_handle = false;
    pair_begin();
    ipc_serve(ROLE_AUTH, services);
    return CHECK_EQ_INT(ipc_pair(ends), 0) &&
           CHECK_EQ_INT(ipc_adopt_as(ends[0], ROLE_POP3, ROLE_AUTH, 0), 0) &&
           CHECK_EQ_INT(ipc_adopt(ends[1], ROLE_POP3, 0), 0) &&
           pair_open(&pair, session, NULL);
}

static void end(void)
{
    pair_close(&pair);
    channel_close(ipc_next(ROLE_AUTH, NULL));
    channel_close(ipc_next(ROLE_POP3, NULL));
    pair_turns(8);
    pair_end();
}

/* Says a line; what comes back, without its CRLF. */
static struct span ask(struct span line)
{
    pair_say(&pair, line);
    pair_say(&pair, SPAN("\r\n"));
    pair_turns(8);
    struct span heard = pair_hear(&pair);
    return heard.len > 2 ? span_first(heard, heard.len - 2) : heard;
}

static void expect(const char *line, const char *wanted)
{
    struct span heard = ask(span_of(line));
    if (!CHECK(span_is(heard, span_of(wanted))))
        printf("  %s: %.*s, not %s\n", line, SPAN_ARG(heard), wanted);
}

/* ---- */

TEST(sasl_plain)
{
    if (begin()) {
        expect("PLAIN AGJvYgBrZXRjaHVw", "OK bob");
        expect("plain AGJvYgBrZXRjaHVw", "OK bob");
        expect("PLAIN Ym9iAGJvYgBrZXRjaHVw", "OK bob"); /* himself */
        expect("PLAIN Qk9CAGJvYgBrZXRjaHVw", "OK bob");
        expect("PLAIN", "+ ");
        expect("AGJvYgBrZXRjaHVw", "OK bob");
        expect("PLAIN AGJvYgBLZXRjaHVw", "REFUSED ");
        expect("PLAIN YWxpY2UAYm9iAGtldGNodXA=", "REFUSED "); /* alice as bob */
        CHECK_EQ_UINT(auth.asked, 7); /* and that costs no less */
    }
    end();
}

TEST(sasl_login_mechanism)
{
    if (begin()) {
        expect("LOGIN", "+ VXNlcm5hbWU6");
        expect("Ym9i", "+ UGFzc3dvcmQ6");
        expect("a2V0Y2h1cA==", "OK bob");
        expect("LOGIN Ym9i", "+ UGFzc3dvcmQ6");
        expect("S2V0Y2h1cA==", "REFUSED ");
        expect("LOGIN =", "+ UGFzc3dvcmQ6");
        expect("a2V0Y2h1cA==", "REFUSED ");
        CHECK_EQ_UINT(auth.asked, 3);
    }
    end();
}

/* A13: what is not what it should be reaches nobody. */
TEST(sasl_malformed)
{
    static const char *const lines[] = {
        "PLAIN *",
        "PLAIN AGJvYgBrZXRjaHV",
        "PLAIN AGJvYgBrZXRjaHVw=",
        "PLAIN ====",
        "PLAIN AGJvYgBrZXRjaHVw AGJvYgBrZXRjaHVw", /* two in a row */
        "PLAIN =",                                 /* empty */
        "PLAIN AA==",                              /* one NUL */
        "PLAIN AAA=",                              /* two */
        "PLAIN AGJvYg==",                          /* no password */
        "PLAIN AGJvYgA=",                          /* an empty one */
        "PLAIN AABrZXRjaHVw",                      /* an empty name */
        "PLAIN AGJvYgBrZXRjaHVwAA==",              /* a NUL in the password */
        "PLAIN AGJvYgBrZXRjaHVwAHg=",              /* or more behind it */
        "PLAIN Ym9iIGtldGNodXA=",                  /* none at all */
        "LOGIN *",
        "LOGIN Ym9i=",
        "PLAIN AGJv\tYgBrZXRjaHVw",
    };
    if (begin()) {
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
            expect(lines[i], "MALFORMED ");
        expect("PLAIN", "+ ");
        expect("AGJvYgBrZXRjaHV", "MALFORMED ");
        expect("LOGIN Ym9i", "+ UGFzc3dvcmQ6");
        expect("a2V0Y2h1cA", "MALFORMED ");
        expect("PLAIN", "+ ");
        CHECK_SPAN(ask(SPAN("AGJv\rYgBrZXRjaHVw")), "MALFORMED ");
        expect("PLAIN", "+ ");
        CHECK_SPAN(ask(SPAN("AGJv\0YgBrZXRjaHVw")), "MALFORMED ");
        CHECK_EQ_UINT(auth.asked, 0);
        expect("PLAIN AGJvYgBrZXRjaHVw", "OK bob");
    }
    end();
}

TEST(sasl_too_long)
{
    static char line[SASL_LINE_MAX + 2];
    if (begin()) {
        memset(line, 'A', sizeof line - 1);
        expect("PLAIN", "+ ");
        expect(line, "MALFORMED ");
        line[SASL_LINE_MAX] = '\0';
        expect("LOGIN", "+ VXNlcm5hbWU6"); /* longer than any name: nobody */
        expect(line, "+ UGFzc3dvcmQ6");
        expect(line, "REFUSED ");
        /* Octets of a name that is just too long, and of one that is not. */
        memset(line + 428, 0, 1);
        expect("LOGIN", "+ VXNlcm5hbWU6");
        expect(line, "+ UGFzc3dvcmQ6");
        expect("a2V0Y2h1cA==", "REFUSED ");
        expect("PLAIN AGJvYgBrZXRjaHVw", "OK bob");
        CHECK_EQ_UINT(auth.asked, 3);
    }
    end();
}

TEST(sasl_cancelled)
{
    if (begin()) {
        expect("PLAIN", "+ ");
        expect("*", "CANCELLED ");
        expect("LOGIN Ym9i", "+ UGFzc3dvcmQ6");
        expect("*", "CANCELLED ");
        expect("LOGIN", "+ VXNlcm5hbWU6");
        pair_close(&pair);
        CHECK_EQ_UINT(auth.asked, 0);
    }
    end();
}

TEST(sasl_outcomes)
{
    if (begin()) {
        expect("EXTERNAL", "MECHANISM ");
        expect("EXTERNAL =", "MECHANISM ");
        expect("ANONYMOUS dGVzdA==", "MECHANISM ");
        expect("PLAI AGJvYgBrZXRjaHVw", "MECHANISM ");
        auth.verdict = AUTH_BUSY;
        expect("PLAIN AGJvYgBrZXRjaHVw", "BUSY ");
        auth.verdict = AUTH_LATER;
        expect("PLAIN AGJvYgBrZXRjaHVw", "LATER ");
        auth.verdict = AUTH_OK;
        auth.fails = true;
        expect("PLAIN AGJvYgBrZXRjaHVw", "UNAVAILABLE ");
        auth.fails = false;
        expect("USER bob ketchup", "OK bob");
        expect("USER bob mustard", "REFUSED ");
    }
    end();
}

TEST(sasl_waits_as_long_as_auth_says)
{
    if (begin()) {
        auth.delay = 1500;
        expect("PLAIN AGJvYgBLZXRjaHVw", "");
        pair_pass(1400 * CLOCK_MS);
        CHECK_SPAN(pair_hear(&pair), "");
        pair_pass(101 * CLOCK_MS);
        CHECK_SPAN(pair_hear(&pair), "REFUSED \r\n");
    }
    end();
}

TEST(sasl_handle_that_nobody_took)
{
    if (begin()) {
        keeps_handle = true;
        expect("PLAIN AGJvYgBrZXRjaHVw", "OK bob");
        CHECK_EQ_UINT(auth.released, 0);
        pair_close(&pair);
        CHECK_EQ_UINT(auth.released, 1);
    }
    end();
}

/* A18: nothing of a password where anybody could hear it. */
TEST(sasl_without_tls)
{
    char text[SASL_MECHANISMS_SIZE];
    struct sasl s;
    allowed = false;
    if (begin()) {
        sasl_open(&s, pair.wire, true, release);
        CHECK(sasl_may_login(&s));
        CHECK_EQ_UINT(sasl_mechanisms(&s, text, sizeof text), 25);
        CHECK_STR(text, "SCRAM-SHA-256 PLAIN LOGIN");
        sasl_open(&s, pair.wire, false, release);
        CHECK(!sasl_may_login(&s));
        CHECK_EQ_UINT(sasl_mechanisms(&s, text, sizeof text), 0);
        CHECK_STR(text, "");
        CHECK_EQ_INT(sasl_begin(&s, SPAN("PLAIN"), NULL), SASL_NEEDS_TLS);
        CHECK_EQ_INT(sasl_begin(&s, SPAN("LOGIN"), &SPAN("Ym9i")), SASL_NEEDS_TLS);
        CHECK_EQ_INT(sasl_begin(&s, SPAN("SCRAM-SHA-256"), NULL), SASL_NEEDS_TLS);
        CHECK_EQ_INT(sasl_begin(&s, SPAN("SCRAM-SHA-256-PLUS"), NULL), SASL_NEEDS_TLS);
        CHECK_EQ_INT(sasl_begin(&s, SPAN("EXTERNAL"), NULL), SASL_NO_SUCH_MECHANISM);
        CHECK_EQ_INT(sasl_login(&s, SPAN("bob"), SPAN("ketchup")), SASL_NEEDS_TLS);
        sasl_close(&s);
        CHECK_EQ_UINT(auth.asked, 0);
    }
    end();
}
