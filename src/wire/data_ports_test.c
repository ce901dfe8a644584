/* data_ports - one port for all data connections: each finds its own session, or none. */
#include "wire/data_ports.h"

#include "test/unit.h"
#include "wire/data_pair_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "config/limits.h"
#include "wire/dial.h"

#include <errno.h>
#include <openssl/err.h>
#include <unistd.h>

static struct data_pair a, b; /* two clients */
static struct data_ports *ports;
static struct tls *tls;
static char got[1000];

/* Both of the same address, or b of another. */
static bool begin(unsigned host_of_b, bool secure)
{
    struct endpoint here;
    uint16_t port;
    tls = secure ? test_tls_open("hamburger.edu") : NULL;
    if (!data_pair_open(&a, AF_INET, tls) ||
        !data_pair_open_control(&b, AF_INET, host_of_b, tls))
        return false;
    if (secure && (!data_pair_start_tls(&a, 0) || !data_pair_start_tls(&b, 0)))
        return false;
    ports = data_ports_open();
    CHECK_EQ_INT(data_here(a.control, &here), 0);
    int listener = dial_listen(&here, 0, 0, &port);
    CHECK_EQ_UINT(data_ports_port(ports), 0);
    CHECK_EQ_INT(data_ports_add(ports, listener), 0);
    CHECK_EQ_UINT(data_ports_port(ports), port);
    a.port = b.port = port;
    return true;
}

static void end(void)
{
    data_close(&a.data);
    data_pair_close_control(&b);
    data_ports_close(&ports);
    data_pair_close(&a);
    tls_close(&tls);
    ERR_clear_error();
}

/* ---- the server's side: PASV, then a listing that names the session */

struct served {
    struct data_pair *pair;
    const char *says;
    bool secure, passive, over; /* passive: PASV was answered */
    int result;
};

static int serve(struct served *s)
{
    int error = data_expect(ports, s->pair->control, s->secure, &s->pair->settings,
                            &s->pair->data);
    s->passive = !error;
    if (!error)
        error = data_accept(s->pair->data);
    if (!error && s->secure)
        error = data_start_tls(s->pair->data, true);
    if (!error)
        error = data_put(s->pair->data, span_of(s->says));
    return error ? error : data_finish(s->pair->data);
}

static void run(void *arg)
{
    struct served *s = arg;
    s->result = serve(s);
    s->over = true;
}

static void start(struct served *s, struct data_pair *pair, const char *says,
                  bool secure)
{
    *s = (struct served){ .pair = pair, .says = says, .secure = secure };
    CHECK_EQ_INT(fiber_go(run, s), 0);
    pair_turns(3);
}

static bool is_over(const struct served *s)
{
    for (int i = 0; i < 5000 && !s->over; i++)
        data_pair_turn(i);
    return s->over;
}

/* ---- the client's */

static bool reads(int fd, const char *text)
{
    ssize_t n = data_pair_read(fd, got, sizeof got);
    close(fd);
    return n >= 0 && span_is(span_at(got, (size_t)n), span_of(text));
}

static bool hears(SSL *ssl, const char *text)
{
    ssize_t n = data_pair_hear(ssl, got, sizeof got);
    return n >= 0 && span_is(span_at(got, (size_t)n), span_of(text));
}

static SSL *connect_tls(const struct data_pair *p, bool resumes, int *fd_r)
{
    *fd_r = data_pair_connect(p, 1);
    SSL *ssl = test_tls_client(*fd_r, "hamburger.edu", NULL);
    SSL_SESSION *session = SSL_get1_session(p->client_tls);
    if (resumes)
        CHECK_EQ_INT(SSL_set_session(ssl, session), 1);
    SSL_SESSION_free(session);
    return ssl;
}

/* ---- without TLS */

TEST(data_ports_of_two_addresses)
{
    struct served of_a, of_b;
    if (!begin(2, false))
        return;
    start(&of_a, &a, "a's", false);
    start(&of_b, &b, "b's", false);
    CHECK(of_a.passive && of_b.passive);
    int fd_b = data_pair_connect(&b, 2), fd_a = data_pair_connect(&a, 1);
    CHECK(reads(fd_b, "b's"));
    CHECK(reads(fd_a, "a's"));
    CHECK(is_over(&of_a) && is_over(&of_b));
    CHECK(of_a.result == 0 && of_b.result == 0);
    end();
}

/* F02: nobody is expected from there, or no more. */
TEST(data_ports_F02_turn_strangers_away)
{
    struct served of_a;
    if (!begin(2, false))
        return;
    CHECK(reads(data_pair_connect(&a, 1), ""));
    start(&of_a, &a, "a's", false);
    CHECK(reads(data_pair_connect(&a, 3), ""));
    int first = data_pair_connect(&a, 1);
    pair_turns(3);
    CHECK(reads(data_pair_connect(&a, 1), ""));
    CHECK(reads(first, "a's"));
    CHECK(is_over(&of_a));
    end();
}

/* The second of an address waits for its turn, ... */
TEST(data_ports_second_of_an_address_waits)
{
    struct served of_a, of_b;
    if (!begin(1, false))
        return;
    start(&of_a, &a, "a's", false);
    start(&of_b, &b, "b's", false);
    CHECK(of_a.passive && !of_b.passive);
    CHECK(reads(data_pair_connect(&a, 1), "a's"));
    CHECK(is_over(&of_a));
    pair_turns(3);
    CHECK(of_b.passive);
    CHECK(reads(data_pair_connect(&b, 1), "b's"));
    CHECK(is_over(&of_b));
    CHECK_EQ_INT(of_b.result, 0);
    end();
}

