/* data - data connections over loopback: who may come, what is moved, how they end. */
#include "test/unit.h"
#include "wire/data_pair_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { SIZE = 9000000 };

static struct data_pair p;
static char content[SIZE], got[SIZE + 1];

static void fill_content(void)
{
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)(i * 31 + i / 255);
}

/* ---- the server's side */

static uint64_t moved;

static int send_all(struct data *d, void *arg)
{
    moved = 0;
    int error = data_accept(d);
    if (!error)
        error = data_send_file(d, *(int *)arg, 0, SIZE, &moved);
    return error ? error : data_finish(d);
}

static int send_listing(struct data *d, void *arg)
{
    (void)arg;
    int error = data_accept(d);
    for (int i = 0; !error && i < 100; i++)
        error = data_put(d, SPAN("a line\r\n"));
    return error ? error : data_finish(d);
}

static int receive_all(struct data *d, void *arg)
{
    moved = 0;
    int error = data_accept(d);
    if (!error)
        error = data_receive_file(d, *(int *)arg, 0, UINT64_MAX, &moved);
    CHECK(error || data_is_ended(d));
    return error ? error : data_finish(d);
}

static int accept_only(struct data *d, void *arg)
{
    (void)arg;
    return data_accept(d);
}

/* ---- files */

TEST(data_sends_a_file)
{
    static const int families[] = { AF_INET, AF_INET6 };
    fill_content();
    for (int i = 0; i < 2; i++) {
        if (!data_pair_open(&p, families[i], NULL) || !data_pair_listen(&p))
            return;
        int file = data_pair_file(content, SIZE), fd = data_pair_connect(&p, 1);
        data_pair_serve(&p, send_all, &file);
        CHECK_EQ_INT(data_pair_read(fd, got, sizeof got), SIZE);
        CHECK(memcmp(got, content, SIZE) == 0);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, 0);
        CHECK_EQ_UINT(moved, SIZE);
        close(fd);
        close(file);
        data_pair_close(&p);
    }
}

/* Small ones, of which there is nothing at all, and just too few octets. */
static int send_some(struct data *d, void *arg)
{
    moved = 0;
    int error = data_accept(d);
    for (uint64_t i = 0; !error && i < 3; i++)
        error = data_send_file(d, *(int *)arg, (off_t)i, i * 5000, &moved);
    CHECK_EQ_UINT(moved, 15000);
    CHECK_EQ_INT(data_send_file(d, *(int *)arg, SIZE - 5, 6, &moved), -EIO);
    CHECK_EQ_UINT(moved, 15000);
    return error ? error : data_finish(d);
}

TEST(data_sends_small_files)
{
    fill_content();
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int file = data_pair_file(content, SIZE), fd = data_pair_connect(&p, 1);
    data_pair_serve(&p, send_some, &file);
    CHECK_EQ_INT(data_pair_read(fd, got, sizeof got), 15000);
    CHECK(memcmp(got, content + 1, 5000) == 0);
    CHECK(memcmp(got + 5000, content + 2, 10000) == 0);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    close(fd);
    close(file);
    data_pair_close(&p);
}

static void say_all(int fd, const char *octets, size_t size)
{
    for (int idle = 0; size > 0 && idle < 20000;) {
        ssize_t n = send(fd, octets, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            octets += n;
            size -= (size_t)n;
        } else if (++idle > 20) {
            usleep(100);
        }
        pair_turns(1);
    }
    CHECK_EQ_UINT(size, 0);
}

TEST(data_receives_a_file)
{
    fill_content();
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int file = data_pair_file("", 0), fd = data_pair_connect(&p, 1);
    data_pair_serve(&p, receive_all, &file);
    say_all(fd, content, SIZE);
    close(fd);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    CHECK_EQ_UINT(moved, SIZE);
    CHECK_EQ_INT(pread(file, got, sizeof got, 0), SIZE);
    CHECK(memcmp(got, content, SIZE) == 0);
    close(file);
    data_pair_close(&p);
}

/* In credits, at an offset, and behind what was looked at already. */
static int receive_in_pieces(struct data *d, void *arg)
{
    int file = *(int *)arg;
    int error = data_accept(d);
    moved = 0;
    if (!error)
        error = data_fill(d);
    while (!error && !data_is_ended(d)) {
        uint64_t before = moved;
        error = data_receive_file(d, file, (off_t)(1 + moved), 7, &moved);
        CHECK(moved - before <= 7);
    }
    return error ? error : data_finish(d);
}

TEST(data_receives_no_more_than_is_granted)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int file = data_pair_file("<", 1), fd = data_pair_connect(&p, 1);
    data_pair_serve(&p, receive_in_pieces, &file);
    say_all(fd, "0123456789012345678901234567890123456789", 40);
    close(fd);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    CHECK_EQ_INT(pread(file, got, 100, 0), 41);
    CHECK_SPAN(span_at(got, 41), "<0123456789012345678901234567890123456789");
    close(file);
    data_pair_close(&p);
}

/* A file that has become shorter: the client must not take it for whole. */
TEST(data_of_a_short_file_is_cut)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int file = data_pair_file("short", 5), fd = data_pair_connect(&p, 1);
    data_pair_serve(&p, send_all, &file);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, -EIO);
    data_close(&p.data);
    CHECK_EQ_INT(data_pair_read(fd, got, sizeof got), -1);
    close(fd);
    close(file);
    data_pair_close(&p);
}

TEST(data_sends_a_listing)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int fd = data_pair_connect(&p, 1);
    data_pair_serve(&p, send_listing, NULL);
    CHECK_EQ_INT(data_pair_read(fd, got, sizeof got), 800);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    close(fd);
    data_pair_close(&p);
}

