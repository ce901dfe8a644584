/* The client against a scripted server: what it says, in which order, and what it makes
 * of the answers. */
#include "base/fiber.h"
#include "ftp/scripted_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct ftp_transfer transfer_of(const char *path, int fd)
{
    return (struct ftp_transfer){ .path = path, .fd = fd, .size = FTP_SIZE_UNKNOWN };
}

static int memory_file(struct span octets)
{
    int fd = memfd_create("ftp", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, octets.at, octets.len) == (ssize_t)octets.len);
    return fd;
}

static void check_file(int fd, struct span wanted)
{
    char octets[4096];
    ssize_t n = pread(fd, octets, sizeof(octets), 0);
    unit_equal_span(span_at(octets, n > 0 ? (size_t)n : 0), wanted, __FILE__, __LINE__,
                    "the file");
}

/* ---- login */

static void serve_login(struct scripted *s)
{
    scripted_log_in(s, " UTF8\r\n");
    scripted_hear(s, "PWD\n");
    scripted_say(s, "257 \"/home/\"\"bob\"\"\" is it");
    scripted_hear(s, "QUIT\n");
}

static void use_login(struct scripted *s, struct ftp_client *c)
{
    const char *path;
    (void)s;
    CHECK_EQ_INT(ftp_login(c), 0);
    CHECK_STR(ftp_error(c), "");
    CHECK_SPAN(ftp_greeting(c), "scripted");
    CHECK(ftp_tls_name(c) == NULL);
    CHECK_EQ_INT(ftp_directory(c, &path), 0);
    CHECK(path && strcmp(path, "/home/\"bob\"") == 0);
}

TEST(ftp_client_logs_in)
{
    scripted_play(&(struct scripted){ .serve = serve_login, .use = use_login });
}

static void serve_refusal(struct scripted *s)
{
    scripted_say(s, "220 scripted");
    scripted_hear(s, "USER bob\n");
    scripted_say(s, "331 password");
    scripted_hear(s, "PASS ketchup\n");
    scripted_say(s, "530-Wrong.");
    scripted_say(s, "530 \x1b[31mGo away.");
}

static void use_refusal(struct scripted *s, struct ftp_client *c)
{
    CHECK_EQ_INT(ftp_login(c), -EACCES);
    CHECK_STR(ftp_error(c), "The server refuses to log in bob: Wrong. (530)");
    CHECK_EQ_UINT(s->connections, 1);
}

TEST(ftp_client_is_refused)
{
    scripted_play(&(struct scripted){ .serve = serve_refusal, .use = use_refusal });
}

static void serve_password(struct scripted *s)
{
    scripted_say(s, "220 scripted");
    wire_cancel(s->wire);
}

static void use_line_end(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_remove(c, "a\r\nDELE b"), -EINVAL);
    CHECK_EQ_INT(ftp_rename(c, "a", "b\nQUIT"), -EINVAL);
}

TEST(ftp_client_says_one_command_at_a_time)
{
    scripted_play(&(struct scripted){ .serve = serve_password, .use = use_line_end });
}

/* ---- lists */

static int count_entry(void *arg, const struct ftp_entry *e)
{
    char *names = arg;
    size_t n = strlen(names);
    snprintf(names + n, 256 - n, "%.*s%s ", SPAN_ARG(e->name),
             e->type == FTP_DIRECTORY ? "/" : "");
    return 0;
}

static void serve_lists(struct scripted *s)
{
    scripted_log_in(s, NULL);
    scripted_hear(s, "TYPE A\n");
    scripted_say(s, "200 A");
    scripted_passive(s);
    scripted_hear(s, "MLSD dir\n");
    scripted_say(s, "502 no");
    /* no line end behind the last */
    scripted_send(s, "LIST dir\n",
                  SPAN("total 2\r\ndrwxr-xr-x 1 b b 0 Nov 21 2025 sub\r\n"
                       "-rw-r--r-- 1 b b 7 Nov 21 2025 a b\n"
                       "-rw-r--r-- 1 b b 7 Nov 21 2025 last"));
    scripted_send(s, "LIST ./-a\n", SPAN(""));
}

