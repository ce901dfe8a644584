#include "test/talk/acting.h"

#include "test/talk/mail.h"
#include "test/talk/world.h"

#include <stdio.h>

/* ---- the world's steps */

static bool is_one_of(struct span word, const char *const *words, size_t *index_r)
{
    for (*index_r = 0; words[*index_r]; ++*index_r)
        if (span_is(word, span_of(words[*index_r])))
            return true;
    return false;
}

static const char *const healths[] = { "works", "fails", "full", "late",
                                       "busy",  "gone",  NULL };

static void on_store(struct play *p, const struct step *step)
{
    size_t i;

    if (span_is(step->text, SPAN("holds")) || span_is(step->text, SPAN("releases")))
        world_hold(*step->text.at == 'h');
    else if (span_is(step->text, SPAN("loses")))
        world_lose();
    else if (is_one_of(step->text, healths, &i))
        world_store((enum world_health)i);
    else
        play_fail(p, step, "a known STORE ", step->text, SPAN(""));
}

static void on_files(struct play *p, const struct step *step)
{
    size_t i;

    if (is_one_of(step->text, healths, &i))
        world_files((enum world_health)i);
    else
        play_fail(p, step, "a known FILES ", step->text, SPAN(""));
}

static void on_auth(struct play *p, const struct step *step)
{
    size_t i;

    if (is_one_of(step->text, healths, &i))
        world_auth((enum world_health)i);
    else
        play_fail(p, step, "a known AUTH ", step->text, SPAN(""));
}

static void on_time(struct play *p, const struct step *step)
{
    struct span text = step->text;
    uint64_t number = 0;

    if (!span_take(&text, SPAN("+")) || !span_take_number(&text, 1000000, &number) ||
        text.len != 1 || !memchr("smh", *text.at, 3))
        play_fail(p, step, "TIME +30m, not ", step->text, SPAN(""));
    else
        play_pass_time(number * (*text.at == 'h' ? 3600 : *text.at == 'm' ? 60 : 1));
}

static void on_pause(struct play *p, const struct step *step)
{
    (void)p;
    (void)step;
    settle_threads();
}

static void on_account(struct play *p, const struct step *step)
{
    struct span password = step->text, address = script_word(&password);

    (void)p;
    world_account(address, password);
}

static void on_alias(struct play *p, const struct step *step)
{
    struct span targets = step->text, address = script_word(&targets);

    (void)p;
    alias_add(address, targets);
}

static void on_quota(struct play *p, const struct step *step)
{
    struct span numbers = step->text;
    struct person *a = person_find(script_word(&numbers));

    if (!a || !span_take_number(&numbers, UINT64_MAX, &a->limit) ||
        !span_take(&numbers, SPAN(" ")) ||
        !span_take_number(&numbers, UINT64_MAX, &a->used))
        play_fail(p, step, "an account, a limit, what is used", step->text, SPAN(""));
}

static void on_full(struct play *p, const struct step *step)
{
    (void)p;
    world_full(step->text);
}

static void on_host(struct play *p, const struct step *step)
{
    span_to_string(step->text, p->host_name, sizeof(p->host_name));
}

static void on_peer(struct play *p, const struct step *step)
{
    span_to_string(step->text, p->peer, sizeof(p->peer));
}

static void on_size(struct play *p, const struct step *step)
{
    struct span text = step->text;

    if (!span_take_number(&text, UINT32_MAX, &p->smtp.message_size))
        play_fail(p, step, "SIZE 100000, not ", step->text, SPAN(""));
}

static void on_plaintext(struct play *p, const struct step *step)
{
    p->pop3.plaintext_login = !span_is(step->text, SPAN("no"));
    p->smtp.plaintext_login = p->ftp.plaintext_login = p->pop3.plaintext_login;
    p->imap.plaintext_login = p->pop3.plaintext_login;
}