static int send_much(struct data *d, void *arg)
{
    (void)arg;
    int error = data_accept(d);
    for (int i = 0; !error && i < 10; i++)
        error = data_put(d, span_at(content, 100000));
    return error ? error : data_finish(d);
}

/* It is finished when the client has it, not before. */
TEST(data_is_finished_when_it_is_taken)
{
    fill_content();
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int fd = data_pair_connect(&p, 1);
    data_pair_serve(&p, send_much, NULL);
    for (int i = 0; i < 200; i++)
        data_pair_turn(i);
    CHECK(!p.over);
    CHECK_EQ_INT(data_pair_read(fd, got, sizeof got), 1000000);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    close(fd);
    data_pair_close(&p);
}

/* An active one is there at once. */
TEST(data_over_a_connection_that_dialer_made)
{
    int ends[2];
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_sockets(AF_INET, 1, ends))
        return;
    p.data = data_open(p.control, ends[1], &data_pair_settings);
    data_pair_serve(&p, send_listing, NULL);
    CHECK_EQ_INT(data_pair_read(ends[0], got, sizeof got), 800);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    close(ends[0]);
    data_pair_close(&p);
}

/* ---- F02: who comes */

static bool is_cut(int fd)
{
    char c;
    for (int i = 0; i < 1000; i++) {
        pair_turns(1);
        ssize_t n = recv(fd, &c, 1, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return true;
        if (i > 20)
            usleep(100);
    }
    return false;
}

/* F02: another host connects first, and gets nothing; the client comes after it. */
TEST(data_F02_is_not_for_another_host)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int thief = data_pair_connect(&p, 2);
    pair_turns(3);
    CHECK(is_cut(thief));
    data_pair_serve(&p, send_listing, NULL);
    CHECK(!p.over);
    int fd = data_pair_connect(&p, 1);
    CHECK_EQ_INT(data_pair_read(fd, got, sizeof got), 800);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    close(thief);
    close(fd);
    data_pair_close(&p);
}

/* F02: the same host's second connection finds nobody, before RETR and after. */
TEST(data_F02_only_the_first_connection_counts)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int first = data_pair_connect(&p, 1), second = data_pair_connect(&p, 1);
    CHECK(is_cut(second));
    int third = data_pair_connect(&p, 1);
    CHECK(is_cut(third));
    data_pair_serve(&p, send_listing, NULL);
    CHECK_EQ_INT(data_pair_read(first, got, sizeof got), 800);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, 0);
    close(first);
    close(second);
    close(third);
    data_pair_close(&p);
}

TEST(data_F02_many_strangers_end_it)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    data_pair_serve(&p, accept_only, NULL);
    for (unsigned i = 0; i < DATA_STRANGERS_MAX; i++) {
        int fd = data_pair_connect(&p, 2);
        CHECK(is_cut(fd));
        close(fd);
    }
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, -EPERM);
    data_pair_close(&p);
}

/* F14: nobody comes. */
TEST(data_F14_that_nobody_opens_ends)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    data_pair_serve(&p, accept_only, NULL);
    pair_pass(DATA_ACCEPT_SECONDS * CLOCK_SECOND - CLOCK_MS);
    CHECK(!p.over);
    pair_pass(2 * CLOCK_MS);
    CHECK(p.over);
    CHECK_EQ_INT(p.result, -ETIMEDOUT);
    int fd = data_pair_connect(&p, 1); /* the port is closed */
    CHECK(is_cut(fd));
    close(fd);
    data_pair_close(&p);
}

/* F14: somebody comes and takes nothing. */
TEST(data_F14_that_does_not_move_ends)
{
    fill_content();
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    int file = data_pair_file(content, SIZE), fd = data_pair_connect(&p, 1);
    data_pair_serve(&p, send_all, &file);
    for (int i = 0; i < 200; i++) {
        pair_turns(1);
        usleep(100);
    }
    CHECK(!p.over && moved > 0);
    pair_pass(DATA_SECONDS * CLOCK_SECOND + CLOCK_MS);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, -ETIMEDOUT);
    close(fd);
    close(file);
    data_pair_close(&p);
}

/* ---- ABOR */

TEST(data_is_cancelled_while_it_waits_for_the_client)
{
    if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
        return;
    data_pair_serve(&p, accept_only, NULL);
    CHECK(!p.over);
    data_cancel(p.data);
    CHECK(data_pair_await(&p));
    CHECK_EQ_INT(p.result, -ECANCELED);
    CHECK_EQ_INT(data_put(p.data, SPAN("x")), -ECANCELED);
    data_pair_close(&p);
}

TEST(data_is_cancelled_in_the_middle)
{
    fill_content();
    for (int receiving = 0; receiving < 2; receiving++) {
        if (!data_pair_open(&p, AF_INET, NULL) || !data_pair_listen(&p))
            return;
        int file = data_pair_file(content, SIZE), fd = data_pair_connect(&p, 1);
        data_pair_serve(&p, receiving ? receive_all : send_all, &file);
        for (int i = 0; i < 50; i++) {
            pair_turns(1);
            usleep(100);
        }
        CHECK(!p.over);
        data_cancel(p.data);
        CHECK(data_pair_await(&p));
        CHECK_EQ_INT(p.result, -ECANCELED);
        data_close(&p.data);
        CHECK_EQ_INT(data_pair_read(fd, got, sizeof got), -1);
        close(fd);
        close(file);
        data_pair_close(&p);
    }
}
