/* tls - handshakes of every kind that is allowed, and lines over them. */
#include "test/unit.h"
#include "wire/tls_pair_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "config/limits.h"
#include "wire/connection.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

static struct tls_pair t;

static void answer_each(struct wire *w, void *arg)
{
    struct line line;
    (void)arg;
    CHECK(wire_has_tls(w) && !wire_may_start_tls(w));
    while (wire_line(w, &line) && !span_is(line.text, SPAN("QUIT")))
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
}

static struct tls *both_kinds(void)
{
    struct tls *tls = test_tls_open("hamburger.edu");
    const struct span chains[] = {
        test_tls_chain(TEST_ECDSA, "hamburger.edu", NULL),
        test_tls_chain(TEST_RSA, "hamburger.edu", NULL),
        test_tls_chain(TEST_RSA, "crepes.fr", "*.crepes.fr"),
    };
    CHECK_EQ_INT(tls_show(tls, chains, 3), 0);
    for (size_t i = 0; i < 3; i++)
        test_tls_forget(chains[i]);
    return tls;
}

/* ---- versions, ciphers, kinds of keys */

static const struct kind {
    int version;
    const char *ciphers, *signatures, *name;
} kinds[] = {
    { TLS1_3_VERSION, NULL, NULL, "TLS1.3 TLS_AES_256_GCM_SHA384" },
    { TLS1_3_VERSION, NULL, "rsa_pss_rsae_sha256", "TLS1.3 TLS_AES_256_GCM_SHA384" },
    { TLS1_3_VERSION, NULL, "rsa_pss_rsae_sha512", "TLS1.3 TLS_AES_256_GCM_SHA384" },
    { TLS1_3_VERSION, NULL, "ECDSA+SHA256", "TLS1.3 TLS_AES_256_GCM_SHA384" },
    { TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL,
      "TLS1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
    { TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", "RSA+SHA256",
      "TLS1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
    { TLS1_2_VERSION, "ECDHE-RSA-CHACHA20-POLY1305", "rsa_pss_rsae_sha384",
      "TLS1.2 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
};

TEST(tls_shakes_hands_in_every_allowed_way)
{
    struct tls *tls = both_kinds();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        const struct kind *k = &kinds[i];
        unsigned before = test_tls_signed;
        if (!tls_pair_open(&t, tls, answer_each, NULL))
            break;
        tls_pair_client(&t, "hamburger.edu", "\4test");
        SSL_set_max_proto_version(t.client, k->version);
        if (k->ciphers)
            SSL_set_cipher_list(t.client, k->ciphers);
        if (k->signatures)
            CHECK_EQ_INT(SSL_set1_sigalgs_list(t.client, k->signatures), 1);
        CHECK_EQ_INT(tls_pair_shake(&t), 0);
        CHECK(span_is(span_of(t.name), span_of(k->name)));
        CHECK_EQ_UINT(test_tls_signed - before, 1);
        tls_pair_say(&t, SPAN("one\r\ntwo\r\n"));
        CHECK_SPAN(tls_pair_hear(&t), "250 one\r\n250 two\r\n");
        tls_pair_close(&t);
        CHECK_EQ_INT(t.error, -ENODATA);
    }
    tls_close(&tls);
}

/* Without forward secrecy, without AEAD, with a broken hash. */
TEST(tls_refuses_weak_ciphers_and_versions)
{
    static const char *const weak[] = {
        "AES128-GCM-SHA256",         "AES256-SHA",
        "ECDHE-RSA-AES256-SHA384",   "ECDHE-ECDSA-AES128-SHA256",
        "DHE-RSA-AES256-GCM-SHA384",
    };
    struct tls *tls = both_kinds();
    for (size_t i = 0; i <= sizeof(weak) / sizeof(*weak); i++) {
        if (!tls_pair_open(&t, tls, answer_each, NULL))
            break;
        tls_pair_client(&t, NULL, NULL);
        bool old = i == sizeof(weak) / sizeof(*weak);
        SSL_set_max_proto_version(t.client, old ? TLS1_1_VERSION : TLS1_2_VERSION);
        SSL_set_min_proto_version(t.client, old ? TLS1_VERSION : TLS1_2_VERSION);
        SSL_set_security_level(t.client, 0);
        CHECK_EQ_INT(SSL_set_cipher_list(t.client, old ? "ALL" : weak[i]), 1);
        CHECK_EQ_INT(tls_pair_shake(&t), old ? SSL_R_TLSV1_ALERT_PROTOCOL_VERSION
                                             : SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
        tls_pair_close(&t);
        CHECK(!t.started && t.error == -EPROTO);
    }
    tls_close(&tls);
}

/* ---- server_name */

static const struct {
    const char *asked, *shown;
} names[] = {
    { "hamburger.edu", "hamburger.edu" }, { "HAMBURGER.edu", "hamburger.edu" },
    { "crepes.fr", "crepes.fr" },         { "mail.crepes.fr", "crepes.fr" },
    { "a.b.crepes.fr", "hamburger.edu" }, { "example.org", "hamburger.edu" },
    { "192.0.2.1", "hamburger.edu" },     { NULL, "hamburger.edu" },
};

TEST(tls_server_name_picks_the_certificate)
{
    struct tls *tls = both_kinds();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!tls_pair_open(&t, tls, answer_each, NULL))
            break;
        tls_pair_client(&t, names[i].asked, NULL);
        CHECK_EQ_INT(tls_pair_shake(&t), 0);
        X509 *shown = SSL_get0_peer_certificate(t.client);
        CHECK(shown && X509_check_host(shown, names[i].shown, 0, 0, NULL) == 1);
        tls_pair_close(&t);
    }
    tls_close(&tls);
}

TEST(tls_certificates_change_while_sessions_go_on)
{
    struct tls *tls = test_tls_open("hamburger.edu");
    static struct tls_pair other;
    if (!tls_pair_open(&t, tls, answer_each, NULL))
        return;
    tls_pair_client(&t, NULL, NULL);
    CHECK_EQ_INT(tls_pair_shake(&t), 0);
    const struct span broken = SPAN("no certificate");
    CHECK_EQ_INT(tls_show(tls, &broken, 1), -EINVAL);
    CHECK(tls_has_certificate(tls));
    struct span chain = test_tls_chain(TEST_RSA, "crepes.fr", NULL);
    CHECK_EQ_INT(tls_show(tls, &chain, 1), 0);
    test_tls_forget(chain);
    tls_pair_say(&t, SPAN("still here\r\n"));
    CHECK_SPAN(tls_pair_hear(&t), "250 still here\r\n");
    tls_pair_close(&t);
    if (!tls_pair_open(&other, tls, answer_each, NULL))
        return;
    tls_pair_client(&other, NULL, NULL);
    CHECK_EQ_INT(tls_pair_shake(&other), 0);
    X509 *shown = SSL_get0_peer_certificate(other.client);
    CHECK(X509_check_host(shown, "crepes.fr", 0, 0, NULL) == 1);
    tls_pair_close(&other);
    CHECK_EQ_INT(tls_show(tls, NULL, 0), 0);
    CHECK(!tls_has_certificate(tls));
    tls_close(&tls);
}

/* ---- ALPN */

static const struct {
    const char *offered;
    int result;
} protocols[] = {
    { NULL, 0 },
    { "\4test", 0 },
    { "\2h2\4test", 0 },
    { "\2h2\10http/1.1", SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL },
    { "\5testy\3tes", SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL },
};

/* A20: a browser that was sent here says http/1.1. */
TEST(tls_alpn_is_enforced)
{
    for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
        if (!tls_pair_open(&t, NULL, answer_each, NULL))
            return;
        tls_pair_client(&t, "hamburger.edu", protocols[i].offered);
        CHECK_EQ_INT(tls_pair_shake(&t), protocols[i].result);
        CHECK_EQ_INT(t.started, protocols[i].result == 0);
        if (t.started && protocols[i].offered) {
            const unsigned char *chosen;
            unsigned len;
            SSL_get0_alpn_selected(t.client, &chosen, &len);
            CHECK_SPAN(span_at(chosen, len), "test");
        }
        tls_pair_close(&t);
    }
}

