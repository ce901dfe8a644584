/* tls octets - what holds for a plain wire holds over TLS: gate, bound, ends; bindings. */
#include "test/unit.h"
#include "wire/tls_pair_test.h"

#include "base/clock.h"
#include "config/limits.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

static struct tls_pair t;

static bool shaken(void (*session)(struct wire *, void *), void *arg)
{
    if (!tls_pair_open(&t, NULL, session, arg))
        return false;
    tls_pair_client(&t, "hamburger.edu", "\4test");
    return CHECK_EQ_INT(tls_pair_shake(&t), 0);
}

/* ---- the gate */

static void hold_once(struct wire *w, void *arg)
{
    struct line line;
    wire_say(w, "354 go on");
    wire_line(w, &line);
    wire_hold(w, *(uint64_t *)arg);
    wire_say(w, "250 kept");
    while (wire_line(w, &line))
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
}

TEST(tls_gate_holds_until_durable)
{
    uint64_t lsn = wire_durable_so_far() + 10;
    if (!shaken(hold_once, &lsn))
        return;
    tls_pair_say(&t, SPAN("mail\r\nmore\r\n"));
    CHECK_SPAN(tls_pair_hear(&t), "354 go on\r\n");
    wire_durable(lsn - 1);
    CHECK_SPAN(tls_pair_hear(&t), "");
    wire_durable(lsn);
    CHECK_SPAN(tls_pair_hear(&t), "250 kept\r\n250 more\r\n");
    tls_pair_close(&t);
}

TEST(tls_gate_that_never_opens_ends_the_connection)
{
    uint64_t lsn = wire_durable_so_far() + 10;
    if (!shaken(hold_once, &lsn))
        return;
    tls_pair_say(&t, SPAN("mail\r\n"));
    CHECK_SPAN(tls_pair_hear(&t), "354 go on\r\n");
    wire_never_durable();
    CHECK_SPAN(tls_pair_hear(&t), "");
    CHECK(pair_is_ended(&t.pair));
    tls_pair_close(&t);
    CHECK_EQ_INT(t.error, -EIO);
}

/* What is held before STARTTLS leaves before the handshake begins. */
static void hold_then_start(struct wire *w, void *arg)
{
    wire_hold(w, *(uint64_t *)arg);
    wire_say(w, "220 go ahead");
    CHECK(wire_start_tls(w));
    wire_say(w, "220 again");
}

TEST(tls_starts_behind_the_gate)
{
    uint64_t lsn = wire_durable_so_far() + 10;
    struct wire_settings settings = pair_settings;
    settings.tls = test_tls_open("hamburger.edu");
    settings.alpn = "test";
    pair_begin();
    if (!pair_open_as(&t.pair, SOCK_STREAM, &settings, hold_then_start, &lsn))
        return;
    CHECK_SPAN(pair_hear(&t.pair), "");
    wire_durable(lsn);
    CHECK_SPAN(pair_hear(&t.pair), "220 go ahead\r\n");
    tls_pair_client(&t, NULL, NULL);
    CHECK_EQ_INT(tls_pair_shake(&t), 0);
    CHECK_SPAN(tls_pair_hear(&t), "220 again\r\n");
    pair_close(&t.pair);
    SSL_free(t.client);
    tls_close(&settings.tls);
    pair_end();
}

/* ---- much of it */

static void pour(struct wire *w, void *arg)
{
    static char piece[1000];
    size_t *put = arg;
    memset(piece, 'x', sizeof(piece));
    for (; *put < 4000 && !wire_error(w); ++*put)
        wire_put(w, span_at(piece, sizeof(piece)));
    wire_flush(w);
}

TEST(tls_output_is_bounded)
{
    size_t put = 0, heard = 0;
    if (!shaken(pour, &put))
        return;
    pair_turns(50);
    CHECK(put < 1000); /* socket buffers, and WIRE_OUTPUT_MAX */
    for (int i = 0; i < 200 && heard < 4000000; i++)
        heard += tls_pair_hear(&t).len;
    CHECK_EQ_UINT(heard, 4000000);
    CHECK_EQ_INT(SSL_get_error(t.client, SSL_read(t.client, t.pair.heard, 1)),
                 SSL_ERROR_ZERO_RETURN); /* close_notify, behind all of it */
    tls_pair_close(&t);
}

TEST(tls_peer_that_takes_nothing_is_left)
{
    size_t put = 0;
    if (!shaken(pour, &put))
        return;
    pair_turns(20);
    pair_pass(21 * CLOCK_SECOND);
    tls_pair_close(&t);
    CHECK_EQ_INT(t.error, -ETIMEDOUT);
}

static void count_octets(struct wire *w, void *arg)
{
    while (wire_fill(w)) {
        *(size_t *)arg += wire_input(w).len;
        wire_consume(w, wire_input(w).len);
    }
}

