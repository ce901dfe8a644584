/* tls attacks (A19, A20, A21): what no honest client sends ends the connection, soon. */
#include "test/unit.h"
#include "wire/tls_pair_test.h"

#include "base/clock.h"
#include "config/limits.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

static struct tls_pair t;

static void answer_each(struct wire *w, void *arg)
{
    struct line line;
    (void)arg;
    while (wire_line(w, &line) && !span_is(line.text, SPAN("QUIT")))
        wire_say(w, "250 %.*s", SPAN_ARG(line.text));
}

/* ---- instead of a hello */

/* What the server's alert says, or what else it sent. */
static uint8_t alert_in(struct span heard)
{
    bool is = heard.len == 7 && heard.at[0] == SSL3_RT_ALERT && heard.at[5] == 2;
    return is ? (uint8_t)heard.at[6] : 0;
}

TEST(tls_a19_no_hello_no_session)
{
    const struct {
        struct span hello;
        uint8_t alert; /* 0: none, the connection just ends */
    } hellos[] = {
        { SPAN("GET / HTTP/1.1\r\nHost: hamburger.edu\r\n\r\n"), 0 },
        { SPAN("EHLO crepes.fr\r\n"), 0 },
        /* SSL 2.0 CLIENT-HELLO */
        { SPAN("\x80\x1c\x01\x00\x02\x00\x03\x00\x00\x00\x10\x07\x00\xc0"
               "0123456789abcdef"),
          0 },
        /* SSL 3.0, TLS 1.0 in the hello itself: no supported_versions */
        { SPAN("\x16\x03\x00\x00\x2d\x01\x00\x00\x29\x03\x00"
               "0123456789abcdef0123456789abcdef"
               "\x00\x00\x02\xc0\x2b\x01\x00"),
          40 },
        { SPAN("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x01"
               "0123456789abcdef0123456789abcdef"
               "\x00\x00\x02\xc0\x2b\x01\x00"),
          70 },
        /* a record longer than any may be */
        { SPAN("\x16\x03\x01\xff\xff\x01\x00\x00\x00"), 22 },
        /* data, an alert, a finished before any hello */
        { SPAN("\x17\x03\x03\x00\x01x"), 10 },
        { SPAN("\x15\x03\x03\x00\x02\x02\x28"), 0 },
        { SPAN("\x16\x03\x03\x00\x10\x14\x00\x00\x0c"
               "0123456789ab"),
          10 },
    };
    for (size_t i = 0; i < sizeof(hellos) / sizeof(*hellos); i++) {
        if (!tls_pair_open(&t, NULL, answer_each, NULL))
            return;
        pair_say(&t.pair, hellos[i].hello);
        struct span heard = pair_hear(&t.pair);
        if (hellos[i].alert)
            CHECK_EQ_UINT(alert_in(heard), hellos[i].alert);
        CHECK(pair_is_ended(&t.pair));
        tls_pair_close(&t);
        CHECK(!t.started && t.error == -EPROTO);
    }
}

TEST(tls_a19_handshake_without_end)
{
    if (!tls_pair_open(&t, NULL, answer_each, NULL))
        return;
    const struct span drop = SPAN("\x16");
    pair_say(&t.pair, drop);
    for (int i = 0; i < TLS_HANDSHAKE_SECONDS + 2; i++)
        pair_pass(CLOCK_SECOND);
    CHECK(pair_is_ended(&t.pair));
    tls_pair_close(&t);
    CHECK(!t.started && t.error == -ETIMEDOUT);
}

/* A ClientHello of nearly 128 KB, said in records of one octet. */
TEST(tls_a19_huge_hello_in_small_records)
{
    if (!tls_pair_open(&t, NULL, answer_each, NULL))
        return;
    pair_say(&t.pair, SPAN("\x16\x03\x01\x00\x04\x01\x01\xff\x00"));
    size_t said = 0;
    char octet;
    while (said < 20000 && recv(t.pair.peer, &octet, 1, 0) < 0) {
        said += send(t.pair.peer, "\x16\x03\x01\x00\x01\x03", 6, MSG_NOSIGNAL) == 6;
        pair_turns(1);
    }
    CHECK(said > TLS_HANDSHAKE_OCTETS / 6 - 10 && said < TLS_HANDSHAKE_OCTETS / 6 + 10);
    tls_pair_close(&t);
    CHECK(!t.started && t.error == -EPROTO);
}