/* ---- octets */

TEST(tls_handshake_and_lines_octet_by_octet)
{
    if (!tls_pair_open(&t, NULL, answer_each, NULL))
        return;
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    t.client = test_tls_client(t.pair.peer, "hamburger.edu", NULL);
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(t.client, in, out);
    char octet;
    bool said = false;
    struct span heard = SPAN("");
    for (int round = 0; round < 20 && heard.len == 0; round++) {
        if (SSL_do_handshake(t.client) == 1 && !said)
            said = SSL_write(t.client, "octets\r\n", 8) == 8;
        while (BIO_read(out, &octet, 1) == 1)
            pair_say(&t.pair, span_at(&octet, 1));
        ssize_t n;
        pair_turns(3);
        while ((n = recv(t.pair.peer, &octet, 1, 0)) == 1)
            BIO_write(in, &octet, 1);
        n = said ? SSL_read(t.client, t.pair.heard, 100) : 0;
        heard = span_at(t.pair.heard, n > 0 ? (size_t)n : 0);
    }
    CHECK_SPAN(heard, "250 octets\r\n");
    tls_pair_close(&t);
}

/* The client's last flight and its first words in one segment. */
TEST(tls_words_right_behind_the_handshake)
{
    static char octets[4096];
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        if (!tls_pair_open(&t, NULL, answer_each, NULL))
            return;
        BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
        t.client = test_tls_client(t.pair.peer, "hamburger.edu", NULL);
        SSL_set_max_proto_version(t.client, version);
        BIO_set_mem_eof_return(in, -1);
        SSL_set_bio(t.client, in, out);
        int heard = -1;
        bool said = false;
        for (int round = 0; round < 10 && heard <= 0; round++) {
            if (SSL_do_handshake(t.client) == 1 && !said)
                said = SSL_write(t.client, "at once\r\n", 9) == 9;
            int n = BIO_read(out, octets, sizeof(octets));
            if (n > 0)
                pair_say(&t.pair, span_at(octets, (size_t)n));
            pair_turns(3);
            while ((n = (int)recv(t.pair.peer, octets, sizeof(octets), 0)) > 0)
                BIO_write(in, octets, n);
            heard = said ? SSL_read(t.client, octets, sizeof(octets)) : -1;
        }
        CHECK_SPAN(span_at(octets, heard > 0 ? (size_t)heard : 0), "250 at once\r\n");
        tls_pair_close(&t);
    }
}