static void use_lists(struct scripted *s, struct ftp_client *c)
{
    char names[256] = "";
    unsigned strange;
    (void)s;
    CHECK_EQ_INT(ftp_list(c, "dir", count_entry, names, &strange), 0);
    CHECK_STR(names, "sub/ a b last ");
    CHECK_EQ_UINT(strange, 0);
    CHECK_EQ_INT(ftp_list(c, "-a", count_entry, names, NULL), 0);
}

TEST(ftp_client_lists_where_mlsd_is_unknown)
{
    scripted_play(&(struct scripted){ .serve = serve_lists, .use = use_lists });
}

/* ---- files */

static void serve_files(struct scripted *s)
{
    scripted_log_in(s, " REST STREAM\r\n EPSV\r\n");
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
    scripted_send(s, "RETR a\n", SPAN("octets\r\n"));
    scripted_passive(s);
    scripted_hear(s, "STOR b\n");
    scripted_say(s, "150 go on");
    scripted_accept(s);
    scripted_take(s);
    scripted_say(s, "226 done");
    CHECK_SPAN(buf_span(&s->got), "octets\r\n");
    scripted_passive(s);
    scripted_hear(s, "RETR none\n");
    scripted_say(s, "550 No such file");
}

static void use_files(struct scripted *s, struct ftp_client *c)
{
    int fd = memory_file(SPAN(""));
    struct ftp_transfer t = transfer_of("a", fd);
    (void)s;
    CHECK_EQ_INT(ftp_get(c, &t), 0);
    CHECK_EQ_UINT(t.octets_r, 8);
    check_file(fd, SPAN("octets\r\n"));
    t = transfer_of("b", fd);
    CHECK_EQ_INT(ftp_put(c, &t), 0);
    CHECK_EQ_UINT(t.octets_r, 8);
    t = transfer_of("none", fd);
    CHECK_EQ_INT(ftp_get(c, &t), -ENOENT);
    CHECK_STR(ftp_error(c), "RETR none: No such file (550)");
    close(fd);
}

TEST(ftp_client_gets_and_puts)
{
    scripted_play(&(struct scripted){ .serve = serve_files, .use = use_files });
}

/* ---- a connection that is lost */

static void serve_in_halves(struct scripted *s)
{
    scripted_log_in(s, " REST STREAM\r\n EPSV\r\n");
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
    scripted_passive(s);
    if (s->connections == 2) {
        scripted_hear(s, "REST 5\n");
        scripted_say(s, "350 go on");
    }
    scripted_hear(s, "RETR a\n");
    scripted_say(s, "150 here");
    scripted_accept(s);
    if (s->connections == 1) {
        scripted_put(s, SPAN("first"));
        scripted_end_data(s);
        return; /* without a word */
    }
    scripted_put(s, SPAN("second"));
    scripted_end_data(s);
    scripted_say(s, "226 done");
}

static void use_in_halves(struct scripted *s, struct ftp_client *c)
{
    int fd = memory_file(SPAN(""));
    struct ftp_transfer t = transfer_of("a", fd);
    CHECK_EQ_INT(ftp_get(c, &t), 0);
    CHECK_EQ_UINT(s->connections, 2);
    check_file(fd, SPAN("firstsecond"));
    close(fd);
}

TEST(ftp_client_goes_on_where_it_stopped)
{
    scripted_play(&(struct scripted){ .serve = serve_in_halves, .use = use_in_halves });
}

