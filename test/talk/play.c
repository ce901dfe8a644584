#include "test/talk/acting.h"

#include "ftp/address.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "test/talk/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUEUE_MAX = 100000, ENDING_TURNS = 1000 };

static struct clock_page page;

const char *way_name(enum way way)
{
    static const char *const names[WAYS] = { "whole", "octets", "pipelined", "tls" };
    return names[way];
}

void play_fail(struct play *p, const struct step *step, const char *wanted,
               struct span what, struct span heard)
{
    if (!p->failed)
        printf("%s:%d: (%s) wanted %s%.*s, heard \"%.*s\"\n", p->script->path,
               step->line, way_name(p->way), wanted, SPAN_ARG(what), SPAN_ARG(heard));
    p->failed = true;
}

static struct span without_crlf(struct span line)
{
    if (line.len >= 2 && span_is(span_skip(line, line.len - 2), SPAN("\r\n")))
        line.len -= 2;
    return line;
}

/* ---- hearing */

/* Any number of lines that begin so. */
static void hear_all(struct client *c, struct span beginning)
{
    struct span line;

    while (client_await_line(c, &line) && span_starts_nocase(line, beginning))
        client_forget_line(c, line.len);
}

/* How much of "250-..." or " ..." those lines begin with; 0: it is neither. */
static size_t before_dots(struct span text)
{
    if (span_is(text, SPAN(" ...")))
        return 1;
    return text.len == 7 && span_is(span_skip(text, 3), SPAN("-...")) ? 4 : 0;
}

/* RFC 959 §5.4, 227; RFC 2428 §3, 229. */
static void note_port(struct client *c, struct span reply)
{
    struct endpoint e;
    uint64_t port;
    size_t paren = span_find(reply, '(');
    struct span rest = span_skip(reply, paren < reply.len ? paren + 1 : reply.len);
    if (span_starts_nocase(reply, SPAN("227 ")) && address_take_host_port(&rest, &e))
        c->port = e.port;
    if (span_starts_nocase(reply, SPAN("229 ")) && span_take(&rest, SPAN("|||")) &&
        span_take_number(&rest, UINT16_MAX, &port))
        c->port = (uint16_t)port;
}

static void hear(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];
    struct span line;

    client_come(c, p->peer);
    if (before_dots(step->text) > 0) {
        hear_all(c, span_first(step->text, before_dots(step->text)));
        return;
    }
    bool whole = client_await_line(c, &line);
    struct span text = without_crlf(line);
    if (!whole || text.len + 2 != line.len || !glob_fits(step->text, text))
        play_fail(p, step, "S: ", step->text,
                  whole || line.len ? text : SPAN("(nothing)"));
    c->in_data = span_starts_nocase(step->text, SPAN("354"));
    note_port(c, text);
    c->protects = (c->protects || span_starts_nocase(text, SPAN("200 Data connections "
                                                                "under TLS"))) &&
                  !span_starts_nocase(text, SPAN("200 Data connections in"));
    client_forget_line(c, line.len);
}

void play_flush(struct play *p, struct client *c)
{
    if (c->out.len > 0)
        client_send(c, p->way == OCTETS ? 1 : c->out.len, p->peer);
}

/* All that was said is sent, all replies that were put off are heard. */
static void catch_up(struct play *p)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        play_flush(p, &p->clients[i]);
    while (p->queued > 0 && !p->failed) {
        hear(p, &p->script->steps[p->queue[p->queued_from++]]);
        p->queued--;
    }
    p->queued_from = p->queued = 0;
}

static void on_server(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];

    if (p->room.is_client) {
        act_say(p, step);
        return;
    }
    if (c->out.len > 0 && c->more && p->queued_from + p->queued < QUEUE_MAX) {
        p->queue[p->queued_from + p->queued++] = (size_t)(step - p->script->steps);
        return;
    }
    catch_up(p);
    hear(p, step);
}

/* ---- speaking */

/* RFC 3030 §2: a chunk follows its command at once, and the next command the chunk. */
static bool is_in_chunk(struct client *c, struct span said)
{
    struct span rest = said;

    if (c->chunk > 0) {
        c->chunk -= said.len < c->chunk ? said.len : c->chunk;
        return true;
    }
    return span_take(&rest, SPAN("BDAT ")) &&
           span_take_number(&rest, UINT64_MAX, &c->chunk);
}

/* RFC 9051 §5.5: all but what has to be answered before it is known what follows. */
static bool may_be_followed_in_imap(struct span said)
{
    static const char *const alone[] = { " IDLE\r\n", " STARTTLS\r\n", " AUTHENTICATE ",
                                         " COMPRESS ", "}\r\n" };

    for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
        struct span word = span_of(alone[i]);
        if (memmem(said.at, said.len, word.at, word.len) &&
            !memmem(said.at, said.len, "+}\r\n", 4))
            return false;
    }
    return true;
}