static void start_late(struct wire *w, void *arg)
{
    struct line line;
    bool *started = arg;
    CHECK(wire_may_start_tls(w) && !wire_has_tls(w) && !wire_tls_name(w));
    CHECK(wire_line(w, &line));
    wire_say(w, "220 go ahead");
    *started = wire_start_tls(w);
    while (*started && wire_line(w, &line))
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
}

TEST(tls_starts_within_a_session)
{
    bool started = false;
    struct wire_settings settings = pair_settings;
    settings.tls = test_tls_open("hamburger.edu");
    settings.alpn = "test";
    pair_begin();
    if (!pair_open_as(&t.pair, SOCK_STREAM, &settings, start_late, &started))
        return;
    pair_say(&t.pair, SPAN("STARTTLS\r\n"));
    CHECK_SPAN(pair_hear(&t.pair), "220 go ahead\r\n");
    tls_pair_client(&t, NULL, NULL);
    CHECK_EQ_INT(tls_pair_shake(&t), 0);
    CHECK(started);
    tls_pair_say(&t, SPAN("EHLO crepes.fr\r\n"));
    CHECK_SPAN(tls_pair_hear(&t), "250 EHLO crepes.fr\r\n");
    pair_close(&t.pair);
    SSL_free(t.client);
    tls_close(&settings.tls);
    pair_end();
}

/* ---- the key is elsewhere */

static struct wire *shaking;
static bool may_have_more;

