/*
 * rooms - which room a dialogue is about, and the site that it has before its first word.
 */
#include "test/talk/queue.h"
#include "test/talk/acting.h"

#include "base/clock.h"

static bool offers_tls(const struct script *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == STEP_TLS)
            return true;
    return false;
}

static bool has_service(const struct script *s, struct span name)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == STEP_SERVICE && span_is(s->steps[i].text, name))
            return true;
    return false;
}

static void choose_smtp(struct play *p)
{
    p->room = (struct room){ .name = "smtp",
                             .front = ROLE_MX,
                             .line_max = SMTP_LINE_MAX,
                             .session = smtp_session,
                             .host = &p->smtp };
    if (has_service(p->script, SPAN("client")))
        play_choose_sender(p, offers_tls(p->script));
    if (has_service(p->script, SPAN("lmtp"))) {
        p->smtp.service = SMTP_LMTP;
        span_to_string(SPAN("local"), p->peer, sizeof(p->peer));
    } else if (has_service(p->script, SPAN("submission")) ||
               has_service(p->script, SPAN("submission queue"))) {
        p->smtp.service = SMTP_SUBMISSION;
        p->smtp.queue = has_service(p->script, SPAN("submission queue"));
        if (p->smtp.queue)
            queue_open();
        p->room.front = ROLE_SUBMISSION;
        p->room.line_max = SMTP_AUTH_LINE_MAX;
    }
}

static void choose_room(struct play *p)
{
    if (strstr(p->script->path, "pop3"))
        p->room = (struct room){ .name = "pop3",
                                 .front = ROLE_POP3,
                                 .line_max = POP3_LINE_MAX,
                                 .session = pop3_session,
                                 .host = &p->pop3 };
    else if (strstr(p->script->path, "ftp"))
        p->room = (struct room){ .name = "ftp",
                                 .front = ROLE_FTP,
                                 .line_max = FTP_LINE_MAX,
                                 .session = ftpd_session,
                                 .host = &p->ftp };
    else if (strstr(p->script->path, "imap"))
        p->room = (struct room){ .name = "imap",
                                 .front = ROLE_IMAP,
                                 .line_max = IMAP_LINE_MAX,
                                 .session = imap_session,
                                 .host = &p->imap };
    else
        choose_smtp(p);
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        client_init(&p->clients[i], &p->room);
}

static void set_site(struct play *p)
{
    span_to_string(SPAN("hamburger.edu"), p->host_name, sizeof(p->host_name));
    span_to_string(SPAN("127.0.0.1"), p->peer, sizeof(p->peer));
    p->smtp = (struct smtp_host){
        .name = p->host_name,
        .message_size = MESSAGE_SIZE,
        .plaintext_login = true,
        .command_time = SMTP_COMMAND_SECONDS * CLOCK_SECOND,
        .data_time = SMTP_DATA_SECONDS * CLOCK_SECOND,
    };
    p->pop3 = (struct pop3_host){
        .name = p->host_name,
        .plaintext_login = true,
        .login_time = LOGIN_SECONDS * CLOCK_SECOND,
        .idle_time = POP3_IDLE_SECONDS * CLOCK_SECOND,
        .expire = POP3_EXPIRE_NEVER,
    };
    p->ftp = (struct ftpd_host){
        .name = p->host_name,
        .plaintext_login = true,
        .login_time = LOGIN_SECONDS * CLOCK_SECOND,
        .idle_time = FTP_IDLE_SECONDS * CLOCK_SECOND,
        .data_time = FTP_DATA_SECONDS * CLOCK_SECOND,
        .passive_address = "",
    };
    p->imap = (struct imap_host){
        .name = p->host_name,
        .plaintext_login = true,
        .login_time = LOGIN_SECONDS * CLOCK_SECOND,
        .idle_time = IMAP_IDLE_SECONDS * CLOCK_SECOND,
        .message_size = MESSAGE_SIZE,
    };
}

/* One for all: who shows which certificate is not what dialogues are about. */
static struct tls *shared_tls(void)
{
    static struct tls *tls;

    if (!tls)
        tls = test_tls_open("hamburger.edu");
    return tls;
}

void play_choose(struct play *p)
{
    set_site(p);
    choose_room(p);
    bool has_tls = p->way == TLS || offers_tls(p->script);
    p->room.implicit_tls = p->ftp.implicit_tls = p->way == TLS;
    p->room.tls = has_tls && !p->room.is_client ? shared_tls() : NULL;
}
