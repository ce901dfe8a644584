/*
 * A whole session over the fake world.  The oracle reads the same input naively: each
 * reply answers the next line; behind 354 the message runs to the first <CRLF>.<CRLF>;
 * behind BDAT stand as many octets as it says.  What was accepted must be there, octet
 * for octet (but for what was said in our name), and had to be accepted; what was refused
 * had to be refused.  Every reply has its enhanced code (RFC 2034 §4).
 *
 * What begins with LHLO is said to LMTP, which answers each recipient; what holds AUTH, to
 * submission, where messages do not stay as they are, and has a queue where it speaks of
 * notifications (RFC 3461).
 */
#include "smtp/header.h"
#include "smtp/session.h"
#include "test/talk/client.h"
#include "test/talk/queue.h"
#include "test/talk/world.h"
#include "trust/authserv.h"

#include "base/fiber.h"
#include "base/loop.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_LIMIT = 40000, TURNS_MAX = 1000, STEPS_MAX = 4096 };

static enum smtp_service service;
static bool has_queue;
static struct span bob = { "bob@hamburger.edu", 17 };

/* ---- the oracle */

/* The next reply's last line; false: no more. */
static bool take_reply(struct span *said, struct span *reply_r)
{
    for (;;) {
        size_t n = span_find(*said, '\n');
        if (n == said->len)
            return false;
        *reply_r = span_first(*said, n);
        *said = span_skip(*said, n + 1);
        assert(n >= 4 && reply_r->at[n - 1] == '\r');
        if (reply_r->at[3] == ' ')
            return true;
        assert(reply_r->at[3] == '-');
    }
}

/* The message, as it came, off the front of *input; false: it has no end. */
static bool take_data(struct span *input, struct span *data_r)
{
    for (size_t i = 0; i + 3 <= input->len; i++) {
        const char *at = input->at + i;
        bool at_start = i == 0 || (i >= 2 && memcmp(at - 2, "\r\n", 2) == 0);
        if (!at_start || memcmp(at, ".\r\n", 3) != 0)
            continue;
        *data_r = span_first(*input, i);
        *input = span_skip(*input, i + 3);
        return true;
    }
    return false;
}

static bool is_clean(struct span data, bool dotted)
{
    size_t column = 0;

    for (size_t i = 0; i < data.len; i++) {
        bool crlf = i + 1 < data.len && memcmp(data.at + i, "\r\n", 2) == 0;
        if (!crlf && memchr("\r\n", data.at[i], 3)) /* the NUL, too */
            return false;
        column = crlf ? 0 : column + 1;
        i += crlf;
        /* A dot in front is transparency, and not counted. */
        if (column > SMTP_TEXT_LINE_MAX + 1)
            return false;
        if (column == SMTP_TEXT_LINE_MAX + 1 &&
            (!dotted || data.at[i - SMTP_TEXT_LINE_MAX] != '.'))
            return false;
    }
    return true;
}

static struct buf unstuffed(struct span data)
{
    struct buf text = { .max = data.len + 1 };

    for (size_t i = 0; i < data.len; i++) {
        bool at_start = i == 0 || data.at[i - 1] == '\n';
        if (!(at_start && data.at[i] == '.'))
            assert(buf_put(&text, span_at(data.at + i, 1)) == 0);
    }
    return text;
}

/* A line and the folded ones behind it. */
static size_t field_length(struct span text)
{
    size_t n = 0;

    do {
        n += span_find(span_skip(text, n), '\n');
        n += n < text.len;
    } while (n < text.len && (text.at[n] == ' ' || text.at[n] == '\t'));
    return n;
}

/* Less what a stranger says in our name, in front of the first empty line. */
static struct buf allowed(struct span text)
{
    struct buf left = { .max = text.len + 1 };
    struct header h = { 0 };

    header_take(&h, text);
    while (service == SMTP_MX && !h.missing && text.len > 0 && *text.at != '\r' &&
           *text.at != '\n') {
        size_t n = span_starts_nocase(text, SPAN("Authentication-Results"))
                       ? field_length(text)
                       : span_find(text, '\n') + 1;
        struct span piece = span_first(text, n < text.len ? n : text.len), rest = piece;
        struct field field;
        bool noise = false;
        text = span_skip(text, piece.len);
        if (!header_take_field(&rest, &field, &noise) ||
            !authserv_is_claimed(&field, SPAN("hamburger.edu")))
            assert(buf_put(&left, piece) == 0);
    }
    assert(buf_put(&left, text) == 0);
    return left;
}

