#include "ftp/transfer.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "ftp/commands.h"
#include "ftp/grammar.h"
#include "wire/tls.h"

#include <errno.h>
#include <inttypes.h>

/* ---- what comes before it */

/* RFC 4217 §10: after AUTH TLS data in the clear has to be allowed. */
bool ftpd_may_transfer(struct ftpd *s)
{
    if (wire_has_tls(s->wire) && !s->parameters.private && !s->host->clear_data) {
        ftpd_disconnect(s);
        wire_say(s->wire, "521 Data goes encrypted here: say PBSZ 0 and PROT P first");
        return false;
    }
    return true;
}

struct coder_form ftpd_form(const struct ftpd *s)
{
    return (struct coder_form){ .ascii = s->parameters.type == TYPE_ASCII,
                                .records = s->parameters.structure == STRUCTURE_RECORD,
                                .mode = (char)s->parameters.mode,
                                .level = s->parameters.level };
}

/* ---- its own fiber */

static void run(void *arg)
{
    struct transfer *t = arg;
    int error = ftpd_connect(t);
    t->came = !error;
    if (!error)
        error = t->carry(t);
    t->error = error;
    t->over = t->news = true;
    fiber_wake(t->listener);
}

/* ---- the session's, meanwhile */

static void cancel(struct transfer *t)
{
    t->aborted = true;
    if (t->data)
        data_cancel(t->data);
}

/* A line, as ftpd_hear_deferred wants it back: its form, and an LF behind it. */
static bool defer(struct ftpd *s, const struct line *line)
{
    char form = (char)line->form;
    if (line->text.len + 2 > s->deferred.max - s->deferred.len)
        return false;
    return buf_put(&s->deferred, span_at(&form, 1)) == 0 &&
           buf_put(&s->deferred, line->text) == 0 &&
           buf_put(&s->deferred, SPAN("\n")) == 0;
}

/* RFC 959 §4.1.3, ABOR: "426 ... 226": the second is the reply to ABOR itself, which
 * waits for the first. */
static bool hear_meanwhile(struct ftpd *s, const struct line *line)
{
    char room[FTP_LINE_MAX];
    int option;
    struct arg args[COMMAND_ARGS_MAX];
    const struct command *command;
    struct span text = telnet_strip(line->text, room, &option);
    if (line->form == LINE_GOOD && command_match(&ftpd_language, TRANSFERRING, text,
                                                 &command, args) == COMMAND_FOUND) {
        if (command->run == ftpd_abor) {
            cancel(s->transfer);
        } else {
            wire_heard(s->wire, text);
            command->run(s, args);
            return true;
        }
    }
    return defer(s, line);
}

/* RFC 959 §3.5: "110 MARK yyyy = mmmm". */
static void say_mark(struct ftpd *s, struct transfer *t)
{
    if (t->mark[0])
        wire_say(s->wire, "110 MARK %s", t->mark);
    t->mark[0] = '\0';
    t->news = t->over;
}

static void listen_meanwhile(struct ftpd *s, struct transfer *t)
{
    struct line line;
    bool hears = true;
    wire_read_time(s->wire, CLOCK_NEVER);
    while (hears && !t->over && !wire_error(s->wire)) {
        if (wire_line_or(s->wire, &line, &t->news))
            hears = hear_meanwhile(s, &line);
        say_mark(s, t);
    }
    if (wire_error(s->wire) && !t->over)
        cancel(t);
    while (!t->over)
        fiber_await();
}

void ftpd_hear_deferred(struct ftpd *s)
{
    struct buf lines = s->deferred;
    struct span rest = buf_span(&lines);
    if (rest.len == 0)
        return;
    s->deferred = (struct buf){ .max = FTP_DEFERRED_MAX };
    while (rest.len > 0 && s->state != CLOSED) {
        size_t n = span_find(rest, '\n');
        struct line line = { span_at(rest.at + 1, n - 1), (enum line_form) * rest.at };
        rest = span_skip(rest, n + 1);
        /* What is said in the middle of a transfer that one of these began comes behind
         * the rest of them. */
        if (s->deferred.len > 0)
            defer(s, &line);
        else
            ftpd_hear(s, &line);
    }
    buf_free(&lines);
    ftpd_hear_deferred(s);
}

/* ---- how it went: RFC 959 §5.4 */

static void say_failure(struct ftpd *s, const struct transfer *t)
{
    const char *why = strerror(-t->error);
    if (t->aborted && !t->local)
        wire_say(s->wire, "426 Transfer aborted");
    else if (t->local)
        ftpd_refuse(s, t->error, 451);
    else if (!t->came && t->error == -EPERM)
        wire_say(s->wire, "425 Others than you came to the data connection");
    else if (!t->came && t->error == -EACCES && s->parameters.private)
        wire_say(s->wire, "522 A data connection here resumes the TLS session of this "
                          "one, and yours did not");
    else if (!t->came)
        wire_say(s->wire, "425 No data connection: %s", why);
    else if (t->error == -EPROTO)
        wire_say(s->wire, "426 The data connection ended without saying so");
    else
        wire_say(s->wire, "426 The data connection broke: %s", why);
}

bool ftpd_transfer(struct ftpd *s, struct transfer *t, const char *opening)
{
    bool ahead = s->data && s->host->spares;
    t->session = s;
    t->listener = fiber_self();
    wire_say(s->wire, "150 %s", opening);
    s->transfer = t;
    if (fiber_go(run, t) == 0)
        listen_meanwhile(s, t);
    else
        t->error = -ENOMEM, t->local = true;
    s->transfer = NULL;
    data_close(&t->data);
    ftpd_disconnect(s);
    if (t->error)
        say_failure(s, t);
    else
        wire_say(s->wire, "226 Transfer complete");
    if (ahead && !t->error)
        spare_prepare(&s->spare, s->wire);
    return !t->error;
}

/* RFC 959 §4.1.3, STAT: "during a file transfer". */
void ftpd_stat_transfer(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "211 %s: %" PRIu64 " octets so far", s->transfer->what,
             s->transfer->octets);
}

/* Nothing is under way (any more): whoever was to come need not. */
void ftpd_abor(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    ftpd_disconnect(s);
    wire_say(s->wire, "226 Nothing is under way");
}
