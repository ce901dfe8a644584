/* ATTACKS F15: servers that mean harm, or do not know what they do. */
#include "base/clock.h"
#include "base/fiber.h"
#include "ftp/scripted_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

/* ---- 227 and 229: curl's CVE-2020-8284 */

static void serve_elsewhere(struct scripted *s)
{
    log_in_for_files(s, " REST STREAM\r\n");
    s->lies = true;
    scripted_send(s, "RETR a\n", SPAN("octets"));
}

static void use_elsewhere(struct scripted *s, struct ftp_client *c)
{
    uint64_t octets;
    (void)s;
    CHECK_EQ_INT(get(c, "a", 6, &octets), 0);
    CHECK_EQ_UINT(octets, 6);
}

TEST(ftp_client_goes_to_its_server_alone_f15)
{
    play(serve_elsewhere, use_elsewhere);
}

static const char *const bad_passives[] = {
    "227 (127,0,0,1,0,0)",
    "227 (127,0,0,1,256,1)",
    "227 (127,0,0,1,1)",
    "227 nowhere",
    "200 ok",
    "227 (1,2,3,4,99999999999999999999,1)",
    "229 (|||6446|)",
};
enum { BAD_PASSIVES = sizeof(bad_passives) / sizeof(bad_passives[0]) };

static void serve_bad_passives(struct scripted *s)
{
    log_in_for_files(s, " REST STREAM\r\n");
    for (size_t i = 0; i < BAD_PASSIVES; i++) {
        scripted_hear(s, "PASV\n");
        scripted_say(s, "%s", bad_passives[i]);
    }
}

static void use_bad_passives(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    for (size_t i = 0; i < BAD_PASSIVES; i++)
        CHECK_EQ_INT(get(c, "a", FTP_SIZE_UNKNOWN, NULL), -EPROTO);
}

TEST(ftp_client_reads_no_port_that_is_none_f15)
{
    play(serve_bad_passives, use_bad_passives);
}

/* ---- talking without end */

static void serve_greeting(struct scripted *s)
{
    char line[1025];
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    scripted_say(s, "220-Welcome");
    for (int i = 0; i < 1 << 20 && !s->over && !wire_error(s->wire); i++) {
        scripted_say(s, "%s", line);
        if (!wire_flush(s->wire))
            return;
    }
}

static void use_greeting(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_login(c), -EPROTO);
    CHECK(strstr(ftp_error(c), "answers without end") != NULL);
}

TEST(ftp_client_hears_a_greeting_of_a_gigabyte_f15)
{
    play(serve_greeting, use_greeting);
}

static void serve_long_line(struct scripted *s)
{
    char octets[4096];
    memset(octets, 'x', sizeof(octets));
    wire_put(s->wire, SPAN("220 "));
    for (int i = 0; i < 1 << 18 && !s->over && !wire_error(s->wire); i++) {
        wire_put(s->wire, span_at(octets, sizeof(octets)));
        if (!wire_flush(s->wire))
            return;
    }
}

static void use_long_line(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_login(c), -EPROTO);
}

TEST(ftp_client_hears_a_line_without_end_f15)
{
    play(serve_long_line, use_long_line);
}

static void serve_preliminaries(struct scripted *s)
{
    scripted_log_in(s, "");
    scripted_hear(s, "DELE a\n");
    for (int i = 0; i < 10000 && !s->over && !wire_error(s->wire); i++)
        scripted_say(s, "120 soon");
}

static void use_preliminaries(struct scripted *s, struct ftp_client *c)
{
    (void)s;
    CHECK_EQ_INT(ftp_remove(c, "a"), -EPROTO);
}

TEST(ftp_client_is_put_off_for_ever_f15)
{
    play(serve_preliminaries, use_preliminaries);
}

static void serve_silence(struct scripted *s)
{
    struct line line;
    scripted_say(s, "220 scripted");
    while (wire_line(s->wire, &line))
        ;
}

static void use_silence(struct scripted *s, struct ftp_client *c)
{
    uint64_t began = clock_now();
    (void)s;
    CHECK_EQ_INT(ftp_login(c), -ETIMEDOUT);
    CHECK(clock_now() - began < 4 * CLOCK_SECOND);
}

TEST(ftp_client_waits_for_nobody_for_ever_f15)
{
    scripted_play(&(struct scripted){ .serve = serve_silence,
                                      .use = use_silence,
                                      .options = { .reply_seconds = 1 } });
}

/* ---- names: wget's CVE-2014-4877, lftp's CVE-2018-10916 */

