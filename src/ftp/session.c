/* RFC 959 §4.1, §5.4: greeting, command after command. */
#include "ftp/grammar.h"
#include "ftp/session.h"

#include "base/clock.h"
#include "ftp/listing.h"
#include "ftp/transfer.h"
#include "ipc/channel.h"

#include <errno.h>
#include <stdlib.h>

void ftpd_enter(struct ftpd *s, enum ftpd_state state)
{
    s->state = state;
}

void ftpd_release(uint64_t handle)
{
    struct channel *files = ipc_peer(ROLE_FILES, 0);

    if (files)
        tell_files_release(files, &(struct files_release){ .handle = handle });
}

bool ftpd_is_in(const struct ftpd *s)
{
    return s->state == READY || s->state == RENAMING;
}

void ftpd_leave(struct ftpd *s)
{
    ftpd_forget(s);
    if (s->handle)
        ftpd_release(s->handle);
    s->handle = 0;
    s->name[0] = '\0';
    ftpd_enter(s, NOBODY);
}

void ftpd_forget(struct ftpd *s)
{
    free(s->directory);
    free(s->rename_from);
    s->directory = s->rename_from = NULL;
    s->offset = s->expected = 0;
    s->has_range = false;
    s->port = 0;
    data_close(&s->data);
}

void ftpd_reset(struct ftpd *s)
{
    s->parameters = (struct parameters){
        .type = TYPE_ASCII,
        .structure = STRUCTURE_FILE,
        .mode = MODE_STREAM,
        .facts = FACT_ALL,
        .level = FTP_DEFLATE_LEVEL,
        .buffer_size_said = s->parameters.buffer_size_said,
        .private = s->parameters.private,
    };
}

/* ---- command after command */

/* Control characters have no place in a command (A06). */
static bool is_printable(struct span line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((unsigned char)line.at[i] < 32 || line.at[i] == 127)
            return false;
    return true;
}

/* RFC 959 §4.1.3: RNFR "must be immediately followed" by RNTO. */
static void end_renaming(struct ftpd *s)
{
    if (s->state != RENAMING || s->keeps_rename)
        return;
    free(s->rename_from);
    s->rename_from = NULL;
    ftpd_enter(s, READY);
}

static void hear_command(struct ftpd *s, struct span line)
{
    s->keeps_rename = false;
    switch (command_run(&ftpd_language, s->state, s->wire, line, s)) {
    case COMMAND_FOUND:
        break;
    case COMMAND_UNKNOWN:
        ftpd_reply_bad(s, "500 Unknown command");
        break;
    case COMMAND_OUT_OF_STATE:
        ftpd_reply_bad(s, ftpd_is_in(s) ? "503 Not now" : "530 Log in first");
        break;
    case COMMAND_BAD_ARGUMENTS:
        ftpd_reply_bad(s,
                       "501 Wrong arguments; HELP and the command's name shows them");
        break;
    }
    end_renaming(s);
}

/* RFC 1123 §4.1.2.12: options are refused; to say it once is enough (F13). */
static void refuse_option(struct ftpd *s, int option)
{
    char refusal[] = { (char)255, (char)252, (char)option }; /* IAC WONT */
    if (option >= 0 && !s->options_refused)
        wire_put(s->wire, span_at(refusal, sizeof(refusal)));
    s->options_refused = s->options_refused || option >= 0;
}

static void hear_telnet(struct ftpd *s, struct span line)
{
    char room[FTP_LINE_MAX];
    int option;
    struct span text = telnet_strip(line, room, &option);
    refuse_option(s, option);
    if (text.len == 0)
        return;
    if (is_printable(text))
        hear_command(s, text);
    else
        ftpd_reply_bad(s, "500 Lines are printable and end in CRLF");
}

void ftpd_hear(struct ftpd *s, const struct line *line)
{
    if (line->form == LINE_GOOD && span_find(line->text, (char)255) < line->text.len) {
        hear_telnet(s, line->text);
        return;
    }
    if (line->form == LINE_GOOD && is_printable(line->text)) {
        hear_command(s, line->text);
        return;
    }
    command_heard(&ftpd_language, s->wire, line->text);
    if (line->form == LINE_TOO_LONG)
        ftpd_reply_bad(s, "500 Line too long");
    else
        ftpd_reply_bad(s, "500 Lines are printable and end in CRLF");
}

/* A session is given login_time in all until it has logged in, then idle_time a line. */
static bool next_line(struct ftpd *s, struct line *line_r)
{
    uint64_t now = clock_now();

    if (ftpd_is_in(s))
        wire_read_time(s->wire, s->host->idle_time);
    else
        wire_read_time(s->wire, s->login_by > now ? s->login_by - now : 0);
    return wire_line(s->wire, line_r);
}

/* RFC 959 §5.4: 421 may be the reply to anything, when the service must shut down. */
static void say_farewell(struct ftpd *s)
{
    switch (wire_error(s->wire)) {
    case -ECANCELED:
        ftpd_reply_closing(s, "This server stops, try again in a moment");
        break;
    case -ETIMEDOUT:
        ftpd_reply_closing(s, ftpd_is_in(s) ? "Idle for too long, good bye"
                                            : "It took too long to log in");
        break;
    case -EMSGSIZE:
        ftpd_reply_closing(s, "Line much too long");
        break;
    }
}

void ftpd_session(struct wire *wire, void *host)
{
    struct ftpd s = { .wire = wire,
                      .host = host,
                      .deferred = { .max = FTP_DEFERRED_MAX } };
    struct line line;

    spare_open(&s.spare);
    sasl_open(&s.sasl, wire, s.host->plaintext_login, ftpd_release);
    s.login_by = clock_in(s.host->login_time);
    wire_read_time(wire, s.host->login_time);
    ftpd_reset(&s);
    ftpd_enter(&s, NOBODY);
    wire_say(wire, "220 %s FTP server ready", s.host->name);
    while (s.state != CLOSED && next_line(&s, &line)) {
        ftpd_hear(&s, &line);
        ftpd_hear_deferred(&s);
    }
    if (s.state != CLOSED)
        say_farewell(&s);
    ftpd_leave(&s);
    spare_close(&s.spare);
    buf_free(&s.deferred);
    sasl_close(&s.sasl);
}