/* RFC 2920 §3.1: these may be followed by more in their group; so may a message's end,
 * and every command of POP3 (RFC 2449 §6.8). */
static bool may_be_followed(const struct play *p, struct client *c, struct span said)
{
    static const char *const anywhere[] = { "MAIL ", "RCPT ", "RSET" };

    if (p->room.front == ROLE_POP3 || p->room.front == ROLE_FTP)
        return true;
    if (p->room.front == ROLE_IMAP)
        return may_be_followed_in_imap(said);
    if (c->in_data) {
        c->in_data = !span_is(said, SPAN(".\r\n"));
        return !c->in_data;
    }
    if (is_in_chunk(c, said))
        return c->chunk == 0;
    for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
        if (span_starts_nocase(said, span_of(anywhere[i])))
            return true;
    return false;
}

/* $PORT is where the client listens, as PORT says it; $EPORT as EPRT does. */
static int put_with_port(struct client *c, struct span text)
{
    size_t n = span_find(text, '$');
    int error = buf_put(&c->out, span_first(text, n));
    struct span rest = span_skip(text, n);
    if (error || rest.len == 0)
        return error;
    if (span_take(&rest, SPAN("$PORT")))
        error = buf_printf(&c->out, "%u,%u", c->port >> 8, c->port & 0xffu);
    else if (span_take(&rest, SPAN("$EPORT")))
        error = buf_printf(&c->out, "%u", c->port);
    return error ? error : buf_put(&c->out, rest);
}

static void on_client(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];

    if (p->room.is_client) {
        (step->raw ? act_say : act_hear)(p, step);
        return;
    }
    if (put_with_port(c, step->text))
        play_fail(p, step, "less to say", SPAN(""), SPAN(""));
    c->more = may_be_followed(p, c, step->text) && p->way == PIPELINED;
}

void play_pass_time(uint64_t seconds)
{
    page.now_shift += (int64_t)(seconds * CLOCK_SECOND);
    page.wall_shift += (int64_t)seconds;
}

/* ---- the play */

static void perform(struct play *p, const struct step *step)
{
    const struct act *act = &acts[step->kind];

    if (step->kind == STEP_CLIENT)
        on_client(p, step);
    if (step->kind == STEP_SERVER)
        on_server(p, step);
    if (act->settles) {
        catch_up(p);
        settle();
    }
    if (act->run && !p->failed)
        act->run(p, step);
    if (act->settles)
        settle();
}

/* Whatever sessions and services wait for, it comes: the end of the client, of the
 * keepers, and an hour in each turn. */
static bool has_ended(void)
{
    for (int i = 0; i < ENDING_TURNS && fiber_count() > 0; i++) {
        turn(i % 8 == 7);
        play_pass_time(i % 8 == 7 ? 3600 : 0);
    }
    return fiber_count() == 0;
}

static bool are_over(const struct play *p)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (p->clients[i].running)
            return false;
    return true;
}

static void end(struct play *p)
{
    const struct step *last = &p->script->steps[p->script->count - 1];

    catch_up(p);
    settle();
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &p->clients[i];
        client_hear(c);
        if (c->in.len > 0)
            play_fail(p, last, "no more", SPAN(""), buf_span(&c->in));
        client_leave(c);
    }
    for (int i = 0; i < ENDING_TURNS && !are_over(p); i++) {
        turn(i % 8 == 7);
        play_pass_time(i % 8 == 7 ? 3600 : 0);
    }
    settle();
    if (world_fault())
        play_fail(p, last, "a front that behaves: it ", span_of(world_fault()),
                  SPAN(""));
    if (world_handles() > 0)
        play_fail(p, last, "every handle to be released", SPAN(""), SPAN(""));
    world_close();
    if (!has_ended())
        play_fail(p, last, "every fiber to end", SPAN(""), SPAN(""));
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        client_free(&p->clients[i]);
}

bool play_begin(void)
{
    clock_use(&page);
    ipc_patience(ASK_SECONDS * CLOCK_SECOND);
    return loop_open() == 0;
}

bool play(const struct script *script, enum way way)
{
    struct play p = { .script = script, .way = way };

    p.queue = calloc(QUEUE_MAX, sizeof(*p.queue));
    play_choose(&p);
    if (!p.queue || script->count == 0 || !world_open(p.room.front)) {
        printf("%s: cannot be played\n", script->path);
        free(p.queue);
        return false;
    }
    for (size_t i = 0; i < script->count && !p.failed; i++)
        perform(&p, &script->steps[i]);
    end(&p);
    pop3_logins_close(&p.pop3.logins);
    play_end_sender(&p);
    free(p.queue);
    return !p.failed;
}