static int sign_and_look(const uint8_t key[TLS_KEY_NAME], enum tls_block kind,
                         struct span block, char *signature_r, size_t size,
                         size_t *len_r)
{
    fiber_sleep(CLOCK_SECOND);
    may_have_more = shaking->readable;
    return test_tls_sign(key, kind, block, signature_r, size, len_r);
}

static void start(void *arg)
{
    *(bool *)arg = wire_start_tls(shaking);
    wire_close(&shaking);
}

/* The hello is there, and read, before the loop has looked: so it never reports it, and
 * what comes behind must be found all the same. */
TEST(tls_hello_that_the_loop_has_not_seen)
{
    int ends[2];
    bool started = false;
    const struct tls_settings ours = { .hostname = "hamburger.edu",
                                       .handshake_time = 9 * CLOCK_SECOND,
                                       .sign = sign_and_look };
    struct tls *tls = tls_open(&ours);
    struct span chain = test_tls_chain(TEST_ECDSA, "hamburger.edu", NULL);
    CHECK_EQ_INT(tls_show(tls, &chain, 1), 0);
    struct wire_settings settings = pair_settings;
    settings.tls = tls;
    pair_begin();
    CHECK_EQ_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    SSL *client = test_tls_client(ends[0], NULL, NULL);
    CHECK(SSL_do_handshake(client) != 1);
    shaking = wire_open(ends[1], "127.0.0.1", &settings);
    if (CHECK(shaking && fiber_go(start, &started) == 0)) {
        fiber_run_ready();
        pair_turns(3);
        pair_pass(2 * CLOCK_SECOND);
        CHECK(SSL_do_handshake(client) == 1);
        pair_turns(3);
        CHECK(started && may_have_more);
    }
    close(ends[0]);
    pair_pass(3 * CLOCK_SECOND);
    SSL_free(client);
    test_tls_forget(chain);
    tls_close(&tls);
    pair_end();
}

TEST(tls_parks_while_another_signs)
{
    test_tls_sign_time = 2 * CLOCK_SECOND;
    if (tls_pair_open(&t, NULL, answer_each, NULL)) {
        tls_pair_client(&t, NULL, NULL);
        CHECK_EQ_INT(tls_pair_shake(&t), -ETIMEDOUT);
        pair_pass(3 * CLOCK_SECOND);
        CHECK_EQ_INT(tls_pair_shake(&t), 0);
        tls_pair_close(&t);
        CHECK(t.started);
    }
    test_tls_sign_time = 0;
}

TEST(tls_fails_cleanly_when_nobody_signs)
{
    test_tls_sign_error = -EPIPE;
    if (tls_pair_open(&t, NULL, answer_each, NULL)) {
        tls_pair_client(&t, NULL, NULL);
        CHECK_EQ_INT(tls_pair_shake(&t), SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
        tls_pair_close(&t);
        CHECK(!t.started && t.error == -EPROTO);
    }
    test_tls_sign_error = 0;
}

/* At the very start a connection may come before the first certificate. */
TEST(tls_waits_for_the_first_certificate)
{
    struct tls *tls = test_tls_open("hamburger.edu");
    struct span chain = test_tls_chain(TEST_ECDSA, "hamburger.edu", NULL);
    tls_show(tls, NULL, 0);
    if (tls_pair_open(&t, tls, answer_each, NULL)) {
        tls_pair_client(&t, NULL, NULL);
        CHECK_EQ_INT(tls_pair_shake(&t), -ETIMEDOUT);
        tls_show(tls, &chain, 1);
        pair_pass(CLOCK_SECOND);
        CHECK_EQ_INT(tls_pair_shake(&t), 0);
        tls_pair_close(&t);
    }
    tls_show(tls, NULL, 0);
    if (tls_pair_open(&t, tls, answer_each, NULL)) {
        pair_pass((TLS_HANDSHAKE_SECONDS + 1) * CLOCK_SECOND);
        pair_pass(CLOCK_SECOND);
        tls_pair_close(&t);
        CHECK(!t.started && t.error == -EPROTO);
    }
    test_tls_forget(chain);
    tls_close(&tls);
}
