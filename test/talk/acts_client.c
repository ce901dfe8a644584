#include "test/talk/acting.h"

#include "base/clock.h"
#include "wire/tls_client.h"

#include <stdio.h>

/* ---- the session under test */

static bool accept_any(void *arg, const struct tls_peer *peer)
{
    (void)arg;
    (void)peer;
    return true;
}

void play_choose_sender(struct play *p, bool with_tls)
{
    const struct tls_client_settings settings = {
        .host = "hamburger.edu",
        .handshake_time = TLS_HANDSHAKE_SECONDS * CLOCK_SECOND,
        .accept = accept_any,
    };
    const char *why;

    p->room = (struct room){ .name = "smtp",
                             .front = ROLE_MX,
                             .line_max = SMTP_REPLY_LINE_MAX,
                             .session = sender_session,
                             .host = &p->sender };
    p->room.is_client = true;
    p->sender.settings.name = "crepes.fr";
    p->sender.settings.security = with_tls ? SMTP_TLS_TRY : SMTP_TLS_NEVER;
    if (with_tls)
        p->room.tls_client = tls_client_open(&settings, &why);
}

void play_end_sender(struct play *p)
{
    tls_client_close(&p->room.tls_client);
    sender_free(&p->sender);
}

/* ---- when the file plays the server */

static struct span without_crlf(struct span line)
{
    if (line.len >= 2 && span_is(span_skip(line, line.len - 2), SPAN("\r\n")))
        line.len -= 2;
    return line;
}

static void flush_before(struct play *p, struct client *c)
{
    if (p->way != PIPELINED)
        play_flush(p, c);
}

/* What is said in one go, the session may read in one go: in the way "pipelined". */
void act_say(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];

    flush_before(p, c);
    if (buf_put(&c->out, step->text) || (!step->raw && buf_put(&c->out, SPAN("\r\n"))))
        play_fail(p, step, "less to say", SPAN(""), SPAN(""));
}

void act_hear(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];
    struct span line;

    play_flush(p, c);
    client_come(c, p->peer);
    bool whole = client_await_line(c, &line);
    struct span text = without_crlf(line), wanted = without_crlf(step->text);
    if (!whole || text.len + 2 != line.len || !glob_fits(wanted, text))
        play_fail(p, step, "C: ", wanted, whole || line.len ? text : SPAN("(nothing)"));
    client_forget_line(c, line.len);
}

/* ---- its messages */

void act_send(struct play *p, const struct step *step)
{
    if (!sender_add(&p->sender, p->script->arena, step))
        play_fail(p, step, "SEND <a@b> <c@d>, not ", step->text, SPAN(""));
}

void act_security(struct play *p, const struct step *step)
{
    static const char *const names[] = { "never", "try", "must" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (span_is(step->text, span_of(names[i])))
            p->sender.settings.security = (enum smtp_security)i;
}

void act_login(struct play *p, const struct step *step)
{
    struct sender *s = &p->sender;
    struct span rest = step->text;

    span_to_string(script_word(&rest), s->user, sizeof(s->user));
    span_to_string(script_word(&rest), s->password, sizeof(s->password));
    span_to_string(rest, s->nonce, sizeof(s->nonce));
    s->settings.user = s->user;
    s->settings.password = s->password;
    s->settings.nonce = rest.len > 0 ? s->nonce : NULL;
}

void act_fate(struct play *p, const struct step *step)
{
    struct span wanted = step->text, mailbox = script_word(&wanted);
    char fate[SMTP_FATE_WORDS + 64];

    if (!sender_fate(&p->sender, mailbox, fate, sizeof(fate)))
        play_fail(p, step, "a recipient ", mailbox, SPAN(""));
    else if (!glob_fits(wanted, span_of(fate)))
        play_fail(p, step, "FATE ", step->text, span_of(fate));
}
