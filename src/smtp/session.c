/* RFC 5321 §3.1 to §3.8: greeting, command after command, farewell. */
#include "smtp/session.h"

#include "base/utf8.h"

#include <errno.h>

void smtp_enter(struct smtp *s, enum smtp_state state)
{
    s->state = state;
}

void smtp_forget(struct smtp *s)
{
    s->reverse_path[0] = '\0';
    s->utf8 = s->binary = false;
    s->recipient_count = 0;
    buf_free(&s->recipients);
    outgoing_forget(&s->outgoing);
    buf_free(&s->shares);
    buf_free(&s->named);
    mail_data_close(&s->data);
}

bool smtp_is_too_eager(struct smtp *s)
{
    if (wire_input(s->wire).len == 0)
        return false;
    wire_say(s->wire, "554 5.5.0 Wait for the reply before you say more");
    smtp_enter(s, CLOSED);
    return true;
}

/* §4.1.1: white space before the CRLF is tolerated. */
static struct span without_trailing_space(struct span line)
{
    while (line.len > 0 &&
           (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\t'))
        line.len--;
    return line;
}

/* §2.4, RFC 6531 §3.1: commands are UTF-8 (where it may be more than ASCII, the grammar
 * says); control characters have no place in them (A06). */
static bool is_printable(struct span line)
{
    bool ascii = true;

    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = (uint8_t)line.at[i];
        if (c < 32 || c == 127)
            return false;
        ascii = ascii && c < 127;
    }
    return ascii || utf8_is_text(line);
}

static void hear_command(struct smtp *s, struct span line)
{
    switch (command_run(s->language, s->state, s->wire, line, s)) {
    case COMMAND_FOUND:
        break;
    case COMMAND_UNKNOWN:
        smtp_reply_bad(s, "500 5.5.1 Command not recognized");
        break;
    case COMMAND_OUT_OF_STATE:
        smtp_reply_bad(s, "503 5.5.1 Bad sequence of commands");
        break;
    case COMMAND_BAD_ARGUMENTS:
        smtp_reply_bad(s, "501 5.5.4 Syntax error in parameters or arguments");
        break;
    }
}

static void hear(struct smtp *s, const struct line *line)
{
    struct span text = without_trailing_space(line->text);

    if (line->form == LINE_GOOD && is_printable(text)) {
        hear_command(s, text);
        return;
    }
    command_heard(s->language, s->wire, text);
    if (span_starts_nocase(text, SPAN("BDAT")))
        smtp_bdat_of_no_size(s, NULL);
    else if (line->form == LINE_TOO_LONG)
        smtp_reply_bad(s, "500 5.5.2 Line too long");
    else
        smtp_reply_bad(s, "500 5.5.2 Lines are printable text and end in CRLF");
}

/* Why no more lines come, where the client can still be told. */
static void say_farewell(struct smtp *s)
{
    switch (wire_error(s->wire)) {
    case -ETIMEDOUT:
        smtp_reply_closing(s, "4.4.2", "Timeout");
        break;
    case -ECANCELED:
        smtp_reply_closing(s, "4.3.2", "Service shutting down");
        break;
    case -EMSGSIZE:
        smtp_reply_closing(s, "4.5.2", "Line much too long");
        break;
    case -ENOMEM:
        smtp_reply_closing(s, "4.3.0", "Out of memory");
        break;
    }
}

void smtp_session(struct wire *wire, void *host)
{
    struct smtp s = {
        .wire = wire,
        .host = host,
        .state = CONNECTED,
        .recipients = { .max = RECIPIENTS_MAX * sizeof(struct ticket) },
        .shares = { .max = RECIPIENTS_MAX * sizeof(struct share) },
        .named = { .max = LMTP_TICKETS_MAX * sizeof(struct ticket) },
    };
    struct line line;

    outgoing_open(&s.outgoing);
    s.language = smtp_language(s.host->service);
    sasl_open(&s.sasl, wire, s.host->plaintext_login, smtp_release);
    wire_read_time(wire, s.host->command_time);
    if (wire_peek(wire) && smtp_is_too_eager(&s))
        return;
    wire_say(wire, "220 %s", s.host->name);
    while (s.state != CLOSED && wire_line(wire, &line))
        hear(&s, &line);
    if (s.state != CLOSED)
        say_farewell(&s);
    smtp_forget(&s);
    smtp_log_out(&s);
}
