/* input - lines and blocks, in every split. */
#include "test/unit.h"
#include "wire/pair_test.h"

#include "base/buf.h"
#include "base/fiber.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct pair p;

/* What a session read: one line of text for each line, its form first. */
struct reading {
    struct buf lines;
    int error;
};

static void read_lines(struct wire *w, void *arg)
{
    static const char form[] = {
        [LINE_GOOD] = 'g', [LINE_TOO_LONG] = 'l', [LINE_BARE] = 'b'
    };
    struct reading *r = arg;
    struct line line;
    while (wire_line(w, &line)) {
        buf_printf(&r->lines, "%c:", form[line.form]);
        buf_put(&r->lines, line.text);
        buf_put(&r->lines, SPAN("|"));
    }
    r->error = wire_error(w);
}

/* Says `octets` in two writes; the lines that the session made of it, and its error. */
static void check_split(struct span octets, size_t at, struct span wanted, int error)
{
    struct reading r = { .lines.max = 1 << 16 };
    if (!pair_open(&p, read_lines, &r))
        return;
    pair_say(&p, span_first(octets, at));
    pair_say(&p, span_skip(octets, at));
    pair_close(&p);
    unit_equal_span(buf_span(&r.lines), wanted, __FILE__, __LINE__, octets.at);
    CHECK_EQ_INT(r.error, error);
    buf_free(&r.lines);
}

static void check_octet_by_octet(struct span octets, struct span wanted, int error)
{
    struct reading r = { .lines.max = 1 << 16 };
    if (!pair_open(&p, read_lines, &r))
        return;
    for (size_t i = 0; i < octets.len; i++)
        pair_say(&p, span_at(octets.at + i, 1));
    pair_close(&p);
    unit_equal_span(buf_span(&r.lines), wanted, __FILE__, __LINE__, octets.at);
    CHECK_EQ_INT(r.error, error);
    buf_free(&r.lines);
}

TEST(wire_lines_in_every_split)
{
    const struct {
        struct span said, lines;
    } cases[] = {
        { SPAN("EHLO a\r\nNOOP\r\n"), SPAN("g:EHLO a|g:NOOP|") },
        { SPAN("\r\n\r\n"), SPAN("g:|g:|") },
        { SPAN("a\nb\r\n"), SPAN("b:a|g:b|") },
        { SPAN("\n\r\n"), SPAN("b:|g:|") },
        { SPAN("a\rb\r\n"), SPAN("b:a\rb|") },
        { SPAN("a\r\r\n"), SPAN("b:a\r|") },
        { SPAN("a\0b\r\nc\r\n"), SPAN("b:a\0b|g:c|") },
        { SPAN("\xff\x80 \x1b\r\n"), SPAN("g:\xff\x80 \x1b|") },
        { SPAN("one\r\nno end"), SPAN("g:one|") },
        { SPAN("no end\r"), SPAN("") },
    };
    pair_begin();
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        for (size_t at = 0; at <= cases[c].said.len; at++)
            check_split(cases[c].said, at, cases[c].lines, -ENODATA);
        check_octet_by_octet(cases[c].said, cases[c].lines, -ENODATA);
    }
    pair_end();
}

/* `length` times "x", the end, and one line behind it. */
static struct span long_line(struct buf *b, size_t length, const char *end)
{
    buf_clear(b);
    for (size_t i = 0; i < length; i++)
        buf_put(b, SPAN("x"));
    buf_printf(b, "%s", end);
    return buf_span(b);
}

TEST(wire_lines_up_to_the_limit)
{
    const size_t max = pair_settings.line_max;
    struct buf said = { .max = 1 << 16 }, good = { .max = 1 << 16 };
    struct buf cut = { .max = 1 << 16 };
    buf_put(&good, SPAN("g:"));
    buf_put(&cut, SPAN("l:"));
    for (size_t i = 0; i < max; i++) {
        buf_put(&good, SPAN("x"));
        buf_put(&cut, SPAN("x"));
    }
    buf_put(&good, SPAN("|g:next|"));
    buf_put(&cut, SPAN("|g:next|"));

    pair_begin();
    const char *end = "\r\nnext\r\n";
    long_line(&said, max, end);
    for (size_t at = 0; at <= said.len; at++)
        check_split(buf_span(&said), at, buf_span(&good), -ENODATA);
    long_line(&said, max + 1, end);
    for (size_t at = 0; at <= said.len; at++)
        check_split(buf_span(&said), at, buf_span(&cut), -ENODATA);
    long_line(&said, WIRE_LONG_LINE * max, end);
    for (size_t at = max - 3; at <= said.len; at += 7)
        check_split(buf_span(&said), at, buf_span(&cut), -ENODATA);
    check_octet_by_octet(buf_span(&said), buf_span(&cut), -ENODATA);
    long_line(&said, WIRE_LONG_LINE * max + 1, end);
    for (size_t at = max - 3; at <= said.len; at += 7)
        check_split(buf_span(&said), at, SPAN(""), -EMSGSIZE);
    pair_end();
    buf_free(&said);
    buf_free(&good);
    buf_free(&cut);
}

