/* RFC 1939 §3: greeting, command after command. */
#include "pop3/session.h"

#include "base/clock.h"

#include <errno.h>

void pop3_enter(struct pop3 *s, enum pop3_state state)
{
    s->state = state;
}

/* Control characters have no place in a command (A06); a password may hold UTF-8. */
static bool is_printable(struct span line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((unsigned char)line.at[i] < 32 || line.at[i] == 127)
            return false;
    return true;
}

static void hear_command(struct pop3 *s, struct span line)
{
    switch (command_run(&pop3_language, s->state, s->wire, line, s)) {
    case COMMAND_FOUND:
        break;
    case COMMAND_UNKNOWN:
        pop3_reply_bad(s, "-ERR unknown command");
        break;
    case COMMAND_OUT_OF_STATE:
        pop3_reply_bad(s, "-ERR not now");
        break;
    case COMMAND_BAD_ARGUMENTS:
        pop3_reply_bad(s, "-ERR bad arguments");
        break;
    }
}

static void hear(struct pop3 *s, const struct line *line)
{
    if (line->form == LINE_GOOD && is_printable(line->text)) {
        hear_command(s, line->text);
        return;
    }
    command_heard(&pop3_language, s->wire, line->text);
    if (line->form == LINE_TOO_LONG)
        pop3_reply_bad(s, "-ERR line too long");
    else
        pop3_reply_bad(s, "-ERR lines are printable and end in CRLF");
}

/* A session is given login_time in all until it has logged in, then idle_time a line. */
static bool next_line(struct pop3 *s, struct line *line_r)
{
    uint64_t now = clock_now();

    if (s->state == TRANSACTION)
        wire_read_time(s->wire, s->host->idle_time);
    else
        wire_read_time(s->wire, s->login_by > now ? s->login_by - now : 0);
    return wire_line(s->wire, line_r);
}

/* §3: a session that was idle for too long ends without a word. */
static void say_farewell(struct pop3 *s)
{
    switch (wire_error(s->wire)) {
    case -ECANCELED:
        pop3_say(s, "-ERR [SYS/TEMP] shutting down");
        break;
    case -EMSGSIZE:
        pop3_say(s, "-ERR line much too long");
        break;
    }
}

void pop3_session(struct wire *wire, void *host)
{
    struct pop3 s = { .wire = wire, .host = host, .pack_fd = -1 };
    struct line line;

    sasl_open(&s.sasl, wire, s.host->plaintext_login, maildrop_release);
    s.login_by = clock_in(s.host->login_time);
    wire_read_time(wire, s.host->login_time);
    pop3_enter(&s, AUTHORIZATION);
    wire_say(wire, "+OK %s POP3 server ready", s.host->name);
    while (s.state != CLOSED && next_line(&s, &line))
        hear(&s, &line);
    if (s.state != CLOSED)
        say_farewell(&s);
    maildrop_close(&s);
    sasl_close(&s.sasl);
}
