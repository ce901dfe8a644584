/*
 * role control - a FRONT: the administration socket DIR/control.
 *
 * Holds    the listening socket (0600, SEQPACKET); channels to those whom it asks.
 * Does     takes a person's command as one more role, admin, and hands its questions on to
 *          the keeper whose they are.  It adds nothing and decides nothing else.
 * May      accept connections of root and of the master's own user.  No file, no network.
 */
#include "role/role.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/own.h"
#include "os/files.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a command may ask: of auth, of keys, of log, and the last of the master. */
#define QUESTIONS(EACH)                                                                \
    EACH(admin_account_add)                                                            \
    EACH(admin_account_passwd)                                                         \
    EACH(admin_account_remove)                                                         \
    EACH(admin_account_next)                                                           \
    EACH(admin_account_quota)                                                          \
    EACH(admin_account_scram)                                                          \
    EACH(admin_app_password_add)                                                       \
    EACH(admin_app_password_remove)                                                    \
    EACH(admin_app_password_next)                                                      \
    EACH(admin_identity_add)                                                           \
    EACH(admin_identity_remove)                                                        \
    EACH(admin_identity_next)                                                          \
    EACH(admin_domain_add)                                                             \
    EACH(admin_domain_remove)                                                          \
    EACH(admin_domain_set)                                                             \
    EACH(admin_domain_next)                                                            \
    EACH(admin_alias_add)                                                              \
    EACH(admin_alias_remove)                                                           \
    EACH(admin_alias_next)                                                             \
    EACH(admin_share_set)                                                              \
    EACH(admin_share_remove)                                                           \
    EACH(admin_share_next)                                                             \
    EACH(admin_certificate_add)                                                        \
    EACH(admin_certificate_next)                                                       \
    EACH(admin_certificate_remove)                                                     \
    EACH(admin_wire)                                                                   \
    EACH(admin_reload)

static const struct settings *settings;

static int listening = -1;
static int reserve = -1; /* a descriptor to give up when there are no others */
static struct watch listen_watch;
static uid_t owner; /* the master's user */
static bool stopping;

/* ---- handing on */

/* What a command hears of it: that this server stops (-ESHUTDOWN) is more than that a
 * role is gone. */
static int heard(int error)
{
    return stopping && error == -EPIPE ? -ESHUTDOWN : error;
}

#define HAND_ON(name)                                                                  \
    static void name##_on(struct call *call, const void *question)                     \
    {                                                                                  \
        struct name##_answer answer;                                                   \
        OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);         \
        int error = stopping ? -EPIPE : arena ? 0 : -ENOMEM;                           \
        if (!error)                                                                    \
            error = ask_##name(question, &answer, arena);                              \
        if (error)                                                                     \
            answer_error(call, heard(error));                                          \
        else                                                                           \
            answer_##name(call, &answer);                                              \
    }
#define ROW(name) { MESSAGE_##name, name##_on },

QUESTIONS(HAND_ON)
HAND_ON(dns_question)

/* A role that the settings do not want is not waited for. */
static void on_dns_question(struct call *call, const void *question)
{
    if (role_copies(settings, ROLE_DNS) == 0)
        answer_error(call, -ENOENT);
    else
        dns_question_on(call, question);
}

HAND_ON(admin_queue_next)
HAND_ON(admin_queue_do)

static void on_queue_next(struct call *call, const void *question)
{
    if (role_copies(settings, ROLE_RELAY) == 0)
        answer_error(call, -ENOENT);
    else
        admin_queue_next_on(call, question);
}

static const struct service services[] = {
    QUESTIONS(ROW){ MESSAGE_dns_question, on_dns_question },
    { MESSAGE_admin_queue_next, on_queue_next },
    ROW(admin_queue_do){ 0, NULL },
};

/* ---- connections */

static unsigned connected(void)
{
    unsigned count = 0;
    for (struct channel *c = NULL; (c = ipc_next(ROLE_ADMIN, c));)
        count++;
    return count;
}

static bool is_welcome(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        return false;
    if (peer.uid == 0 || peer.uid == owner)
        return true;
    log_event(LOG_WARNING, 0, "control: user %u is not the owner of this site",
              (unsigned)peer.uid);
    return false;
}

static void admit(int accepted)
{
    static uint32_t number;
    OWN(fd_close) int fd = accepted;
    if (!is_welcome(fd))
        return;
    if (connected() >= ADMINS_MAX) {
        log_event(LOG_WARNING, 0, "control: more than %d commands at once", ADMINS_MAX);
        return;
    }
    int error = ipc_adopt(fd, ROLE_ADMIN, ++number);
    fd = -1;
    if (error)
        log_event(LOG_WARNING, 0, "control: a command is not served: %s",
                  strerror(-error));
}

static int accept_one(void)
{
    int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* Out of descriptors: whoever waits is hung up on, by the one that is kept for this, and
 * may come again.  As accept_one. */
static int refuse_one(void)
{
    fd_close(&reserve);
    int fd = accept_one();
    if (fd >= 0) {
        close(fd);
        log_event(LOG_WARNING, 0, "control: no descriptor for a command");
    }
    reserve = fcntl(listening, F_DUPFD_CLOEXEC, 0);
    return fd;
}

static void on_connection(void *arg, unsigned ready)
{
    (void)arg;
    (void)ready;
    int fd;
    do {
        fd = accept_one();
        if (fd >= 0)
            admit(fd);
        else if ((fd == -EMFILE || fd == -ENFILE) && reserve >= 0)
            fd = refuse_one();
    } while (fd >= 0 || fd == -EINTR || fd == -ECONNABORTED);
    if (fd != -EAGAIN)
        log_event(LOG_WARNING, 0, "control: accept: %s", strerror(-fd));
}

/* Those who follow the transcript would wait for more of it; whoever has asked for a
 * change still gets his answer. */
static void on_stop(void)
{
    struct channel *log = ipc_peer(ROLE_LOG, 0);
    stopping = true;
    loop_unwatch(&listen_watch);
    if (log)
        channel_close(log);
}

static int begin(void)
{
    struct stat s;
    listening = spawn_inherited("control");
    if (listening < 0)
        return -EBADF;
    if (fstat(listening, &s) < 0) /* a socket belongs to the user who made it */
        return -errno;
    owner = s.st_uid;
    reserve = fcntl(listening, F_DUPFD_CLOEXEC, 0);
    listen_watch = (struct watch){ .on_ready = on_connection };
    return loop_watch(&listen_watch, listening);
}

int role_control(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_CONTROL, instance);
    settings = start.settings;
    int error = begin();
    if (error) {
        log_event(LOG_ERROR, 0, "control: DIR/control cannot be served: %s",
                  strerror(-error));
        return EXIT_FAILURE;
    }
    return role_serve(&start, services, SANDBOX_FRONT, on_stop);
}