static int collect(void *arg, const struct ftp_entry *e)
{
    struct buf *names = arg;
    return buf_printf(names, "%d:%.*s ", e->type, SPAN_ARG(e->name));
}

static void serve_names(struct scripted *s)
{
    scripted_log_in(s, " MLST\r\n EPSV\r\n");
    scripted_hear(s, "TYPE A\n");
    scripted_say(s, "200 A");
    scripted_send(s, "MLSD\n",
                  SPAN("type=file; good\r\n"
                       "type=file; ../../.bashrc\r\n"
                       "type=file; /etc/passwd\r\n"
                       "type=dir; a/../../b\r\n"
                       "type=dir; ..\r\n"
                       "type=cdir; evil\r\n"
                       "type=pdir; worse\r\n"
                       "type=file; \x1b[2Jcleared\r\n"
                       "type=file; nul\0byte\r\n"
                       "type=OS.unix=slink:/etc/shadow; link\r\n"
                       "type=file\r\n"
                       "garbage\r\n"));
}

static void use_names(struct scripted *s, struct ftp_client *c)
{
    struct buf names = { .max = 4096 };
    unsigned strange = 0;
    (void)s;
    CHECK_EQ_INT(ftp_list(c, NULL, collect, &names, &strange), 0);
    CHECK_SPAN(buf_span(&names), "0:good 2:link ");
    CHECK_EQ_UINT(strange, 7);
    buf_free(&names);
}

TEST(ftp_client_takes_names_that_lead_nowhere_f15)
{
    play(serve_names, use_names);
}

static void serve_long_entries(struct scripted *s)
{
    static char octets[300000];
    memset(octets, 'x', sizeof(octets));
    memcpy(octets, "type=file; ", 11);
    scripted_log_in(s, " MLST\r\n EPSV\r\n");
    scripted_hear(s, "TYPE A\n");
    scripted_say(s, "200 A");
    scripted_passive(s);
    scripted_hear(s, "MLSD\n");
    scripted_say(s, "150 here");
    scripted_accept(s);
    scripted_put(s, span_at(octets, sizeof(octets)));
    scripted_put(s, SPAN("\r\ntype=file; short\r\n"));
    scripted_put(s, span_at(octets, sizeof(octets)));
    scripted_end_data(s);
    scripted_say(s, "226 done");
}

static void use_long_entries(struct scripted *s, struct ftp_client *c)
{
    struct buf names = { .max = 4096 };
    unsigned strange = 0;
    (void)s;
    CHECK_EQ_INT(ftp_list(c, NULL, collect, &names, &strange), 0);
    CHECK_SPAN(buf_span(&names), "0:short ");
    CHECK_EQ_UINT(strange, 2);
    buf_free(&names);
}

TEST(ftp_client_reads_entries_of_any_length_f15)
{
    play(serve_long_entries, use_long_entries);
}

TEST(ftp_local_files_stay_in_their_directory_f15)
{
    char dir[] = "/tmp/packetboat-local.XXXXXX";
    if (!CHECK(mkdtemp(dir)))
        return;
    int at = open(dir, O_RDONLY | O_DIRECTORY);
    CHECK(symlinkat("/etc/hostname", at, "link") == 0);
    CHECK(mkdirat(at, "sub", 0700) == 0 && mkfifoat(at, "fifo", 0600) == 0);
    CHECK_EQ_INT(ftp_local_file(at, "link", true), -ELOOP);
    CHECK_EQ_INT(ftp_local_file(at, "sub", true), -EISDIR);
    CHECK_EQ_INT(ftp_local_file(at, "fifo", true), -ENXIO);
    CHECK_EQ_INT(ftp_local_file(at, "../x", true), -EINVAL);
    CHECK_EQ_INT(ftp_local_file(at, "sub/x", true), -EINVAL);
    int fd = ftp_local_file(at, "x", true);
    CHECK(fd >= 0 && write(fd, "abc", 3) == 3);
    close(fd);
    fd = ftp_local_file(at, "x", false);
    CHECK(lseek(fd, 0, SEEK_END) == 3);
    close(fd);
    fd = ftp_local_file(at, "x", true);
    CHECK(lseek(fd, 0, SEEK_END) == 0);
    close(fd);
    unlinkat(at, "x", 0);
    unlinkat(at, "link", 0);
    unlinkat(at, "fifo", 0);
    unlinkat(at, "sub", AT_REMOVEDIR);
    close(at);
    rmdir(dir);
}