static void on_expire(struct play *p, const struct step *step)
{
    struct span text = step->text;
    uint64_t days;

    if (!span_take_number(&text, POP3_EXPIRE_NEVER, &days))
        play_fail(p, step, "EXPIRE 0, not ", step->text, SPAN(""));
    else
        p->pop3.expire = (uint32_t)days;
}

static void on_login_delay(struct play *p, const struct step *step)
{
    struct span text = step->text;
    uint64_t seconds;

    p->pop3.logins = pop3_logins_open();
    if (!p->pop3.logins || !span_take_number(&text, POP3_LOGIN_DELAY_MOST, &seconds))
        play_fail(p, step, "LOGIN-DELAY 60, not ", step->text, SPAN(""));
    else
        p->pop3.login_delay = (uint32_t)seconds;
}

/* A message of exactly so many octets, in lines of 80. */
static void put_message_of(struct play *p, const struct step *step, struct span address,
                           uint64_t octets)
{
    struct buf body = { .max = 64 << 20 };

    while (octets > 0) {
        uint64_t n = octets > 84 ? 82 : octets < 2 ? 2 : octets;
        if (buf_reserve(&body, (size_t)n))
            play_fail(p, step, "memory", SPAN(""), SPAN(""));
        memset(body.at + body.len, 'x', (size_t)n - 2);
        memcpy(body.at + body.len + n - 2, "\r\n", 2);
        body.len += (size_t)n;
        octets -= n < octets ? n : octets;
    }
    world_message(address, buf_span(&body));
    buf_free(&body);
}

static void on_message(struct play *p, const struct step *step)
{
    struct span size = step->text, address = script_word(&size);
    uint64_t octets;

    if (step->block.at)
        world_message(address, step->block);
    else if (span_take_number(&size, 32 << 20, &octets))
        put_message_of(p, step, address, octets);
    else
        play_fail(p, step, "a message for ", address, SPAN(""));
}

static void on_compact(struct play *p, const struct step *step)
{
    struct person *a = person_find(step->text);

    if (!a)
        play_fail(p, step, "an account", step->text, SPAN(""));
    else
        person_compact(a);
}

static void on_tear(struct play *p, const struct step *step)
{
    struct span size = step->text;
    struct person *a = person_find(script_word(&size));
    uint64_t octets;

    if (!a || !span_take_number(&size, UINT32_MAX, &octets))
        play_fail(p, step, "an account, a number", step->text, SPAN(""));
    else
        person_tear(a, octets);
}

static void on_stop(struct play *p, const struct step *step)
{
    (void)p;
    (void)step;
    wire_cancel_all();
}

/* ---- what must be so */

static void on_silence(struct play *p, const struct step *step)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &p->clients[i];
        client_hear(c);
        if (c->in.len > 0 || (c->eof && c->fd != -1))
            play_fail(p, step, "silence", SPAN(""),
                      c->in.len > 0 ? buf_span(&c->in) : SPAN("(the end)"));
    }
}

static void on_closed(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];

    client_come(c, p->peer);
    if (!client_await_end(c))
        play_fail(p, step, "the server to close", SPAN(""), buf_span(&c->in));
    client_leave(c);
}

static void on_dropped(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];

    if (!client_finish(c))
        play_fail(p, step, "the server to have closed", SPAN(""), SPAN(""));
    buf_clear(&c->in);
}

static void on_hangup(struct play *p, const struct step *step)
{
    client_leave(&p->clients[step->client]);
}

static void on_handshake(struct play *p, const struct step *step)
{
    client_start_tls(&p->clients[step->client]);
}

static void on_deflate(struct play *p, const struct step *step)
{
    p->clients[step->client].deflate = client_deflate_open();
}

static void on_messages(struct play *p, const struct step *step)
{
    struct span text = step->text, address = script_word(&text);
    uint64_t wanted;
    char heard[32];

    if (span_take_number(&text, UINT32_MAX, &wanted) && world_count(address) == wanted)
        return;
    snprintf(heard, sizeof(heard), "%zu", world_count(address));
    play_fail(p, step, "MESSAGES ", step->text, span_of(heard));
}

