/* data, TLS - RFC 4217 §10: whose a data connection is, and the tickets that tell. */
#include "test/unit.h"
#include "wire/data_pair_test.h"

#include "wire/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <unistd.h>

static struct data_pair p;
static struct tls *tls;
static char content[1000], got[10000];

static bool begin(int version)
{
    tls = test_tls_open("hamburger.edu");
    return data_pair_open(&p, AF_INET, tls) && data_pair_start_tls(&p, version) &&
           data_pair_listen(&p);
}

static void end(void)
{
    data_pair_close(&p);
    tls_close(&tls);
    ERR_clear_error();
}

static ssize_t hear(SSL *ssl)
{
    return data_pair_hear(ssl, got, sizeof got);
}

static const struct {
    bool must, resumes;
    int result;
} pairings[] = {
    { false, true, 0 },
    { false, false, 0 },
    { true, true, 0 },
    { true, false, -EACCES },
};

/* F02, F03: who resumes the control connection's session is its client; who does not may
 * be required to. */
TEST(data_tls_F03_without_the_controls_session)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (size_t i = 0; i < 2 * sizeof pairings / sizeof *pairings; i++) {
        if (!begin(versions[i % 2]))
            return;
        data_close(&p.data);
        p.settings.paired = pairings[i / 2].must;
        if (!data_pair_listen(&p))
            return;
        data_pair_serve(&p, data_pair_send_listing, NULL);
        SSL *ssl = pairings[i / 2].resumes ? data_pair_connect_paired(&p)
                                           : data_pair_connect_tls(&p, NULL);
        CHECK(data_pair_shake(ssl));
        bool good = pairings[i / 2].result == 0;
        if (good)
            CHECK_EQ_INT(hear(ssl), 8000);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, pairings[i / 2].result);
        data_close(&p.data);
        if (!good)
            CHECK_EQ_INT(hear(ssl), -1);
        CHECK_EQ_INT(SSL_session_reused(ssl), pairings[i / 2].resumes);
        data_pair_hang_up(ssl);
        end();
    }
}

/* F02: a ticket of this server's, but given to another session: worth nothing here. */
TEST(data_tls_F02_ticket_of_another_session)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (int i = 0; i < 4; i++) {
        if (!begin(versions[i % 2]))
            return;
        SSL_SESSION *foreign = SSL_get1_session(p.client_tls);
        data_pair_close(&p);
        if (!data_pair_open(&p, AF_INET, tls) ||
            !data_pair_start_tls(&p, versions[i % 2]))
            return;
        p.settings.paired = i >= 2;
        if (!data_pair_listen(&p))
            return;
        data_pair_serve(&p, data_pair_send_listing, NULL);
        SSL *ssl = data_pair_connect_tls(&p, foreign);
        SSL_SESSION_free(foreign);
        CHECK(data_pair_shake(ssl));
        CHECK_EQ_INT(SSL_session_reused(ssl), 0);
        if (i < 2)
            CHECK_EQ_INT(hear(ssl), 8000);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, i < 2 ? 0 : -EACCES);
        data_pair_hang_up(ssl);
        end();
    }
}

/* ---- tickets */

static unsigned tickets;
static SSL_SESSION *newest;

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(newest);
    newest = session;
    tickets++;
    return 1;
}

static void count_tickets(const SSL *ssl)
{
    SSL_CTX *context = SSL_get_SSL_CTX(ssl);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context, on_session);
}

static void forget_tickets(void)
{
    SSL_SESSION_free(newest);
    newest = NULL;
    tickets = 0;
}

static int receive(struct data *d, void *arg)
{
    (void)arg;
    int error = data_pair_begin_tls(d, false);
    while (!error && !data_is_ended(d)) {
        error = data_fill(d);
        data_consume(d, data_input(d).len);
    }
    return error ? error : data_finish(d);
}

