/* deflate - compressed both ways: memory, slow peers, hostile octets. */
#include "test/unit.h"
#include "wire/deflate.h"
#include "wire/pair_test.h"

#include "base/buf.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <zlib.h>

static struct pair p;

/* ---- the peer, by zlib's own defaults */

static z_stream out, in;

static void peer_opens(void)
{
    out = in = (z_stream){ 0 };
    CHECK(deflateInit2(&out, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(inflateInit2(&in, -MAX_WBITS) == Z_OK);
}

static void peer_closes(void)
{
    deflateEnd(&out);
    inflateEnd(&in);
}

static void deflated(struct span octets, int flush, struct buf *to)
{
    out.next_in = (unsigned char *)(uintptr_t)octets.at;
    out.avail_in = (unsigned)octets.len;
    do {
        CHECK(buf_reserve(to, 4096) == 0);
        out.next_out = (unsigned char *)to->at + to->len;
        out.avail_out = 4096;
        deflate(&out, flush);
        to->len += 4096 - out.avail_out;
    } while (out.avail_out == 0);
}

static void peer_says(struct span octets)
{
    struct buf b = { .max = 1 << 20 };

    deflated(octets, Z_SYNC_FLUSH, &b);
    pair_say(&p, buf_span(&b));
    buf_free(&b);
}

/* What has come, inflated. */
static struct span peer_hears(void)
{
    static char text[4 << 20];
    struct span heard = pair_hear(&p);

    in.next_in = (unsigned char *)(uintptr_t)heard.at;
    in.avail_in = (unsigned)heard.len;
    in.next_out = (unsigned char *)text;
    in.avail_out = sizeof(text);
    int state = inflate(&in, Z_SYNC_FLUSH);
    CHECK(state == Z_OK || state == Z_BUF_ERROR);
    CHECK_EQ_UINT(in.avail_in, 0);
    return span_at(text, sizeof(text) - in.avail_out);
}

/* ---- a session that answers line by line */

struct echo {
    uint64_t lsn;
    int error;
};

static void echo(struct wire *w, void *arg)
{
    struct echo *e = arg;
    struct line line;

    CHECK(wire_start_deflate(w));
    while (wire_line(w, &line) && !span_is(line.text, SPAN("QUIT"))) {
        if (span_is(line.text, SPAN("HOLD")))
            wire_hold(w, e->lsn);
        wire_say(w, "%.*s", SPAN_ARG(line.text));
    }
    e->error = wire_error(w);
    if (e->error == -EBADMSG)
        wire_say(w, "BYE");
}

static bool begin(void (*session)(struct wire *, void *), void *arg)
{
    struct wire_settings settings = pair_settings;

    settings.read_time = 300 * CLOCK_SECOND;
    pair_begin();
    peer_opens();
    return pair_open_as(&p, SOCK_STREAM, &settings, session, arg);
}

static void end(void)
{
    pair_close(&p);
    CHECK(p.over);
    peer_closes();
    pair_end();
    CHECK_EQ_UINT(deflate_octets(), 0);
}

TEST(deflate_speaks_and_hears)
{
    struct echo e = { 0 };
    if (!begin(echo, &e))
        return;
    CHECK_SPAN(peer_hears(), "");
    peer_says(SPAN("one\r\ntwo\r\nth"));
    CHECK_SPAN(peer_hears(), "one\r\ntwo\r\n");
    peer_says(SPAN("ree\r\n"));
    CHECK_SPAN(peer_hears(), "three\r\n");
    end();
    CHECK_EQ_INT(e.error, -ENODATA);
}

/* What an idle session keeps is what its peer has said, and no more than a window. */
TEST(deflate_forgets_all_but_the_window_while_idle)
{
    struct echo e = { 0 };
    char line[91] = "";
    if (!begin(echo, &e))
        return;
    peer_says(SPAN("one sentence that is said again later on\r\n"));
    CHECK_SPAN(peer_hears(), "one sentence that is said again later on\r\n");
    CHECK(deflate_octets() > 50000);
    CHECK(deflate_octets() < 130000);
    pair_pass(2 * CLOCK_SECOND);
    CHECK(deflate_octets() > 0);
    CHECK(deflate_octets() < 100);
    for (int i = 0; i < 3; i++) {
        peer_says(SPAN("one sentence that is said again later on\r\n"));
        CHECK_SPAN(peer_hears(), "one sentence that is said again later on\r\n");
        pair_pass(2 * CLOCK_SECOND);
    }
    for (int i = 0; i < 1000; i++) {
        for (size_t c = 0; c + 1 < sizeof(line); c++)
            line[c] = (char)('a' + rand() % 26);
        line[88] = '\r';
        line[89] = '\n';
        peer_says(span_at(line, 90));
        CHECK(span_is(peer_hears(), span_at(line, 90)));
    }
    pair_pass(2 * CLOCK_SECOND);
    CHECK_EQ_UINT(deflate_octets(), 32 << 10);
    peer_says(span_at(line, 90));
    CHECK(span_is(peer_hears(), span_at(line, 90)));
    end();
}

/* In the middle of a block there is more to remember: nothing is put away. */
TEST(deflate_idles_at_every_octet)
{
    struct echo e = { 0 };
    struct buf b = { .max = 4096 }, heard = { .max = 4096 };
    if (!begin(echo, &e))
        return;
    deflated(SPAN("abcdefgh abcdefgh abcdefgh\r\n"), Z_SYNC_FLUSH, &b);
    for (size_t i = 0; i < b.len; i++) {
        pair_say(&p, span_at(b.at + i, 1));
        CHECK(buf_put(&heard, peer_hears()) == 0);
        pair_pass(2 * CLOCK_SECOND);
    }
    CHECK_SPAN(buf_span(&heard), "abcdefgh abcdefgh abcdefgh\r\n");
    peer_says(SPAN("abcdefgh\r\n"));
    CHECK_SPAN(peer_hears(), "abcdefgh\r\n");
    buf_free(&heard);
    buf_free(&b);
    end();
}

TEST(deflate_says_nothing_that_is_held)
{
    struct echo e = { .lsn = wire_durable_so_far() + 10 };
    if (!begin(echo, &e))
        return;
    peer_says(SPAN("one\r\nHOLD\r\nthree\r\n"));
    CHECK_SPAN(peer_hears(), "one\r\n");
    pair_pass(2 * CLOCK_SECOND);
    CHECK_SPAN(peer_hears(), "");
    wire_durable(e.lsn);
    CHECK_SPAN(peer_hears(), "HOLD\r\nthree\r\n");
    end();
}

/* ---- a peer that is slow, or takes nothing */

enum { MUCH = 1 << 20 };

struct giving {
    char octets[MUCH];
    bool flushed;
};

static void give(struct wire *w, void *arg)
{
    struct giving *g = arg;

    CHECK(wire_start_deflate(w));
    wire_put(w, span_at(g->octets, MUCH));
    g->flushed = wire_flush(w);
}

static struct giving *much_noise(void)
{
    struct giving *g = calloc(1, sizeof(*g));

    for (size_t i = 0; g && i < MUCH; i++)
        g->octets[i] = (char)rand();
    return g;
}

TEST(deflate_waits_for_a_slow_peer)
{
    struct giving *g = much_noise();
    size_t heard = 0;
    if (!g || !begin(give, g))
        return;
    pair_turns(50);
    CHECK(!g->flushed);
    while (heard < MUCH) {
        struct span some = peer_hears();
        CHECK(span_is(some, span_at(g->octets + heard, some.len)));
        if (some.len == 0)
            break;
        heard += some.len;
    }
    CHECK_EQ_UINT(heard, MUCH);
    pair_turns(5);
    CHECK(g->flushed);
    end();
    free(g);
}

TEST(deflate_gives_up_who_takes_nothing)
{
    struct giving *g = much_noise();
    if (!g || !begin(give, g))
        return;
    pair_turns(50);
    pair_pass(21 * CLOCK_SECOND);
    CHECK(p.over);
    CHECK(!g->flushed);
    end();
    free(g);
}

/* ---- hostile octets */

struct eating {
    size_t octets, most, turns;
    int error;
};

static void eat(struct wire *w, void *arg)
{
    struct eating *e = arg;

    CHECK(wire_start_deflate(w));
    while (wire_fill(w)) {
        struct span some = wire_input(w);
        e->octets += some.len;
        e->most = some.len > e->most ? some.len : e->most;
        wire_consume(w, some.len);
    }
    e->error = wire_error(w);
}

TEST(deflate_inflates_a_bomb_block_by_block)
{
    static char zeros[1 << 20];
    struct eating e = { 0 };
    struct buf b = { .max = 1 << 20 };
    if (!begin(eat, &e))
        return;
    for (int i = 0; i < 32; i++)
        deflated(span_at(zeros, sizeof(zeros)), i < 31 ? Z_NO_FLUSH : Z_SYNC_FLUSH, &b);
    CHECK(b.len < 64 << 10);
    CHECK_EQ_INT(send(p.peer, b.at, b.len, 0), (ssize_t)b.len);
    pair_turns(1); /* the others have their turn meanwhile */
    CHECK(e.octets > 0);
    CHECK(e.octets <= 2 * WIRE_BLOCKS_A_TURN * WIRE_INPUT);
    pair_turns(32 << 20 >> 14);
    CHECK_EQ_UINT(e.octets, 32 << 20);
    CHECK_EQ_UINT(e.most, WIRE_INPUT);
    buf_free(&b);
    end();
}

TEST(deflate_ends_with_what_comes_of_nothing)
{
    struct echo e = { 0 };
    struct buf b = { .max = 1 << 20 };
    if (!begin(echo, &e))
        return;
    while (b.len < WIRE_DEFLATE_FRUITLESS + WIRE_DEFLATED)
        CHECK(buf_put(&b, span_at("\0\0\0\xff\xff", 5)) == 0);
    CHECK_EQ_INT(send(p.peer, b.at, b.len, 0), (ssize_t)b.len);
    CHECK_SPAN(peer_hears(), "BYE\r\n");
    CHECK_EQ_INT(e.error, -EBADMSG);
    buf_free(&b);
    end();
}

TEST(deflate_ends_with_what_is_none)
{
    static const char *const broken[] = { "NOOP\r\n", "\x07nonsense", "\xff\xff" };

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct echo e = { 0 };
        if (!begin(echo, &e))
            return;
        pair_say(&p, span_of(broken[i]));
        CHECK_SPAN(peer_hears(), "BYE\r\n");
        CHECK_EQ_INT(e.error, -EBADMSG);
        end();
    }
}

/* A stream's end is the peer's; what follows it is nothing. */
TEST(deflate_hears_the_end_of_a_stream)
{
    for (int more = 0; more < 2; more++) {
        struct echo e = { 0 };
        struct buf b = { .max = 4096 };
        if (!begin(echo, &e))
            return;
        deflated(SPAN("last\r\n"), Z_FINISH, &b);
        pair_say(&p, buf_span(&b));
        CHECK_SPAN(peer_hears(), "last\r\n");
        if (more)
            pair_say(&p, SPAN("x"));
        CHECK(span_is(peer_hears(), more ? SPAN("BYE\r\n") : SPAN("")));
        buf_free(&b);
        end();
        CHECK_EQ_INT(e.error, more ? -EBADMSG : -ENODATA);
    }
}
