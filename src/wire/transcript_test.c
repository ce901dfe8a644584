/* transcript - who said what, as records, with nothing secret in them. */
#include "test/unit.h"
#include "wire/command.h"
#include "wire/pair_test.h"

#include "base/buf.h"
#include "base/ring.h"
#include "config/limits.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pair p;

static void pass(void *session, const struct arg *args)
{
    (void)session, (void)args;
}

static bool take_all(struct span *rest, struct arg *arg_r)
{
    arg_r->text = *rest;
    *rest = span_skip(*rest, rest->len);
    return arg_r->text.len > 3;
}

static const struct rule rules[] = { { "string", take_all }, { 0 } };
static const struct command commands[] = {
    { "NOOP", 1, pass, 0 },
    { "PASS string", 2, pass, SECRET },
    { 0 },
};
static const struct language language = { commands, rules };

static void session(struct wire *w, void *arg)
{
    struct line line;
    *(uint64_t *)arg = wire_session(w);
    wire_say(w, "+OK %s", "ready");
    wire_note(w, "[%d octets]", 4096);
    unsigned state = 1;
    while (wire_line(w, &line)) {
        command_run(&language, state, w, line.text, NULL);
        state = 3 - state;
    }
}

/* "kind:text|" for each record of the session. */
static void print_records(struct ring_reader *reader, uint64_t of, struct buf *out)
{
    static const char kind[RECORD_KINDS] = "pOCSNXEA";
    static char copy[1 << 16];
    uint64_t missed = 0;
    struct span records = span_at(copy, ring_read(reader, copy, sizeof(copy), &missed)),
                text;
    struct record record;
    CHECK_EQ_UINT(missed, 0);
    while (ring_take(&records, &record, &text)) {
        CHECK_EQ_UINT(record.session, of);
        buf_printf(out, "%c:%.*s", kind[record.kind], SPAN_ARG(text));
        buf_printf(out, record.kind == RECORD_CLOSE ? " %u|" : "|", record.level);
    }
}

static struct ring_memory *open_ring(struct ring_writer *writer_r,
                                     struct ring_reader *reader_r)
{
    const size_t size = 1 << 16;
    struct ring_memory *memory = aligned_alloc(64, ring_memory_size(size));
    if (!CHECK(memory != NULL))
        return NULL;
    memset((void *)memory, 0, ring_memory_size(size));
    *writer_r = (struct ring_writer){ memory, size, -1 };
    *reader_r = (struct ring_reader){ memory, size, 0 };
    wire_transcript_to(writer_r);
    return memory;
}

TEST(transcript_of_a_session)
{
    struct ring_writer writer;
    struct ring_reader reader;
    struct ring_memory *memory = open_ring(&writer, &reader);
    struct buf got = { .max = 1 << 16 };
    uint64_t id = 0;
    pair_begin();
    if (!memory || !pair_open(&p, session, &id))
        return;
    pair_say(&p, SPAN("NOOP\r\nPASS tanstaaf\r\nPASS tanstaaf\r\nPASS x\r\n"
                      "pass\ttanstaaf\r\n  PASS tanstaaf\r\nPASS\r\nSECRETS x\r\n"));
    pair_hear(&p);
    pair_close(&p);
    CHECK(id != 0);
    print_records(&reader, id, &got);
    CHECK_SPAN(buf_span(&got),
               "O:test 127.0.0.1|S:+OK ready|N:[4096 octets]|C:NOOP|C:PASS ****|"
               "C:PASS ****|C:PASS ****|C:pass ****|C:PASS ****|C:PASS|C:SECRETS x|"
               "X:the peer closed 4|");
    pair_end();
    wire_transcript_to(NULL);
    buf_free(&got);
    free(memory);
}

static void log_in(struct wire *w, void *arg)
{
    *(uint64_t *)arg = wire_session(w);
    wire_account(w, SPAN("bob@hamburger.edu"));
    wire_say(w, "250 ok");
    wire_say(w, "550 no");
}

