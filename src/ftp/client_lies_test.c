/* ATTACKS F15: files and replies that are not what they were said to be. */
#include "base/clock.h"
#include "base/fiber.h"
#include "ftp/scripted_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void play(void (*serve)(struct scripted *),
                 void (*use)(struct scripted *, struct ftp_client *))
{
    scripted_play(&(struct scripted){ .serve = serve, .use = use });
}

static int get(struct ftp_client *c, const char *path, int64_t size, uint64_t *octets_r)
{
    int fd = memfd_create("ftp", MFD_CLOEXEC);
    struct ftp_transfer t = { .path = path, .fd = fd, .size = size };
    int error = ftp_get(c, &t);
    if (octets_r)
        *octets_r = t.octets_r;
    close(fd);
    return error;
}

static void log_in_for_files(struct scripted *s, const char *features)
{
    scripted_log_in(s, features);
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
}

/* ---- sizes that are none */

static void serve_sizes(struct scripted *s)
{
    static char octets[200000];
    log_in_for_files(s, " EPSV\r\n");
    if (s->connections == 1) {
        scripted_send(s, "RETR fewer\n", SPAN("12345"));
        scripted_send(s, "RETR more\n", span_at(octets, sizeof(octets)));
        return;
    }
    scripted_passive(s);
    scripted_hear(s, "RETR endless\n");
    scripted_say(s, "150 here");
    scripted_accept(s);
    while (!s->over && s->data &&
           data_put(s->data, span_at(octets, sizeof(octets))) == 0)
        ;
}

static void use_sizes(struct scripted *s, struct ftp_client *c)
{
    uint64_t octets;
    (void)s;
    CHECK_EQ_INT(get(c, "fewer", 100, &octets), -EPROTO);
    CHECK_EQ_UINT(octets, 5);
    CHECK_EQ_INT(get(c, "more", 100000, &octets), -EPROTO);
    CHECK(octets <= 100000 + (64 << 10));
    CHECK_EQ_INT(get(c, "endless", 1000000, &octets), -EPROTO);
    CHECK(octets <= 1000000 + (64 << 10));
}

TEST(ftp_client_is_told_sizes_that_are_none_f15)
{
    play(serve_sizes, use_sizes);
}

/* ---- a transfer that fails midway */

static void serve_midway(struct scripted *s)
{
    log_in_for_files(s, " EPSV\r\n");
    for (int i = 0; i < 2; i++) {
        scripted_passive(s);
        scripted_hear(s, "RETR a\n");
        scripted_say(s, "150 here");
        scripted_accept(s);
        scripted_put(s, SPAN("part"));
        scripted_end_data(s);
        scripted_say(s, i == 0 ? "550 no more" : "426 cut");
    }
}

static void use_midway(struct scripted *s, struct ftp_client *c)
{
    uint64_t octets;
    (void)s;
    CHECK_EQ_INT(get(c, "a", FTP_SIZE_UNKNOWN, &octets), -ENOENT);
    CHECK_EQ_UINT(octets, 4);
    CHECK_EQ_INT(get(c, "a", FTP_SIZE_UNKNOWN, &octets), -EAGAIN);
}

TEST(ftp_client_is_refused_midway_f15)
{
    scripted_play(&(struct scripted){
        .serve = serve_midway, .use = use_midway, .options = { .tries = 1 } });
}

/* ---- curl's CVE-2017-1000254 */

static void serve_quotes(struct scripted *s)
{
    scripted_log_in(s, "");
    scripted_hear(s, "PWD\n");
    scripted_say(s, "257 \"/never ends");
    scripted_hear(s, "PWD\n");
    scripted_say(s, "257 \"/a\rb\" is it");
    scripted_hear(s, "DELE x\n");
    scripted_say(s, "250 gone");
}

static void use_quotes(struct scripted *s, struct ftp_client *c)
{
    const char *path;
    (void)s;
    CHECK_EQ_INT(ftp_directory(c, &path), -EPROTO);
    ftp_directory(c, &path);
    CHECK(!path || !strchr(path, '\r'));
    CHECK_EQ_INT(ftp_remove(c, "x"), 0);
}

TEST(ftp_client_reads_quotes_that_do_not_end_f15)
{
    play(serve_quotes, use_quotes);
}

/* ---- no FTP at all */

static void serve_http(struct scripted *s)
{
    wire_put(s->wire, SPAN("HTTP/1.1 400 Bad Request\r\n\r\n"));
}

static void use_http(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_login(c), -EPROTO);
    CHECK(strstr(ftp_error(c), "does not speak FTP") != NULL);
}

TEST(ftp_client_meets_another_protocol_f15)
{
    play(serve_http, use_http);
}

/* ---- and who has had enough */

static void cancel_soon(void *arg)
{
    fiber_sleep(50 * CLOCK_MS);
    ftp_cancel(arg);
}

static void serve_stalled(struct scripted *s)
{
    struct line line;
    if (s->connections == 1) {
        log_in_for_files(s, " EPSV\r\n");
        scripted_passive(s);
        scripted_hear(s, "RETR a\n");
        scripted_say(s, "150 here");
        scripted_accept(s);
        scripted_put(s, SPAN("part"));
        wire_flush(s->wire);
        wire_line(s->wire, &line); /* and nothing more */
        return;
    }
    scripted_log_in(s, "");
    scripted_hear(s, "DELE x\n");
    scripted_say(s, "250 gone");
}

static void use_stalled(struct scripted *s, struct ftp_client *c)
{
    uint64_t began = clock_now();
    CHECK_EQ_INT(fiber_go(cancel_soon, c), 0);
    CHECK_EQ_INT(get(c, "a", FTP_SIZE_UNKNOWN, NULL), -ECANCELED);
    CHECK_STR(ftp_error(c), "Interrupted.");
    CHECK(clock_now() - began < 2 * CLOCK_SECOND);
    CHECK_EQ_INT(ftp_remove(c, "x"), 0);
    CHECK_EQ_UINT(s->connections, 2);
}

TEST(ftp_client_can_be_interrupted)
{
    play(serve_stalled, use_stalled);
}
