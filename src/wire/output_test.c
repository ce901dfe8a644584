/* output - what was said leaves together, within its bound, dots and all. */
#include "test/unit.h"
#include "wire/pair_test.h"

#include "base/buf.h"
#include "config/limits.h"
#include "wire/dot.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct pair p;

static void answer_each(struct wire *w, void *arg)
{
    struct line line;
    (void)arg;
    while (wire_line(w, &line))
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
}

/* A stream would hide where one write ends; a SEQPACKET pair shows it. */
TEST(wire_replies_to_pipelined_commands_share_a_segment)
{
    char reply[100];
    pair_begin();
    if (!pair_open_type(&p, SOCK_SEQPACKET, answer_each, NULL))
        return;
    send(p.peer, "a\r\nb\r\nc\r\nhalf", 13, 0);
    pair_turns(3);
    CHECK_EQ_INT(recv(p.peer, reply, sizeof(reply), 0), 21);
    CHECK_EQ_INT(recv(p.peer, reply, sizeof(reply), 0), -1);
    pair_close(&p);
    pair_end();
}

static void say_forms(struct wire *w, void *arg)
{
    (void)arg;
    wire_say(w, "250 %s", "quoted\r\n250 forged");
    wire_say(w, "%s", "");
    wire_say(w, "%*d", 500, 7);
    wire_say(w, "%0*d", WIRE_OUTPUT_MAX * 2, 0);
}

TEST(wire_say_lines_of_any_length)
{
    pair_begin();
    if (!pair_open(&p, say_forms, NULL))
        return;
    struct buf all = { .max = 1 << 20 };
    for (int i = 0; i < 20; i++)
        buf_put(&all, pair_hear(&p));
    const struct span first = SPAN("250 quoted??250 forged\r\n\r\n   ");
    CHECK_EQ_UINT(all.len, 24 + 2 + 502 + WIRE_OUTPUT_MAX);
    CHECK(span_starts_nocase(buf_span(&all), first));
    CHECK_SPAN(span_skip(buf_span(&all), all.len - 3), "0\r\n");
    pair_close(&p);
    pair_end();
    buf_free(&all);
}

/* ---- the bound */

struct pouring {
    size_t pieces, put;
    int error;
    bool flushed;
};

static void pour(struct wire *w, void *arg)
{
    static char piece[1000];
    struct pouring *pouring = arg;
    memset(piece, 'x', sizeof(piece));
    for (; pouring->put < pouring->pieces && !wire_error(w); pouring->put++)
        wire_put(w, span_at(piece, sizeof(piece)));
    pouring->flushed = wire_flush(w);
    pouring->error = wire_error(w);
}

TEST(wire_output_is_bounded)
{
    struct pouring pouring = { .pieces = 10000 };
    pair_begin();
    if (!pair_open(&p, pour, &pouring))
        return;
    pair_turns(20);
    size_t stopped = pouring.put;
    CHECK(stopped < 1000); /* the socket's own buffer and WIRE_OUTPUT_MAX */
    size_t taken = 0;
    for (int i = 0; i < 1000 && !p.over; i++)
        taken += pair_hear(&p).len;
    taken += pair_hear(&p).len;
    CHECK_EQ_UINT(taken, 10000 * 1000);
    CHECK(pouring.flushed);
    CHECK_EQ_INT(pouring.error, 0);
    pair_close(&p);
    pair_end();
}

/* A02: the deadline is for progress, not for all of it. */
TEST(wire_slow_reader_is_served)
{
    struct pouring pouring = { .pieces = 1000 };
    size_t taken = 0;
    pair_begin();
    if (!pair_open(&p, pour, &pouring))
        return;
    for (int i = 0; i < 200 && !p.over; i++) {
        pair_pass(pair_settings.write_time - CLOCK_SECOND);
        taken += pair_hear(&p).len;
    }
    CHECK_EQ_UINT(taken, 1000 * 1000);
    CHECK_EQ_INT(pouring.error, 0);
    pair_close(&p);
    pair_end();
}

TEST(wire_peer_that_takes_nothing_is_dropped)
{
    struct pouring pouring = { .pieces = 10000 };
    pair_begin();
    if (!pair_open(&p, pour, &pouring))
        return;
    pair_pass(pair_settings.write_time - CLOCK_SECOND);
    CHECK_EQ_INT(pouring.error, 0);
    pair_pass(2 * CLOCK_SECOND);
    CHECK_EQ_INT(pouring.error, -ETIMEDOUT);
    CHECK(!pouring.flushed);
    CHECK(p.over);
    pair_close(&p);
    pair_end();
}

TEST(wire_peer_that_is_gone)
{
    struct pouring pouring = { .pieces = 10000 };
    pair_begin();
    if (!pair_open(&p, pour, &pouring))
        return;
    pair_close(&p);
    CHECK(pouring.error == -EPIPE || pouring.error == -ECONNRESET);
    CHECK(!pouring.flushed);
    pair_end();
}

/* ---- the end */

static void say_bye(struct wire *w, void *arg)
{
    struct line line;
    (void)arg;
    if (wire_line(w, &line))
        wire_say(w, "221 bye");
}