/* ... but not for ever; and who does not come makes room. */
TEST(data_ports_second_of_an_address_gives_up)
{
    struct served of_a, of_b;
    if (!begin(1, false))
        return;
    start(&of_a, &a, "a's", false);
    start(&of_b, &b, "b's", false);
    pair_pass(DATA_TURN_SECONDS * CLOCK_SECOND + CLOCK_MS);
    CHECK(of_b.over && of_b.result == -EBUSY && !of_a.over);
    pair_pass(DATA_ACCEPT_SECONDS * CLOCK_SECOND);
    CHECK(of_a.over && of_a.result == -ETIMEDOUT);
    start(&of_b, &b, "b's", false);
    CHECK(of_b.passive);
    data_cancel(b.data);
    CHECK(is_over(&of_b));
    CHECK_EQ_INT(of_b.result, -ECANCELED);
    end();
}

/* Without TLS beside one with it: neither could be told from the other. */
TEST(data_ports_plain_and_secure_exclude_each_other)
{
    struct served of_a, of_b;
    if (!begin(1, true))
        return;
    start(&of_a, &a, "a's", true);
    start(&of_b, &b, "b's", false);
    CHECK(of_a.passive && !of_b.passive);
    data_cancel(a.data);
    CHECK(is_over(&of_a));
    data_close(&a.data);
    pair_turns(3);
    CHECK(of_b.passive);
    CHECK(reads(data_pair_connect(&b, 1), "b's"));
    CHECK(is_over(&of_b));
    end();
}

/* ---- with TLS */

/* One alone is his, resumed or not. */
TEST(data_ports_secure_and_alone)
{
    for (int resumes = 0; resumes < 2; resumes++) {
        struct served of_a;
        int fd;
        if (!begin(2, true))
            return;
        start(&of_a, &a, "a's", true);
        SSL *ssl = connect_tls(&a, resumes, &fd);
        CHECK(data_pair_shake(ssl));
        CHECK(hears(ssl, "a's"));
        CHECK(is_over(&of_a));
        CHECK_EQ_INT(of_a.result, 0);
        SSL_free(ssl);
        close(fd);
        end();
    }
}

/* Several of one address, in whatever order they come: the ticket tells. */
TEST(data_ports_ticket_tells_whose_it_is)
{
    for (int b_first = 0; b_first < 2; b_first++) {
        struct served of_a, of_b;
        int fd[2];
        if (!begin(1, true))
            return;
        start(&of_a, &a, "a's", true);
        start(&of_b, &b, "b's", true);
        CHECK(of_a.passive && of_b.passive);
        SSL *ssl[2];
        ssl[b_first] = connect_tls(b_first ? &b : &a, true, &fd[b_first]);
        pair_turns(3);
        ssl[!b_first] = connect_tls(b_first ? &a : &b, true, &fd[!b_first]);
        pair_turns(3);
        CHECK(data_pair_shake(ssl[1]));
        CHECK(hears(ssl[1], "b's"));
        CHECK(is_over(&of_b) && !of_a.over);
        CHECK(data_pair_shake(ssl[0]));
        CHECK(hears(ssl[0], "a's"));
        CHECK(is_over(&of_a));
        CHECK(of_a.result == 0 && of_b.result == 0);
        for (int i = 0; i < 2; i++) {
            SSL_free(ssl[i]);
            close(fd[i]);
        }
        end();
    }
}

/* F02: never a guess.  Who resumes nothing where two are expected is nobody's. */
TEST(data_ports_F02_without_a_ticket_among_several)
{
    struct served of_a, of_b;
    int fd[2];
    if (!begin(1, true))
        return;
    start(&of_a, &a, "a's", true);
    start(&of_b, &b, "b's", true);
    SSL *thief = connect_tls(&a, false, &fd[0]);
    CHECK(data_pair_shake(thief));
    CHECK_EQ_INT(data_pair_hear(thief, got, sizeof got), -1);
    CHECK(!of_a.over && !of_b.over);
    SSL *ssl = connect_tls(&a, true, &fd[1]);
    CHECK(data_pair_shake(ssl));
    CHECK(hears(ssl, "a's"));
    CHECK(is_over(&of_a));
    data_cancel(b.data);
    CHECK(is_over(&of_b));
    SSL_free(thief);
    SSL_free(ssl);
    close(fd[0]);
    close(fd[1]);
    end();
}

/* One is expected alone, and a client comes late for another session: its ticket says so. */
TEST(data_ports_F02_ticket_of_another_session)
{
    struct served of_a;
    int fd;
    if (!begin(1, true))
        return;
    start(&of_a, &a, "a's", true);
    SSL *ssl = connect_tls(&b, true, &fd);
    CHECK(data_pair_shake(ssl));
    CHECK(is_over(&of_a));
    CHECK_EQ_INT(of_a.result, -EACCES);
    data_close(&a.data);
    CHECK_EQ_INT(data_pair_hear(ssl, got, sizeof got), -1);
    SSL_free(ssl);
    close(fd);
    end();
}

/* A session ends while one of its client's shakes hands: he is nobody's then. */
TEST(data_ports_session_that_has_gone)
{
    struct served of_a, of_b;
    int fd;
    if (!begin(1, true))
        return;
    start(&of_a, &a, "a's", true);
    start(&of_b, &b, "b's", true);
    SSL *ssl = connect_tls(&b, true, &fd);
    pair_turns(3);
    data_cancel(b.data);
    CHECK(is_over(&of_b));
    data_close(&b.data);
    CHECK(data_pair_shake(ssl));
    CHECK_EQ_INT(data_pair_hear(ssl, got, sizeof got), -1);
    CHECK(!of_a.over);
    data_cancel(a.data);
    CHECK(is_over(&of_a));
    SSL_free(ssl);
    close(fd);
    end();
}