TEST(tls_input_of_many_records)
{
    static char octets[1 << 20];
    size_t got = 0;
    memset(octets, 'y', sizeof(octets));
    if (!shaken(count_octets, &got))
        return;
    tls_pair_say(&t, span_at(octets, sizeof(octets)));
    CHECK_EQ_UINT(got, sizeof(octets));
    tls_pair_close(&t);
}

/* ---- ends */

static void answer_each(struct wire *w, void *arg)
{
    struct line line;
    (void)arg;
    while (wire_line(w, &line) && !span_is(line.text, SPAN("QUIT")))
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
    if (!wire_error(w))
        wire_say(w, "221 bye");
}

TEST(tls_ends_with_close_notify)
{
    if (!shaken(answer_each, NULL))
        return;
    tls_pair_say(&t, SPAN("QUIT\r\n"));
    CHECK_SPAN(tls_pair_hear(&t), "221 bye\r\n");
    CHECK_EQ_INT(SSL_get_error(t.client, SSL_read(t.client, t.pair.heard, 1)),
                 SSL_ERROR_ZERO_RETURN);
    tls_pair_close(&t);
    CHECK_EQ_INT(t.error, 0);
}

TEST(tls_peer_ends_with_and_without_close_notify)
{
    for (int polite = 0; polite < 2; polite++) {
        if (!shaken(answer_each, NULL))
            return;
        tls_pair_say(&t, SPAN("half a lin"));
        if (polite)
            SSL_shutdown(t.client);
        else
            shutdown(t.pair.peer, SHUT_WR);
        tls_pair_hear(&t);
        tls_pair_close(&t);
        CHECK_EQ_INT(t.error, -ENODATA);
    }
}

static void speak_after_end(struct wire *w, void *arg)
{
    struct line line;
    (void)arg;
    while (wire_line(w, &line))
        ;
    wire_say(w, "421 you have left");
}

/* RFC 8446 §6.1: close_notify ends one direction alone. */
TEST(tls_half_closed_peer_hears_the_last_word)
{
    if (!shaken(speak_after_end, NULL))
        return;
    SSL_shutdown(t.client);
    CHECK_SPAN(tls_pair_hear(&t), "421 you have left\r\n");
    tls_pair_close(&t);
}

TEST(tls_stops_with_its_role)
{
    if (!shaken(answer_each, NULL))
        return;
    wire_cancel_all();
    pair_turns(3);
    CHECK(t.error == -ECANCELED);
    tls_pair_close(&t);
    if (!tls_pair_open(&t, NULL, answer_each, NULL))
        return;
    wire_cancel_all();
    pair_turns(3);
    CHECK(!t.started && t.error == -ECANCELED);
    tls_pair_close(&t);
}

/* ---- channel bindings */

static struct {
    uint8_t octets[3][TLS_BINDING_OCTETS_MAX];
    size_t len[3];
    bool unknown;
} bindings;

static void bind_channel(struct wire *w, void *arg)
{
    static const char *const types[] = { "tls-exporter", "tls-server-end-point",
                                         "tls-unique" };
    uint8_t octets[TLS_BINDING_OCTETS_MAX];
    size_t len;
    (void)arg;
    memset(&bindings, 0, sizeof(bindings));
    for (size_t i = 0; i < 3; i++)
        wire_tls_binding(w, types[i], bindings.octets[i], TLS_BINDING_OCTETS_MAX,
                         &bindings.len[i]);
    bindings.unknown =
        wire_tls_binding(w, "tls-nonsense", octets, sizeof(octets), &len);
    answer_each(w, NULL);
}

static struct span binding(size_t i)
{
    return span_at(bindings.octets[i], bindings.len[i]);
}

static void check_bindings(int version)
{
    uint8_t octets[EVP_MAX_MD_SIZE];
    unsigned len;
    if (!tls_pair_open(&t, NULL, bind_channel, NULL))
        return;
    tls_pair_client(&t, NULL, NULL);
    SSL_set_max_proto_version(t.client, version);
    CHECK_EQ_INT(tls_pair_shake(&t), 0);
    pair_turns(3);
    SSL_export_keying_material(t.client, octets, 32, "EXPORTER-Channel-Binding", 24,
                               NULL, 0, 1);
    CHECK(span_is(binding(0), span_at(octets, 32)));
    X509_digest(SSL_get0_peer_certificate(t.client), EVP_sha256(), octets, &len);
    CHECK(span_is(binding(1), span_at(octets, len)));
    size_t unique = SSL_get_finished(t.client, octets, sizeof(octets));
    CHECK(span_is(binding(2), span_at(octets, version == TLS1_2_VERSION ? unique : 0)));
    CHECK(!bindings.unknown);
    tls_pair_close(&t);
}

TEST(tls_channel_bindings_are_the_same_at_both_ends)
{
    check_bindings(TLS1_3_VERSION);
    check_bindings(TLS1_2_VERSION);
}