TEST(wire_close_says_all_and_lingers)
{
    char said[100];
    pair_begin();
    if (!pair_open(&p, say_bye, NULL))
        return;
    pair_say(&p, SPAN("QUIT\r\nmore that nobody reads"));
    CHECK(!p.over);
    CHECK_EQ_INT(recv(p.peer, said, sizeof(said), 0), 9);
    CHECK_EQ_INT(recv(p.peer, said, sizeof(said), 0), 0);
    CHECK(send(p.peer, "still talking", 13, MSG_NOSIGNAL) > 0);
    pair_turns(2);
    CHECK(!p.over);
    pair_pass(LINGER_MS * CLOCK_MS);
    CHECK(p.over);
    pair_close(&p);
    pair_end();
}

TEST(wire_close_does_not_linger_for_one_who_pours)
{
    static char data[WIRE_INPUT];
    pair_begin();
    if (!pair_open(&p, say_bye, NULL))
        return;
    pair_say(&p, SPAN("QUIT\r\n"));
    for (int i = 0; i < 100 && !p.over; i++) {
        send(p.peer, data, sizeof(data), MSG_NOSIGNAL);
        pair_turns(1);
    }
    CHECK(p.over);
    pair_close(&p);
    pair_end();
}

/* ---- dots */

struct dotting {
    struct span text;
    size_t split;
};

static void put_dotted(struct wire *w, void *arg)
{
    const struct dotting *d = arg;
    struct dot_writer writer = { 0 };
    wire_put_dotted(w, &writer, span_first(d->text, d->split));
    wire_put_dotted(w, &writer, span_skip(d->text, d->split));
    CHECK_EQ_UINT(writer.octets, d->text.len);
    wire_end_dotted(w, &writer);
}

static struct span dotted(struct span text, size_t split)
{
    struct dotting d = { text, split };
    if (!pair_open(&p, put_dotted, &d))
        return span_first(text, 0);
    struct span heard = pair_hear(&p);
    pair_close(&p);
    return heard;
}

TEST(wire_put_dotted_in_every_split)
{
    const struct {
        struct span text, dotted;
    } cases[] = {
        { SPAN(""), SPAN(".\r\n") },
        { SPAN("a\r\n"), SPAN("a\r\n.\r\n") },
        { SPAN("a"), SPAN("a\r\n.\r\n") },
        { SPAN("."), SPAN("..\r\n.\r\n") },
        { SPAN(".\r\n"), SPAN("..\r\n.\r\n") },
        { SPAN("..\r\n.a\r\nb.\r\n"), SPAN("...\r\n..a\r\nb.\r\n.\r\n") },
        { SPAN("\r\n\r\n.\r\n"), SPAN("\r\n\r\n..\r\n.\r\n") },
        { SPAN("a\n.\r.b\r\n"), SPAN("a\n..\r.b\r\n.\r\n") },
        { SPAN("a\n.\nb"), SPAN("a\n..\nb\r\n.\r\n") },
        { SPAN("\n.\r\n.\r\n"), SPAN("\n..\r\n..\r\n.\r\n") },
    };
    pair_begin();
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        for (size_t at = 0; at <= cases[c].text.len; at++)
            unit_equal_span(dotted(cases[c].text, at), cases[c].dotted, __FILE__,
                            __LINE__, cases[c].text.at);
    }
    pair_end();
}

static bool has_dot_behind_bare_lf(struct span text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (memcmp(text.at + i, "\n.", 2) == 0 && (i == 0 || text.at[i - 1] != '\r'))
            return true;
    return false;
}

/* A reader to whom every LF ends a line finds the end where it is, and not before. */
static void check_lenient_reader(struct span heard)
{
    while (heard.len > 0) {
        size_t n = span_find(heard, '\n');
        struct span line = span_first(heard, n);
        heard = span_skip(heard, n < heard.len ? n + 1 : n);
        if (span_is(line, SPAN(".")) || span_is(line, SPAN(".\r")))
            CHECK_EQ_UINT(heard.len, 0);
    }
}

/* What dot_take makes of it again is the message, ended with CRLF. */
static void check_round_trip(struct span text, size_t split)
{
    struct dot_reader reader = { .line_max = 1000 };
    struct buf got = { .max = 1 << 16 };
    struct span rest = dotted(text, split), piece;
    check_lenient_reader(rest);
    while ((piece = dot_take(&reader, &rest)).len > 0)
        buf_put(&got, piece);
    CHECK(reader.ended);
    CHECK_EQ_UINT(rest.len, 0);
    if (has_dot_behind_bare_lf(text)) {
        buf_free(&got);
        return;
    }
    CHECK(got.len >= text.len && span_is(span_first(buf_span(&got), text.len), text));
    if (got.len > text.len)
        CHECK_SPAN(span_skip(buf_span(&got), text.len), "\r\n");
    buf_free(&got);
}

TEST(wire_put_dotted_survives_dot_take)
{
    static const char letters[] = "\r\n.x";
    char text[24];
    srand(2821);
    pair_begin();
    for (int i = 0; i < 2000; i++) {
        size_t len = (size_t)rand() % sizeof(text);
        for (size_t n = 0; n < len; n++)
            text[n] = letters[rand() % 4];
        check_round_trip(span_at(text, len), len > 0 ? (size_t)rand() % len : 0);
    }
    pair_end();
}
