/* The client and TLS: whom it trusts, and what it never says to others.  RFC 4217. */
#include "base/fiber.h"
#include "ftp/client_inside.h"
#include "ftp/scripted_test.h"
#include "test/tls.h"
#include "test/unit.h"
#include "wire/tls_client.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static char pins[64];
static bool trusts;
static unsigned asked;
static bool asked_changed;

static bool judge(void *arg, const struct ftp_certificate *f)
{
    (void)arg;
    asked++;
    asked_changed = f->changed;
    CHECK_STR(f->why, "it is signed by itself");
    CHECK(strncmp(f->fingerprint, "SHA256:", 7) == 0);
    return trusts;
}

static void play(struct scripted *s, const char *hostname)
{
    s->tls = test_tls_open(hostname);
    s->options.on_certificate = judge;
    if (s->options.tls == FTP_TLS_TRY)
        s->options.tls = FTP_TLS_MUST;
    asked = 0;
    scripted_play(s);
    tls_close(&s->tls);
}

/* ---- files */

static void serve_files(struct scripted *s)
{
    scripted_log_in(s, " EPSV\r\n");
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
    scripted_send(s, "RETR a\n", SPAN("octets"));
    scripted_send(s, "RETR a\n", SPAN("octets"));
    scripted_passive(s);
    scripted_hear(s, "STOR b\n");
    scripted_say(s, "150 go on");
    scripted_accept(s);
    scripted_take(s);
    scripted_say(s, "226 done");
    CHECK_EQ_UINT(s->got.len, 300000);
}

static void use_files(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    FILE *f = tmpfile();
    unsigned resumed = 0, all = 0;
    for (int i = 0; i < 2; i++) {
        struct ftp_transfer t = { .path = "a", .fd = fileno(f), .size = 6 };
        CHECK_EQ_INT(ftp_get(c, &t), 0);
        CHECK_EQ_UINT(t.octets_r, 6);
    }
    CHECK(ftruncate(fileno(f), 300000) == 0);
    struct ftp_transfer t = { .path = "b", .fd = fileno(f), .size = FTP_SIZE_UNKNOWN };
    CHECK_EQ_INT(ftp_put(c, &t), 0);
    CHECK_STR(ftp_error(c), "");
    CHECK(ftp_tls_name(c) && strncmp(ftp_tls_name(c), "TLS1.3", 6) == 0);
    tls_client_count(c->tls, &resumed, &all);
    CHECK_EQ_UINT(all, 3);
    CHECK_EQ_UINT(resumed, 3); /* RFC 4217 §10: the server demands it */
    fclose(f);
}

TEST(ftp_client_resumes_tls_for_each_data_connection)
{
    trusts = true;
    play(&(struct scripted){ .serve = serve_files, .use = use_files }, "hamburger.edu");
    CHECK_EQ_UINT(asked, 1);
}

/* ---- certificates */

static void serve_login(struct scripted *s)
{
    scripted_log_in(s, "");
}

/* Whoever is not trusted hears neither name nor password. */
static void serve_untrusted(struct scripted *s)
{
    struct line line;
    scripted_say(s, "220 scripted");
    if (scripted_start_tls(s))
        CHECK(!wire_line(s->wire, &line));
}

static void use_login(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_login(c), trusts ? 0 : -EKEYREJECTED);
    CHECK_EQ_INT(ftp_error(c)[0] == '\0', trusts);
}

static void log_in(bool is_trusted, void (*serve)(struct scripted *), const char *host)
{
    trusts = is_trusted;
    play(&(struct scripted){ .serve = serve,
                             .use = use_login,
                             .options = { .pins_file = pins } },
         host);
}

static void use_pinned(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_login(c), 0);
    CHECK_STR(ftp_error(c), "");
}

TEST(ftp_client_says_nothing_to_an_untrusted_server)
{
    pins[0] = '\0';
    log_in(false, serve_untrusted, "hamburger.edu");
    CHECK_EQ_UINT(asked, 1);
}

TEST(ftp_client_pins_what_a_person_accepts)
{
    struct scripted s = { .serve = serve_login, .use = use_pinned };
    snprintf(pins, sizeof(pins), "/tmp/packetboat-pins.%d", (int)getpid());
    s.options.pins_file = pins;
    s.tls = test_tls_open("hamburger.edu");
    s.options.on_certificate = judge;
    s.options.tls = FTP_TLS_MUST;
    trusts = true;
    asked = 0;
    scripted_play(&s);
    CHECK_EQ_UINT(asked, 1);
    /* the port is the scripted server's own: another each time */
    FILE *f = fopen(pins, "r");
    char line[256] = "";
    CHECK(f && fgets(line, sizeof(line), f));
    if (f)
        fclose(f);
    CHECK(strncmp(line, "127.0.0.1:", 10) == 0 && strstr(line, " SHA256:"));
    tls_close(&s.tls);
    unlink(pins);
}

/* ---- who would have it in plaintext */

static void serve_without(struct scripted *s)
{
    struct line line;
    scripted_say(s, "220 scripted");
    scripted_hear(s, "AUTH TLS\n");
    scripted_say(s, "500 what?");
    CHECK(!wire_line(s->wire, &line));
}

static void use_without(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_login(c), -EKEYREJECTED);
    CHECK_STR(ftp_error(c), "The server has no TLS, which must be: what? (500)");
}

TEST(ftp_client_logs_in_by_tls_or_not_at_all)
{
    scripted_play(&(struct scripted){ .serve = serve_without,
                                      .use = use_without,
                                      .options = { .tls = FTP_TLS_MUST } });
}

/* A reply that somebody put behind 234 in plaintext must not count under TLS. */
static void serve_injected(struct scripted *s)
{
    struct line line;
    scripted_say(s, "220 scripted");
    scripted_hear(s, "AUTH TLS\n");
    scripted_say(s, "234 go");
    scripted_say(s, "230 you are in");
    CHECK(!wire_line(s->wire, &line));
}

static void use_injected(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_login(c), -EPROTO);
}

TEST(ftp_client_takes_no_reply_from_before_tls)
{
    scripted_play(&(struct scripted){ .serve = serve_injected,
                                      .use = use_injected,
                                      .options = { .tls = FTP_TLS_MUST } });
}