/* One transfer with a ticket of that session's; how many tickets it brought. */
static unsigned transfer(bool download, SSL *ssl, bool pairs)
{
    forget_tickets();
    data_pair_serve(&p, download ? data_pair_send_listing : receive, NULL);
    CHECK(data_pair_shake(ssl));
    count_tickets(ssl);
    if (!download) {
        data_pair_send(ssl, content, sizeof content);
        SSL_shutdown(ssl);
    }
    CHECK_EQ_INT(hear(ssl), download ? 8000 : 0);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    CHECK_EQ_INT(SSL_session_reused(ssl), pairs);
    SSL_shutdown(ssl); /* or its tickets would be worth nothing */
    data_pair_hang_up(ssl);
    data_close(&p.data);
    return tickets;
}

/* Each data connection uses one up, and brings one: on the control connection; and, when
 * the client reads to its end anyway, with what it reads. */
TEST(data_tls_gives_the_client_another_ticket)
{
    if (!begin(0))
        return;
    count_tickets(p.client_tls);
    for (unsigned i = 0; i < 6; i++) {
        bool download = i % 2;
        CHECK_EQ_UINT(transfer(download, data_pair_connect_paired(&p), true), download);
        forget_tickets();
        data_pair_say(&p);
        CHECK_EQ_UINT(tickets, 1);
        if (!data_pair_listen(&p))
            return;
    }
    forget_tickets();
    end();
}

/* A client may go on with those alone. */
TEST(data_tls_goes_on_with_the_last_data_connections_ticket)
{
    if (!begin(0))
        return;
    p.settings.paired = true;
    CHECK_EQ_UINT(transfer(true, data_pair_connect_paired(&p), true), 1);
    for (unsigned i = 0; i < 4; i++) {
        SSL_SESSION *session = newest;
        newest = NULL;
        if (!CHECK(session != NULL) || !data_pair_listen(&p))
            return;
        CHECK_EQ_UINT(transfer(true, data_pair_connect_tls(&p, session), true), 1);
        SSL_SESSION_free(session);
    }
    forget_tickets();
    end();
}

static int send_nothing(struct data *d, void *arg)
{
    (void)arg;
    int error = data_pair_begin_tls(d, true);
    return error ? error : data_finish(d);
}

/* An empty file or listing ends as others do, with its ticket. */
TEST(data_tls_gives_a_ticket_with_nothing_to_send)
{
    if (!begin(TLS1_3_VERSION))
        return;
    forget_tickets();
    data_pair_serve(&p, send_nothing, NULL);
    SSL *ssl = data_pair_connect_paired(&p);
    CHECK(data_pair_shake(ssl));
    count_tickets(ssl);
    CHECK_EQ_INT(hear(ssl), 0);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    CHECK_EQ_UINT(tickets, 1);
    CHECK((SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0);
    SSL_shutdown(ssl);
    data_pair_hang_up(ssl);
    forget_tickets();
    end();
}

/* F03: who is not known to be this session's client gets none, with which he would pass
 * the next time. */
TEST(data_tls_F03_gives_no_ticket_to_who_does_not_resume)
{
    if (!begin(TLS1_3_VERSION))
        return;
    SSL *ssl = data_pair_connect_tls(&p, NULL);
    count_tickets(ssl);
    CHECK_EQ_UINT(transfer(true, ssl, false), 0);
    end();
}

/* The same in TLS 1.2, where the handshake itself gives one: it is worth nothing. */
TEST(data_tls_F03_a_refused_ones_own_ticket_does_not_pass)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (int i = 0; i < 2; i++) {
        if (!begin(versions[i]))
            return;
        SSL_SESSION *session = NULL;
        for (int attempt = 0; attempt < 2; attempt++) {
            data_close(&p.data);
            p.settings.paired = true;
            if (!data_pair_listen(&p))
                return;
            data_pair_serve(&p, data_pair_send_listing, NULL);
            SSL *ssl = data_pair_connect_tls(&p, session);
            CHECK(data_pair_shake(ssl));
            CHECK_EQ_INT(SSL_session_reused(ssl), 0);
            CHECK(data_pair_await(&p));
            CHECK_EQ_INT(p.result, -EACCES);
            SSL_SESSION_free(session);
            session = SSL_get1_session(ssl);
            SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN);
            data_pair_hang_up(ssl);
        }
        SSL_SESSION_free(session);
        end();
    }
}