TEST(wire_line_without_end_is_cut_off)
{
    static char endless[1 << 20];
    struct reading r = { .lines.max = 1 << 16 };
    memset(endless, 'x', sizeof(endless));
    pair_begin();
    if (!pair_open(&p, read_lines, &r))
        return;
    pair_say(&p, span_at(endless, sizeof(endless)));
    CHECK_EQ_INT(r.error, -EMSGSIZE);
    pair_close(&p);
    pair_end();
    buf_free(&r.lines);
}

/* A01: octets that trickle in do not move the deadline of their line. */
TEST(wire_deadline_is_for_the_whole_line)
{
    struct reading r = { .lines.max = 1 << 16 };
    pair_begin();
    if (!pair_open(&p, read_lines, &r))
        return;
    for (int i = 0; i < 3; i++) {
        pair_pass(3 * CLOCK_SECOND);
        pair_say(&p, SPAN("x"));
        CHECK_EQ_INT(r.error, 0);
    }
    pair_pass(3 * CLOCK_SECOND);
    CHECK_EQ_INT(r.error, -ETIMEDOUT);
    pair_close(&p);
    pair_end();
    buf_free(&r.lines);
}

TEST(wire_deadline_begins_anew_with_each_line)
{
    struct reading r = { .lines.max = 1 << 16 };
    pair_begin();
    if (!pair_open(&p, read_lines, &r))
        return;
    for (int i = 0; i < 5; i++) {
        pair_pass(9 * CLOCK_SECOND);
        pair_say(&p, SPAN("x\r\n"));
        CHECK_EQ_INT(r.error, 0);
    }
    pair_close(&p);
    CHECK_SPAN(buf_span(&r.lines), "g:x|g:x|g:x|g:x|g:x|");
    CHECK_EQ_INT(r.error, -ENODATA);
    pair_end();
    buf_free(&r.lines);
}

/* A session may have its last word when reading is over. */
static void say_421(struct wire *w, void *arg)
{
    struct line line;
    wire_say(w, "220 ready");
    while (wire_line(w, &line))
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
    wire_say(w, "421 %d", -wire_error(w));
    *(int *)arg = wire_error(w);
}

TEST(wire_last_word_after_a_deadline)
{
    int error = 0;
    pair_begin();
    if (!pair_open(&p, say_421, &error))
        return;
    CHECK_SPAN(pair_hear(&p), "220 ready\r\n");
    pair_pass(11 * CLOCK_SECOND);
    CHECK_EQ_INT(error, -ETIMEDOUT);
    CHECK_SPAN(pair_hear(&p), "421 110\r\n");
    CHECK(pair_is_ended(&p));
    pair_close(&p);
    pair_end();
}

TEST(wire_half_closed_peer_is_answered)
{
    int error = 0;
    pair_begin();
    if (!pair_open(&p, say_421, &error))
        return;
    pair_hear(&p);
    send(p.peer, "a\r\nb\r\nc", 7, MSG_NOSIGNAL);
    shutdown(p.peer, SHUT_WR);
    CHECK_SPAN(pair_hear(&p), "250 a\r\n250 b\r\n421 61\r\n");
    CHECK_EQ_INT(error, -ENODATA);
    CHECK(pair_is_ended(&p));
    pair_close(&p);
    pair_end();
}

TEST(wire_cancel_all_ends_every_reading)
{
    static struct pair q;
    int error_p = 0, error_q = 0;
    pair_begin();
    if (!pair_open(&p, say_421, &error_p) || !pair_open(&q, say_421, &error_q))
        return;
    pair_say(&q, SPAN("hello\r\nhalf"));
    CHECK_EQ_INT(wire_count(), 2);
    wire_cancel_all();
    pair_turns(2);
    CHECK_EQ_INT(error_p, -ECANCELED);
    CHECK_EQ_INT(error_q, -ECANCELED);
    CHECK_SPAN(pair_hear(&p), "220 ready\r\n421 125\r\n");
    CHECK_SPAN(pair_hear(&q), "220 ready\r\n250 hello\r\n421 125\r\n");
    pair_close(&p);
    pair_close(&q);
    pair_end();
}

