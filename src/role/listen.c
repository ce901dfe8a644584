/*
 * listen - site.h's sockets: the ports and paths of the configuration, and DIR/control.
 */
#include "role/site.h"

#include "base/clock.h"
#include "base/own.h"
#include "os/files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LISTEN_LOOK_MS = 10 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

static socklen_t address_of(const struct listen_setting *l, union address *a)
{
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, l->address, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = htons(l->port);
        return sizeof a->v4;
    }
    if (inet_pton(AF_INET6, l->address, &a->v6.sin6_addr) != 1)
        return 0;
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = htons(l->port);
    return sizeof a->v6;
}

static int listen_at(const struct listen_setting *l)
{
    static const int on = 1;
    union address a;
    socklen_t len = address_of(l, &a);
    if (len == 0)
        return -EINVAL;
    OWN(fd_close)
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return -errno;
    /* "::" means IPv6 alone: whoever wants 0.0.0.0 too says so. */
    if (a.any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
        return -errno;
    if (bind(fd, &a.any, len) < 0 || listen(fd, LISTEN_BACKLOG) < 0)
        return -errno;
    return fd_take(&fd);
}

/* The socket's path has to be short (108 octets), a site's need not. */
static socklen_t address_in(int directory, const char *name, union address *a)
{
    memset(a, 0, sizeof *a);
    a->local.sun_family = AF_UNIX;
    snprintf(a->local.sun_path, sizeof a->local.sun_path, "/proc/self/fd/%d/%s",
             directory, name);
    return sizeof a->local;
}

/* What stands in its place is from a server that is gone: we hold the lock. */
static int listen_local(int directory, const char *name, int type, mode_t mode)
{
    union address a;
    socklen_t len = address_in(directory, name, &a);
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISSOCK(st.st_mode))
        return -EEXIST;
    if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
        return -errno;
    OWN(fd_close)
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    mode_t before = umask(0777 & ~mode);
    int error =
        bind(fd, &a.any, len) < 0 || listen(fd, LISTEN_BACKLOG) < 0 ? -errno : 0;
    umask(before);
    if (error)
        return error;
    return fd_take(&fd);
}

/* A front of the server before, which was killed, may need a moment to follow it. */
static int listen_soon(const struct listen_setting *l)
{
    uint64_t end = clock_in(LISTEN_WAIT_MS * CLOCK_MS);
    int fd;
    while ((fd = listen_at(l)) == -EADDRINUSE && clock_now() < end)
        poll(NULL, 0, LISTEN_LOOK_MS);
    return fd;
}

static const char *cure(int error)
{
    switch (-error) {
    case EACCES:
        return ": start as root or choose another port in packetboat.conf";
    case EADDRINUSE:
        return ": another program has this port, or two listen sections name it";
    case EADDRNOTAVAIL:
        return ": this machine has no such address";
    case EAFNOSUPPORT:
        return ": this machine has no such kind of address";
    default:
        return "";
    }
}

static int listen_for(const struct site *s, const struct listen_setting *l)
{
    if (l->port)
        return listen_soon(l);
    return listen_local(s->directory, l->path, SOCK_STREAM, 0660);
}

static void complain(const struct site *s, const struct listen_setting *l, int error)
{
    if (l->port)
        fprintf(stderr, "packetboat: cannot listen on %s port %u: %s%s\n", l->address,
                l->port, strerror(-error), cure(error));
    else
        fprintf(stderr, "packetboat: cannot listen on %s/%s: %s\n", s->path, l->path,
                strerror(-error));
}

int site_listen(struct site *s)
{
    for (uint32_t i = 0; i < s->settings.listeners; i++) {
        const struct listen_setting *l = &s->settings.listen[i];
        int fd = s->listen[i] = listen_for(s, l);
        if (fd >= 0)
            continue;
        complain(s, l, fd);
        return fd;
    }
    s->control = listen_local(s->directory, "control", SOCK_SEQPACKET, 0600);
    if (s->control < 0)
        fprintf(stderr, "packetboat: cannot listen on %s/control: %s\n", s->path,
                strerror(-s->control));
    return s->control < 0 ? s->control : 0;
}

void site_unlisten(struct site *s)
{
    if (s->control >= 0)
        unlinkat(s->directory, "control", 0);
    for (uint32_t i = 0; i < s->settings.listeners; i++)
        if (s->settings.listen[i].port == 0 && s->listen[i] >= 0)
            unlinkat(s->directory, s->settings.listen[i].path, 0);
}

int site_connect(const char *path)
{
    union address a;
    OWN(fd_close) int directory = dir_open(AT_FDCWD, path);
    if (directory < 0)
        return directory;
    socklen_t len = address_in(directory, "control", &a);
    OWN(fd_close) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, &a.any, len) < 0)
        return -errno;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        return -errno;
    return fd_take(&fd);
}
