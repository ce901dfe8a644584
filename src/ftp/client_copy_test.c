/* From server to server: what each is told, and when.  RFC 959 §5.2, figure 2. */
#include "ftp/scripted_test.h"
#include "test/unit.h"

#include <errno.h>

static bool refuses; /* the source connects to nobody else */

static void log_in(struct scripted *s)
{
    scripted_log_in(s, " EPSV\r\n");
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
}

static void serve_source(struct scripted *s)
{
    log_in(s);
    scripted_hear(s, "PORT 127,0,0,1,");
    scripted_say(s, refuses ? "504 to you alone" : "200 there");
    if (refuses)
        scripted_passive(s);
    scripted_hear(s, "RETR a\n");
    scripted_say(s, "150 it goes");
    scripted_say(s, "226 gone");
}

static void serve_target(struct scripted *s)
{
    log_in(s);
    scripted_passive(s);
    if (refuses) {
        scripted_hear(s, "PORT 127,0,0,1,");
        scripted_say(s, "200 there");
    }
    scripted_hear(s, "STOR b\n");
    scripted_say(s, "150 go on");
    scripted_say(s, "226 there it is");
}

static void use_both(struct scripted *s, struct ftp_client *c)
{
    CHECK_EQ_INT(ftp_copy(c, "a", s->second->client, "b"), 0);
    CHECK_STR(ftp_error(c), "");
}

static void copy(void (*source)(struct scripted *), void (*target)(struct scripted *),
                 void (*use)(struct scripted *, struct ftp_client *))
{
    struct scripted second = { .serve = target };
    scripted_play(&(struct scripted){ .serve = source, .use = use, .second = &second });
}

TEST(ftp_copy_has_the_source_connect)
{
    refuses = false;
    copy(serve_source, serve_target, use_both);
}

TEST(ftp_copy_has_the_target_connect)
{
    refuses = true;
    copy(serve_source, serve_target, use_both);
}

static void serve_nothing(struct scripted *s)
{
    log_in(s);
    scripted_hear(s, "PORT 127,0,0,1,");
    scripted_say(s, "200 there");
    scripted_hear(s, "RETR a\n");
    scripted_say(s, "550 it is not there");
}

static void serve_in_vain(struct scripted *s)
{
    log_in(s);
    scripted_passive(s);
    scripted_hear(s, "STOR b\n");
}

static void use_nothing(struct scripted *s, struct ftp_client *c)
{
    struct ftp_client *to = s->second->client;
    CHECK_EQ_INT(ftp_copy(c, "a", to, "b"), -ENOENT);
    CHECK_STR(ftp_error(c), "RETR a: it is not there (550)");
    CHECK_STR(ftp_error(to), "RETR a: it is not there (550)");
}

TEST(ftp_copy_of_what_is_not_there)
{
    copy(serve_nothing, serve_in_vain, use_nothing);
}