static bool is_acceptable(struct span text)
{
    struct header h = { 0 };
    struct buf left = allowed(text);
    bool fits = left.len <= SIZE_LIMIT;

    buf_free(&left);
    header_take(&h, text);
    return fits && h.received <= RECEIVED_FIELDS_MAX;
}

/* Behind our four lines, and perhaps an empty one. */
static void check_delivered(struct span text)
{
    struct buf left = allowed(text);
    struct span body;

    assert(world_next(bob, &body));
    for (int i = 0; i < 4; i++) {
        size_t n = span_find(body, '\n');
        assert(n < body.len);
        body = span_skip(body, n + 1);
    }
    assert(span_is(body, buf_span(&left)) ||
           (span_take(&body, SPAN("\r\n")) && span_is(body, buf_span(&left))));
    buf_free(&left);
}

static void check_message(struct span data, struct span reply, size_t *accepted)
{
    struct buf text = unstuffed(data);
    bool good = is_clean(data, true) && is_acceptable(buf_span(&text));
    bool taken = span_starts_nocase(reply, SPAN("250 "));

    assert(service == SMTP_SUBMISSION ? good || !taken : good == taken);
    if (taken && service != SMTP_SUBMISSION)
        check_delivered(buf_span(&text));
    *accepted += taken;
    buf_free(&text);
}

/* What the oracle knows of a transaction in chunks. */
struct chunks {
    struct buf text;
    bool binary;
    bool challenged; /* by AUTH: the next line is no command */
    size_t accepted; /* messages */
    unsigned recipients;
};

/* "BDAT n [LAST]", of which the session has found nothing wrong. */
static bool take_bdat(struct span line, uint64_t *size_r, bool *last_r)
{
    if (!span_starts_nocase(line, SPAN("BDAT ")))
        return false;
    line = span_skip(line, 5);
    if (!span_take_number(&line, UINT64_MAX, size_r))
        return false;
    *last_r = span_starts_nocase(line, SPAN(" LAST"));
    return true;
}

static void check_chunk(struct chunks *c, struct span chunk, bool last,
                        struct span reply)
{
    bool taken = span_starts_nocase(reply, SPAN("250 "));

    if (taken)
        assert(buf_put(&c->text, chunk) == 0);
    struct span text = buf_span(&c->text);
    bool cr = !last && text.len > 0 && text.at[text.len - 1] == '\r';
    if (taken) /* between two chunks a CR may still become a CRLF */
        assert(c->binary || is_clean(span_first(text, text.len - cr), false));
    if (!last || !taken)
        return;
    assert(is_acceptable(text));
    if (service != SMTP_SUBMISSION)
        check_delivered(text);
    c->accepted++;
    buf_clear(&c->text);
}

static bool has_word(struct span line, struct span word)
{
    while (line.len > 0 && !span_starts_nocase(line, word))
        line = span_skip(line, 1);
    return line.len > 0;
}

/* RFC 2033 §4.2: behind a message, one for each recipient; they are alike here. */
static void take_further_replies(struct chunks *c, struct span *said, struct span first)
{
    struct span reply;

    for (unsigned i = 1; service == SMTP_LMTP && i < c->recipients; i++)
        assert(take_reply(said, &reply) &&
               span_is(span_first(reply, 9), span_first(first, 9)));
    c->recipients = 0;
}

static struct span take_line(struct span *input)
{
    size_t n = span_find(*input, '\n');
    struct span line = span_first(*input, n);

    *input = span_skip(*input, n < input->len ? n + 1 : n);
    return line;
}

static void check_code(struct span line, struct span reply)
{
    bool hello = span_starts_nocase(line, SPAN("EHLO")) ||
                 span_starts_nocase(line, SPAN("HELO")) ||
                 span_starts_nocase(line, SPAN("LHLO"));

    assert(hello || span_starts_nocase(reply, SPAN("3")) ||
           (reply.len > 5 && reply.at[4] == reply.at[0] && reply.at[5] == '.'));
}

/* Off the front of *input, what the reply is the reply to. */
static void check_command(struct chunks *c, struct span *input, struct span *said,
                          struct span reply)
{
    struct span line = take_line(input);
    uint64_t size;
    bool last, ok = span_starts_nocase(reply, SPAN("250 "));
    bool response = c->challenged;