/* ---- server_name */

/* A TLS 1.2 hello with that name in server_name. */
static struct span hello_for(struct span name)
{
    static char hello[1024];
    static const char head[] = "\x16\x03\x01\0\0\x01\0\0\0\x03\x03"
                               "0123456789abcdef0123456789abcdef"
                               "\0\0\x02\xc0\x2b\x01\0\0\0"
                               "\0\x0a\0\x04\0\x02\0\x17"   /* P-256 */
                               "\0\x0d\0\x04\0\x02\x04\x03" /* with SHA-256 */
                               "\0\0\0\0\0\0\0\0\0";
    size_t len = sizeof(head) - 1, all = len + name.len;
    const size_t places[] = { 3, 7, len - 27, len - 7, len - 5, len - 2 };
    const size_t ends[] = { 5, 9, len - 25, len - 5, len - 3, len };
    memcpy(hello, head, len);
    memcpy(hello + len, name.at, name.len);
    for (size_t i = 0; i < 6; i++) {
        size_t n = all - ends[i];
        hello[places[i]] = (char)(n >> 8);
        hello[places[i] + 1] = (char)n;
    }
    return span_at(hello, all);
}

TEST(tls_a19_odd_server_names)
{
    char labels[300];
    for (size_t i = 0; i < sizeof(labels); i++)
        labels[i] = i % 2 ? '.' : 'a';
    const struct {
        struct span name;
        bool goes_on;
    } odd[] = {
        { SPAN("hamburger.edu"), true },
        { SPAN("192.0.2.1"), true },
        { span_at(labels, 255), true },
        { span_at(labels, 256), false },
        { SPAN("ham\0burger.edu"), false },
        { SPAN("\r\n\x1b[2J"), true },
        { SPAN(""), true },
    };
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        if (!tls_pair_open(&t, NULL, answer_each, NULL))
            return;
        pair_say(&t.pair, hello_for(odd[i].name));
        struct span heard = pair_hear(&t.pair);
        bool server_hello = heard.len > 5 && heard.at[0] == SSL3_RT_HANDSHAKE;
        CHECK_EQ_INT(server_hello, odd[i].goes_on);
        tls_pair_close(&t);
    }
}

/* ---- after the handshake */

static bool shaken(int version)
{
    if (!tls_pair_open(&t, NULL, answer_each, NULL))
        return false;
    tls_pair_client(&t, "hamburger.edu", NULL);
    SSL_set_max_proto_version(t.client, version);
    return CHECK_EQ_INT(tls_pair_shake(&t), 0);
}

TEST(tls_a19_key_update_flood)
{
    if (!shaken(TLS1_3_VERSION))
        return;
    for (int i = 0; i < TLS_MESSAGES_MAX / 2; i++) {
        SSL_key_update(t.client, SSL_KEY_UPDATE_REQUESTED);
        CHECK_EQ_INT(SSL_do_handshake(t.client), 1);
    }
    tls_pair_say(&t, SPAN("a few are allowed\r\n"));
    CHECK_SPAN(tls_pair_hear(&t), "250 a few are allowed\r\n");
    int said = 0, wants = SSL_ERROR_WANT_READ;
    while (said < 100 && wants == SSL_ERROR_WANT_READ) {
        SSL_key_update(t.client, SSL_KEY_UPDATE_REQUESTED);
        said += SSL_do_handshake(t.client) == 1;
        pair_turns(3);
        wants = SSL_get_error(t.client, SSL_read(t.client, t.pair.heard, 1));
    }
    CHECK(said > TLS_MESSAGES_MAX / 2 && said <= TLS_MESSAGES_MAX + 2);
    tls_pair_close(&t);
    CHECK_EQ_INT(t.error, -EPROTO);
}

/* CVE-2009-3555, CVE-2011-1473: once refused with a warning, then the end. */
TEST(tls_a19_renegotiation_flood)
{
    if (!shaken(TLS1_2_VERSION))
        return;
    SSL_renegotiate(t.client);
    CHECK_EQ_INT(tls_pair_shake(&t), SSL_R_NO_RENEGOTIATION);
    tls_pair_close(&t);
    CHECK(t.started);
}