/* How it went is known to who writes it, and not read out of the text later. */
TEST(transcript_of_an_account_and_a_result)
{
    struct ring_writer writer;
    struct ring_reader reader;
    struct ring_memory *memory = open_ring(&writer, &reader);
    struct buf got = { .max = 1 << 16 };
    uint64_t id = 0;
    pair_begin();
    if (!memory || !pair_open(&p, log_in, &id))
        return;
    pair_hear(&p);
    pair_close(&p);
    print_records(&reader, id, &got);
    CHECK_SPAN(buf_span(&got), "O:test 127.0.0.1|A:bob@hamburger.edu|S:250 ok|"
                               "S:550 no|X:closed 1|");
    pair_end();
    wire_transcript_to(NULL);
    buf_free(&got);
    free(memory);
}

static void send_mail(struct wire *w, void *arg)
{
    struct line line;
    *(uint64_t *)arg = wire_session(w);
    while (wire_line(w, &line)) {
        wire_heard(w, line.text);
        wire_say(w, "NOOP 550");
    }
}

/* The sides are the roles', and it is the reply that makes something of the session. */
TEST(transcript_of_a_client)
{
    struct ring_writer writer;
    struct ring_reader reader;
    struct ring_memory *memory = open_ring(&writer, &reader);
    struct buf got = { .max = 1 << 16 };
    struct wire_settings settings = pair_settings;
    uint64_t id = 0;
    settings.is_client = true;
    pair_begin();
    if (!memory || !pair_open_as(&p, SOCK_STREAM, &settings, send_mail, &id))
        return;
    pair_say(&p, SPAN("220 ok\r\n450 no\r\n"));
    pair_hear(&p);
    pair_close(&p);
    print_records(&reader, id, &got);
    CHECK_SPAN(buf_span(&got), "O:test 127.0.0.1|S:220 ok|C:NOOP 550|S:450 no|"
                               "C:NOOP 550|X:the peer closed 6|");
    pair_end();
    wire_transcript_to(NULL);
    buf_free(&got);
    free(memory);
}

static void say_long(struct wire *w, void *arg)
{
    struct line line;
    *(uint64_t *)arg = wire_session(w);
    wire_say(w, "%0*d", 5000, 0);
    wire_note(w, "%0*d", 5000, 0);
    while (wire_line(w, &line))
        wire_heard(w, line.text);
}

TEST(transcript_cuts_long_lines)
{
    struct ring_writer writer;
    struct ring_reader reader;
    struct ring_memory *memory = open_ring(&writer, &reader);
    struct buf got = { .max = 1 << 16 };
    uint64_t id = 0;
    pair_begin();
    if (!memory || !pair_open(&p, say_long, &id))
        return;
    pair_pass(pair_settings.read_time + CLOCK_SECOND);
    pair_close(&p);
    print_records(&reader, id, &got);
    CHECK_EQ_UINT(got.len, 17 + 2 * (TRANSCRIPT_LINE_MAX + 3) + 14);
    CHECK_SPAN(span_skip(buf_span(&got), got.len - 15), "|X:timed out 4|");
    pair_end();
    wire_transcript_to(NULL);
    buf_free(&got);
    free(memory);
}

static void note_id(struct wire *w, void *arg)
{
    *(uint64_t *)arg = wire_session(w);
}

TEST(transcript_session_ids_differ)
{
    uint64_t id[8] = { 0 };
    pair_begin();
    for (int i = 0; i < 8; i++) {
        if (!pair_open(&p, note_id, &id[i]))
            return;
        pair_close(&p);
        CHECK(id[i] != 0);
        for (int j = 0; j < i; j++)
            CHECK(id[i] != id[j]);
    }
    pair_end();
}

TEST(wire_peer_loopback)
{
    const struct {
        const char *peer;
        bool loopback;
    } cases[] = {
        { "127.0.0.1", true },  { "127.9.9.9", true },       { "::1", true },
        { "128.0.0.1", false }, { "10.0.0.1", false },       { "::2", false },
        { "local", false },     { "127.0.0.1.evil", false }, { "", false },
    };
    pair_begin();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int ends[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
        struct wire *w = wire_open(ends[0], cases[i].peer, &pair_settings);
        CHECK_EQ_INT(wire_peer_is_loopback(w), cases[i].loopback);
        CHECK(span_is(span_of(wire_peer(w)), span_of(cases[i].peer)));
        wire_close(&w);
        CHECK(w == NULL);
        close(ends[1]);
    }
    pair_end();
}