/* Line by line, with globs. */
static bool body_fits(struct span wanted, struct span body)
{
    while (wanted.len > 0 && body.len > 0) {
        size_t n = span_find(wanted, '\n'), m = span_find(body, '\n');
        if (n == wanted.len || m == body.len)
            return glob_fits(wanted, body);
        if (!glob_fits(span_first(wanted, n), span_first(body, m)))
            return false;
        wanted = span_skip(wanted, n + 1);
        body = span_skip(body, m + 1);
    }
    return wanted.len == 0 && body.len == 0;
}

static void on_delivered(struct play *p, const struct step *step)
{
    struct span body;

    if (!world_next(step->text, &body))
        play_fail(p, step, "a message for ", step->text,
                  SPAN("(no more were delivered)"));
    else if (!body_fits(step->block, body))
        play_fail(p, step, "DELIVERED as it stands there", SPAN(""), body);
}

/* clang-format off */
const struct act acts[STEP_KINDS] = {
    [STEP_SILENCE]   = { on_silence,   true  },
    [STEP_CLOSED]    = { on_closed,    true  },
    [STEP_DROPPED]   = { on_dropped,   true  },
    [STEP_HANGUP]    = { on_hangup,    true  },
    [STEP_HANDSHAKE] = { on_handshake, true  },
    [STEP_DEFLATE]   = { on_deflate,   true  },
    [STEP_HOST]      = { on_host,      false },
    [STEP_PEER]      = { on_peer,      false },
    [STEP_SIZE]      = { on_size,      false },
    [STEP_ACCOUNT]   = { on_account,   false },
    [STEP_ALIAS]     = { on_alias,     false },
    [STEP_QUOTA]     = { on_quota,     false },
    [STEP_PLAINTEXT] = { on_plaintext, false },
    [STEP_FULL]     = { on_full,      false },
    [STEP_EXPIRE]    = { on_expire,    false },
    [STEP_LOGIN_DELAY] = { on_login_delay, false },
    [STEP_MESSAGE]   = { on_message,   true  },
    [STEP_COMPACT]   = { on_compact,   true  },
    [STEP_TEAR]      = { on_tear,      true  },
    [STEP_TIME]      = { on_time,      true  },
    [STEP_PAUSE]     = { on_pause,     true  },
    [STEP_STORE]     = { on_store,     true  },
    [STEP_AUTH]      = { on_auth,      true  },
    [STEP_STOP]      = { on_stop,      true  },
    [STEP_MESSAGES]  = { on_messages,  true  },
    [STEP_DELIVERED] = { on_delivered, true  },
    [STEP_CONNECT]   = { act_connect,  true  },
    [STEP_STRANGER]  = { act_connect,  true  },
    [STEP_LISTEN]    = { act_listen,   true  },
    [STEP_UPLOAD]    = { act_upload,   true  },
    [STEP_FINISH]    = { act_finish,   true  },
    [STEP_RESET]     = { act_finish,   true  },
    [STEP_RECEIVED]  = { act_received, true  },
    [STEP_CUT]       = { act_cut,      true  },
    [STEP_FILES]     = { on_files,     true  },
    [STEP_FILE]      = { act_file,     false },
    [STEP_DIRECTORY] = { act_file,     false },
    [STEP_STORED]    = { act_stored,   true  },
    [STEP_ABSENT]    = { act_absent,   true  },
    [STEP_CLEAR_DATA] = { act_clear_data, false },
    [STEP_GOODBYE]   = { act_goodbye,  true  },
    [STEP_SEND]      = { act_send,     false },
    [STEP_SECURITY]  = { act_security, false },
    [STEP_LOGIN]     = { act_login,    false },
    [STEP_FATE]      = { act_fate,     true  },
};
/* clang-format on */