/* ---- blocks */

struct filling {
    struct buf octets;
    uint64_t counted;
    size_t fills;
    int error;
};

static void fill(struct wire *w, void *arg)
{
    struct filling *f = arg;
    struct line line;
    if (!wire_line(w, &line))
        return;
    while (wire_fill(w)) {
        struct span in = wire_input(w);
        size_t n = in.len > 3 ? in.len - 3 : in.len; /* not always all */
        buf_put(&f->octets, span_first(in, n));
        wire_consume(w, n);
        f->fills++;
    }
    f->error = wire_error(w);
    f->counted = wire_octets_in(w);
}

TEST(wire_fill_gives_all_octets_in_order)
{
    static char data[300000];
    struct filling f = { .octets.max = 1 << 20 };
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7 + i / 251);
    pair_begin();
    if (!pair_open(&p, fill, &f))
        return;
    pair_say(&p, SPAN("DATA\r\nfirst"));
    pair_say(&p, span_at(data, sizeof(data)));
    pair_close(&p);
    CHECK_EQ_INT(f.error, -ENODATA);
    CHECK_EQ_UINT(f.counted, sizeof(data) + 11);
    CHECK_EQ_UINT(f.octets.len, sizeof(data) + 5);
    CHECK(f.octets.len > 5 && memcmp(f.octets.at + 5, data, sizeof(data)) == 0);
    pair_end();
    buf_free(&f.octets);
}

static void peek(struct wire *w, void *arg)
{
    *(bool *)arg = wire_peek(w);
    fiber_sleep(CLOCK_SECOND);
    *(bool *)arg = wire_peek(w);
}

TEST(wire_peek_does_not_wait)
{
    bool there = true;
    pair_begin();
    if (!pair_open(&p, peek, &there))
        return;
    CHECK(!there);
    send(p.peer, "x", 1, 0);
    pair_pass(2 * CLOCK_SECOND);
    CHECK(there);
    pair_close(&p);
    pair_end();
}

/* One who sends without a pause does not keep the loop from the others. */
static void swallow(struct wire *w, void *arg)
{
    while (wire_fill(w)) {
        *(size_t *)arg += wire_input(w).len;
        wire_consume(w, wire_input(w).len);
        /* The peer is always faster. */
        static char more[WIRE_INPUT];
        send(p.peer, more, sizeof(more), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

TEST(wire_flood_lets_others_run)
{
    size_t taken = 0;
    pair_begin();
    if (!pair_open(&p, swallow, &taken))
        return;
    pair_say(&p, SPAN("begin"));
    size_t before = taken;
    pair_turns(1);
    CHECK(taken > before);
    CHECK(taken - before <= (size_t)WIRE_BLOCKS_A_TURN * WIRE_INPUT);
    pair_close(&p);
    pair_end();
}

/* ---- nudges */

struct awaiting {
    unsigned nudges, lines;
};

static void await(struct wire *w, void *arg)
{
    struct awaiting *a = arg;
    struct line line;

    for (;;) {
        while (!wire_await(w))
            a->nudges++;
        if (!wire_line(w, &line))
            return;
        a->lines++;
    }
}

/* Whoever waits is woken; a nudge while there is input is kept until there is none. */
TEST(wire_nudges_end_a_wait)
{
    struct awaiting a = { 0 };
    pair_begin();
    if (!pair_open(&p, await, &a))
        return;
    pair_turns(4);
    CHECK_EQ_UINT(a.nudges, 0);
    wire_nudge(p.wire);
    pair_turns(4);
    CHECK_EQ_UINT(a.nudges, 1);
    send(p.peer, "x\r\n", 3, 0);
    wire_nudge(p.wire);
    wire_nudge(p.wire);
    pair_turns(8);
    CHECK_EQ_UINT(a.nudges, 2);
    CHECK_EQ_UINT(a.lines, 1);
    pair_pass(2 * CLOCK_SECOND); /* it has given its memory back */
    wire_nudge(p.wire);
    pair_turns(4);
    CHECK_EQ_UINT(a.nudges, 3);
    pair_close(&p);
    pair_end();
}