static void serve_cut(struct scripted *s)
{
    scripted_log_in(s, " REST STREAM\r\n EPSV\r\n");
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
    scripted_passive(s);
    scripted_hear(s, "RETR a\n");
    scripted_say(s, "150 here");
    scripted_accept(s);
    scripted_put(s, SPAN("first"));
    scripted_end_data(s);
    scripted_say(s, "426 cut");
    scripted_passive(s);
    scripted_hear(s, "REST 5\n");
    scripted_say(s, "350 go on");
    scripted_hear(s, "RETR a\n");
    scripted_say(s, "150 here");
    scripted_accept(s);
    scripted_put(s, SPAN("second"));
    scripted_end_data(s);
    scripted_say(s, "226 done");
}

static void use_cut(struct scripted *s, struct ftp_client *c)
{
    int fd = memory_file(SPAN(""));
    struct ftp_transfer t = transfer_of("a", fd);
    CHECK_EQ_INT(ftp_get(c, &t), 0);
    CHECK_EQ_UINT(s->connections, 1);
    check_file(fd, SPAN("firstsecond"));
    close(fd);
}

TEST(ftp_client_goes_on_after_426)
{
    scripted_play(&(struct scripted){ .serve = serve_cut, .use = use_cut });
}

static void serve_goodbye(struct scripted *s)
{
    scripted_log_in(s, "");
    if (s->connections == 1) {
        scripted_hear(s, "CWD sub\n");
        scripted_say(s, "250 in");
        scripted_hear(s, "PWD\n");
        scripted_say(s, "257 \"/sub\"");
        scripted_say(s, "421 idle for too long");
        return;
    }
    scripted_hear(s, "CWD /sub\n");
    scripted_say(s, "250 in");
    scripted_hear(s, "DELE x\n");
    scripted_say(s, "250 gone");
}

static void use_goodbye(struct scripted *s, struct ftp_client *c)
{
    CHECK_EQ_INT(ftp_change(c, "sub"), 0);
    while (s->wire) /* until it has hung up */
        fiber_sleep(1000000);
    CHECK_EQ_INT(ftp_remove(c, "x"), 0);
    CHECK_EQ_UINT(s->connections, 2);
}

TEST(ftp_client_comes_back_after_421)
{
    scripted_play(&(struct scripted){ .serve = serve_goodbye, .use = use_goodbye });
}

/* ---- facts without MLST */

static void serve_facts(struct scripted *s)
{
    scripted_log_in(s, " SIZE\r\n MDTM\r\n");
    scripted_hear(s, "SIZE file\n");
    scripted_say(s, "213 12");
    scripted_hear(s, "MDTM file\n");
    scripted_say(s, "213 20200913122640");
    scripted_hear(s, "SIZE pub\n");
    scripted_say(s, "550 not a plain file");
    scripted_hear(s, "PWD\n");
    scripted_say(s, "257 \"/home\"");
    scripted_hear(s, "CWD pub\n");
    scripted_say(s, "250 there");
    scripted_hear(s, "CWD /home\n");
    scripted_say(s, "250 back");
    scripted_hear(s, "SIZE nothing\n");
    scripted_say(s, "550 not a plain file");
    scripted_hear(s, "CWD nothing\n");
    scripted_say(s, "550 no such directory");
    scripted_hear(s, "QUIT\n");
}

static void use_facts(struct scripted *s, struct ftp_client *c)
{
    struct ftp_entry e;
    (void)s;
    CHECK_EQ_INT(ftp_stat(c, "file", &e), 0);
    CHECK(e.type == FTP_FILE && e.has_size && e.size == 12);
    CHECK_EQ_INT(e.time, 1600000000);
    CHECK_EQ_INT(ftp_stat(c, "pub", &e), 0);
    CHECK(e.type == FTP_DIRECTORY && !e.has_size);
    CHECK_STR(ftp_error(c), "");
    CHECK_EQ_INT(ftp_stat(c, "nothing", &e), -ENOENT);
}

TEST(ftp_client_finds_facts_without_mlst)
{
    scripted_play(&(struct scripted){ .serve = serve_facts, .use = use_facts });
}
