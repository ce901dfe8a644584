/* data, TLS - RFC 4217 on data connections: what is moved, how they end; whose they
 * are: data_tls_whose_test.c. */
#include "test/unit.h"
#include "wire/data_pair_test.h"

#include "base/clock.h"
#include "wire/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <unistd.h>

enum { SIZE = 3000000 };

static struct data_pair p;
static struct tls *tls;
static char content[SIZE], got[SIZE + 1];
static uint64_t moved;

static bool begin(int version)
{
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)(i * 31 + i / 255);
    tls = test_tls_open("hamburger.edu");
    return data_pair_open(&p, AF_INET, tls) &&
           (version < 0 || data_pair_start_tls(&p, version)) && data_pair_listen(&p);
}

static void end(void)
{
    data_pair_close(&p);
    tls_close(&tls);
    ERR_clear_error();
}

/* ---- the server's side */

static int send_all(struct data *d, void *arg)
{
    int error = data_pair_begin_tls(d, true);
    moved = 0;
    if (!error)
        error = data_send_file(d, *(int *)arg, 0, SIZE, &moved);
    return error ? error : data_finish(d);
}

static int receive_all(struct data *d, void *arg)
{
    int error = data_pair_begin_tls(d, false);
    moved = 0;
    if (!error)
        error = data_receive_file(d, *(int *)arg, 0, UINT64_MAX, &moved);
    return error ? error : data_finish(d);
}

static int receive_by_pieces(struct data *d, void *arg)
{
    int error = data_pair_begin_tls(d, false);
    moved = 0;
    while (!error && !data_is_ended(d)) {
        error = data_fill(d);
        struct span piece = data_input(d);
        if (!error)
            CHECK_EQ_INT(pwrite(*(int *)arg, piece.at, piece.len, (off_t)moved),
                         (ssize_t)piece.len);
        moved += piece.len;
        data_consume(d, piece.len);
    }
    return error ? error : data_finish(d);
}

/* ---- the client's */

static ssize_t hear(SSL *ssl)
{
    return data_pair_hear(ssl, got, sizeof got);
}

static void say(SSL *ssl, size_t size)
{
    data_pair_send(ssl, content, size);
}

/* ---- what is moved */

static unsigned records, small_records;

static void on_record(int is_ours, int version, int type, const void *octets,
                      size_t len, SSL *ssl, void *arg)
{
    const uint8_t *header = octets;
    (void)version, (void)ssl, (void)arg;
    if (is_ours || type != SSL3_RT_HEADER || len != 5 || header[0] != 23)
        return;
    records++;
    small_records += header[3] * 256U + header[4] < 16384;
}

TEST(data_tls_sends_a_file_in_full_records)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (int i = 0; i < 2; i++) {
        if (!begin(versions[i]))
            return;
        int file = data_pair_file(content, SIZE);
        data_pair_serve(&p, send_all, &file);
        SSL *ssl = data_pair_connect_paired(&p);
        CHECK(data_pair_shake(ssl));
        records = small_records = 0;
        SSL_set_msg_callback(ssl, on_record);
        CHECK_EQ_INT(hear(ssl), SIZE);
        CHECK(memcmp(got, content, SIZE) == 0);
        CHECK(records > SIZE / 16384 && small_records < 8);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, 0);
        CHECK_EQ_UINT(moved, SIZE);
        CHECK_EQ_INT(SSL_session_reused(ssl), 1);
        data_pair_hang_up(ssl);
        close(file);
        end();
    }
}

TEST(data_tls_sends_a_listing)
{
    if (!begin(0))
        return;
    data_pair_serve(&p, data_pair_send_listing, NULL);
    SSL *ssl = data_pair_connect_paired(&p);
    CHECK(data_pair_shake(ssl));
    CHECK_EQ_INT(hear(ssl), 8000);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    data_pair_hang_up(ssl);
    end();
}

/* The client reads nothing and closes as soon as it has sent: nothing is lost. */
TEST(data_tls_receives_a_file)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (int i = 0; i < 4; i++) {
        if (!begin(versions[i / 2]))
            return;
        int file = data_pair_file("", 0);
        data_pair_serve(&p, i % 2 ? receive_by_pieces : receive_all, &file);
        SSL *ssl = data_pair_connect_paired(&p);
        CHECK(data_pair_shake(ssl));
        say(ssl, SIZE);
        SSL_shutdown(ssl);
        data_pair_hang_up(ssl);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, 0);
        CHECK_EQ_UINT(moved, SIZE);
        CHECK_EQ_INT(pread(file, got, sizeof got, 0), SIZE);
        CHECK(memcmp(got, content, SIZE) == 0);
        close(file);
        end();
    }
}

/* ---- F03 */

/* F03: an upload that somebody has cut off is not taken for whole, unless it is allowed. */
TEST(data_tls_F03_end_must_be_announced)
{
    for (int i = 0; i < 4; i++) {
        if (!begin(0))
            return;
        data_close(&p.data);
        p.settings.any_end = i % 2;
        if (!data_pair_listen(&p))
            return;
        int file = data_pair_file("", 0);
        data_pair_serve(&p, i < 2 ? receive_all : receive_by_pieces, &file);
        SSL *ssl = data_pair_connect_paired(&p);
        CHECK(data_pair_shake(ssl));
        say(ssl, 100000);
        data_pair_hang_up(ssl);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, i % 2 ? 0 : -EPROTO);
        CHECK_EQ_UINT(moved, 100000);
        close(file);
        end();
    }
}

/* F03: PROT P, and the client does not speak TLS. */
TEST(data_tls_F03_plaintext_where_tls_was_promised)
{
    if (!begin(0))
        return;
    int file = data_pair_file("", 0);
    data_pair_serve(&p, receive_all, &file);
    int plain = data_pair_connect(&p, 1);
    for (int i = 0; i < 100; i++)
        data_pair_turn(i);
    CHECK(send(plain, "all in the open\r\n", 17, MSG_NOSIGNAL) == 17);
    CHECK(data_pair_await(&p));
    CHECK(p.result < 0);
    CHECK_EQ_UINT(moved, 0);
    close(plain);
    close(file);
    end();
}

/* ---- ends */

TEST(data_tls_is_cancelled_in_the_middle)
{
    for (int receiving = 0; receiving < 2; receiving++) {
        if (!begin(0))
            return;
        int file = data_pair_file(content, SIZE);
        data_pair_serve(&p, receiving ? receive_all : send_all, &file);
        SSL *ssl = data_pair_connect_paired(&p);
        CHECK(data_pair_shake(ssl));
        for (int i = 0; i < 50; i++)
            data_pair_turn(i);
        data_cancel(p.data);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, -ECANCELED);
        data_close(&p.data);
        CHECK_EQ_INT(hear(ssl), -1);
        data_pair_hang_up(ssl);
        close(file);
        end();
    }
}