/* Records that say nothing: OpenSSL takes 32 in a row. */
TEST(tls_a19_empty_records_flood)
{
    if (!shaken(TLS1_2_VERSION))
        return;
    SSL_set_options(t.client, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS);
    const struct span empty = SPAN("\x17\x03\x03\x00\x00");
    for (int i = 0; i < 64; i++)
        if (send(t.pair.peer, empty.at, empty.len, MSG_NOSIGNAL) < 0)
            break;
    pair_turns(5);
    tls_pair_close(&t);
    CHECK_EQ_INT(t.error, -EPROTO);
}

TEST(tls_broken_record_ends_the_session)
{
    if (!shaken(TLS1_3_VERSION))
        return;
    pair_say(&t.pair, SPAN("\x17\x03\x03\x00\x20"
                           "0123456789abcdef0123456789abcdef"));
    CHECK(SSL_read(t.client, t.pair.heard, 1) <= 0);
    CHECK_EQ_INT(ERR_GET_REASON(ERR_peek_error()), SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
    tls_pair_close(&t);
    CHECK_EQ_INT(t.error, -EPROTO);
}

/* A plaintext command behind the handshake is no command (A17). */
TEST(tls_a17_plaintext_behind_the_handshake)
{
    if (!shaken(TLS1_3_VERSION))
        return;
    pair_say(&t.pair, SPAN("NOOP\r\n"));
    tls_pair_hear(&t);
    tls_pair_close(&t);
    CHECK_EQ_INT(t.error, -EPROTO);
}

/* ---- tickets */

static SSL_SESSION *ticket;

static int keep_ticket(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(ticket);
    ticket = session;
    return 1;
}

/* Whether that server resumes the session that the ticket stands for; one that the
 * server gives takes its place. */
static bool resumes(struct tls *tls, const char *alpn, int version)
{
    t.alpn = alpn;
    if (!tls_pair_open(&t, tls, answer_each, NULL))
        return false;
    tls_pair_client(&t, "hamburger.edu", NULL);
    SSL_CTX_sess_set_new_cb(SSL_get_SSL_CTX(t.client), keep_ticket);
    SSL_set_max_proto_version(t.client, version);
    if (ticket)
        SSL_set_session(t.client, ticket);
    CHECK_EQ_INT(tls_pair_shake(&t), 0);
    tls_pair_say(&t, SPAN("NOOP\r\n"));
    CHECK_SPAN(tls_pair_hear(&t), "250 NOOP\r\n");
    bool resumed = SSL_session_reused(t.client) == 1;
    if (version == TLS1_2_VERSION) /* OpenSSL does not tell of one that is renewed */
        keep_ticket(t.client, SSL_get1_session(t.client));
    tls_pair_close(&t);
    return resumed;
}

static void forget_ticket(void)
{
    SSL_SESSION_free(ticket);
    ticket = NULL;
}

static void check_tickets(int version)
{
    static const struct tls_ticket_key one = { "one", "", "" },
                                       two = { "two", "x", "" },
                                       three = { "three", "y", "z" };
    struct tls *pop3 = test_tls_open("hamburger.edu");
    struct tls *copy = test_tls_open("hamburger.edu");
    struct tls *smtp = test_tls_open("hamburger.edu");
    tls_use_tickets(pop3, &one, &one);
    tls_use_tickets(copy, &one, &one);
    forget_ticket();
    CHECK(!resumes(pop3, "pop3", version));
    CHECK(ticket && resumes(pop3, "pop3", version));
    CHECK(resumes(copy, "pop3", version));
    CHECK(!resumes(smtp, "smtp", version)); /* has keys of its own */
    forget_ticket();
    CHECK(!resumes(pop3, "pop3", version));
    tls_use_tickets(smtp, &one, &one); /* even then: another protocol */
    SSL_SESSION *kept = ticket;
    SSL_SESSION_up_ref(kept);
    CHECK(!resumes(smtp, "smtp", version));
    forget_ticket();
    ticket = kept;
    tls_use_tickets(pop3, &two, &one); /* rotated: the old one is good, and renewed */
    CHECK(resumes(pop3, "pop3", version));
    tls_use_tickets(pop3, &three, &two);
    CHECK(resumes(pop3, "pop3", version));
    tls_use_tickets(pop3, &one, &one);
    CHECK(!resumes(pop3, "pop3", version));
    forget_ticket();
    tls_close(&pop3);
    tls_close(&copy);
    tls_close(&smtp);
}

TEST(tls_a21_ticket_of_another_service)
{
    check_tickets(TLS1_3_VERSION);
    check_tickets(TLS1_2_VERSION);
}