    check_code(response ? SPAN("") : line, reply);
    c->challenged = span_starts_nocase(reply, SPAN("334 "));
    if (response || c->challenged)
        return;
    if (take_bdat(line, &size, &last) && !span_starts_nocase(reply, SPAN("501 "))) {
        bool whole = size <= input->len;
        assert(whole || span_starts_nocase(reply, SPAN("421 ")));
        size_t len = whole ? (size_t)size : input->len;
        bool open = c->recipients > 0;
        check_chunk(c, span_first(*input, len), last, reply);
        *input = span_skip(*input, len);
        if (last && open && !span_starts_nocase(reply, SPAN("503 ")))
            take_further_replies(c, said, reply);
    } else if (ok && span_starts_nocase(line, SPAN("RCPT"))) {
        c->recipients++;
    } else if (ok && !span_starts_nocase(line, SPAN("NOOP"))) {
        buf_clear(&c->text);
        c->recipients = 0;
        c->binary = span_starts_nocase(line, SPAN("MAIL")) &&
                    has_word(line, SPAN("BINARYMIME"));
    }
}

/* What was accepted is with bob, in the queue, or both; what is in the queue has its
 * envelopes, which the world has read, and nothing else has any. */
static void check_queue(size_t accepted)
{
    size_t here = world_count(bob), queued = world_count(SPAN("@queue"));
    size_t envelopes = world_count(SPAN("@envelopes"));

    assert(here <= accepted && queued <= accepted && here + queued >= accepted);
    assert(envelopes >= queued && (queued > 0 || envelopes == 0));
}

static void check(struct span input, struct span said)
{
    struct chunks chunks = { .text = { .max = SIZE_MAX } };
    struct span reply, data;

    assert(take_reply(&said, &reply) && span_starts_nocase(reply, SPAN("220 ")));
    while (take_reply(&said, &reply)) {
        check_command(&chunks, &input, &said, reply);
        if (!span_starts_nocase(reply, SPAN("354 ")))
            continue;
        if (!take_data(&input, &data) || !take_reply(&said, &reply))
            break;
        check_message(data, reply, &chunks.accepted);
        take_further_replies(&chunks, &said, reply);
        buf_clear(&chunks.text);
        chunks.binary = false;
    }
    if (has_queue)
        check_queue(chunks.accepted);
    else
        assert(world_delivered() == chunks.accepted);
    assert(!world_fault());
    buf_free(&chunks.text);
}

/* ---- the session */

/* As its size says: by line, by octet, or by seven octets. */
static size_t next_piece(struct span rest, size_t size)
{
    static const size_t steps[] = { SIZE_MAX, 1, 7, SIZE_MAX };
    size_t step = steps[size % 4], line = span_find(rest, '\n') + 1;

    if (step == SIZE_MAX || size > STEPS_MAX)
        step = line;
    return step < rest.len ? step : rest.len;
}

static void converse(struct client *c, struct span input)
{
    size_t size = input.len;

    client_come(c, "127.0.0.1");
    turn(false);
    while (input.len > 0 && !c->eof) {
        size_t n = next_piece(input, size);
        buf_put(&c->out, span_first(input, n));
        client_send(c, n, "127.0.0.1");
        for (int i = 0; i < 6; i++)
            turn(false);
        client_hear(c);
        input = span_skip(input, n);
    }
    assert(client_finish(c));
}

static enum smtp_service choose_service(struct span input)
{
    if (span_starts_nocase(input, SPAN("LHLO")))
        return SMTP_LMTP;
    return memmem(input.at, input.len, "AUTH ", 5) ? SMTP_SUBMISSION : SMTP_MX;
}

static bool choose_queue(struct span input)
{
    return service == SMTP_SUBMISSION && (memmem(input.at, input.len, "NOTIFY=", 7) ||
                                          memmem(input.at, input.len, "RET=", 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct smtp_host host = { .name = "hamburger.edu",
                                     .message_size = SIZE_LIMIT,
                                     .plaintext_login = true,
                                     .command_time = 1000000000000,
                                     .data_time = 1000000000000 };
    struct room room = { .name = "smtp",
                         .front = ROLE_MX,
                         .line_max = SMTP_LINE_MAX,
                         .session = smtp_session,
                         .host = &host };
    static bool begun;
    struct client client;

    if (!begun)
        assert(loop_open() == 0);
    begun = true;
    service = host.service = choose_service(span_at(data, size));
    has_queue = host.queue = choose_queue(span_at(data, size));
    if (service == SMTP_SUBMISSION)
        room.front = ROLE_SUBMISSION;
    assert(world_open(room.front));
    world_account(bob, SPAN("ketchup"));
    if (has_queue)
        queue_open();
    client_init(&client, &room);
    converse(&client, span_at(data, size));
    check(span_at(data, size), buf_span(&client.in));
    client_free(&client);
    world_close();
    for (int i = 0; i < TURNS_MAX && fiber_count() > 0; i++)
        turn(false);
    assert(fiber_count() == 0);
    return 0;
}
