#include "ipc/ends_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/loop.h"
#include "test/unit.h"

#include <dirent.h>
#include <unistd.h>
#include <sys/socket.h>

static struct clock_page page;

static void say_nothing(enum log_level level, uint64_t session, const char *line)
{
    (void)level, (void)session, (void)line;
}

int ends_open_raw(enum role asker, enum role server, const struct service *services)
{
    int pair[2];
    page.now_shift = 0;
    clock_use(&page);
    log_to(say_nothing);
    CHECK_EQ_INT(loop_open(), 0);
    ipc_serve(server, services);
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt(pair[1], asker, 0), 0);
    return pair[0];
}

void ends_open(enum role asker, enum role server, const struct service *services)
{
    int end = ends_open_raw(asker, server, services);
    CHECK_EQ_INT(ipc_adopt_as(end, asker, server, 0), 0);
}

void ends_close(void)
{
    for (enum role role = 0; role < ROLES; role++)
        while (ipc_next(role, NULL))
            channel_close(ipc_next(role, NULL));
    for (int i = 0; i < 1000 && fiber_count() > 0; i++)
        loop_turn(false);
    CHECK_EQ_INT(fiber_count(), 0);
    loop_close();
    clock_use(NULL);
    log_to(NULL);
    ipc_on_end(NULL);
    ipc_patience(ASK_SECONDS * CLOCK_SECOND);
}

void ends_pass(uint64_t nanoseconds)
{
    page.now_shift += (int64_t)nanoseconds;
}

bool ends_turn(const bool *done)
{
    /* Where a thread has to come back, it may be a busy machine: then more slowly. */
    for (int i = 0; i < (done ? 25000 : 8) && !(done && *done); i++) {
        if (i > 20000)
            usleep(1000);
        loop_turn(false);
    }
    return !done || *done;
}

size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (!CHECK(dir))
        return 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* --- an end that is no channel --- */

static char room[MESSAGE_OCTETS_MAX];

bool ends_say(int end, const struct packet *packet, const void *fields)
{
    struct encoder to = { .at = room };
    packet_put(&to, packet, fields);
    return send(end, room, to.len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)to.len;
}

int ends_hear(int end, struct packet *packet_r)
{
    struct span fields;
    ssize_t n = recv(end, room, sizeof room, MSG_DONTWAIT);
    if (n <= 0 || packet_open(span_at(room, (size_t)n), packet_r, &fields) != 0)
        return 1;
    return packet_r->error;
}

void ends_say_with(int end, enum message m, const void *fields, const int *descriptors,
                   size_t count)
{
    _Alignas(size_t) char control[CMSG_SPACE(4 * sizeof(int))];
    struct encoder to = { .at = room };
    packet_put(&to, &(struct packet){ .message = m, .id = 3 }, fields);
    struct iovec piece = { room, to.len };
    struct msghdr header = { .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), descriptors, count * sizeof(int));
    CHECK_EQ_INT(sendmsg(end, &header, 0), (ssize_t)to.len);
}
