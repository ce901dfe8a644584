/* Which descriptors a front that a stranger has gives to dialer, and for which ports it asks
 * (T07, F01). */
#include "test/interop/hostile.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "config/limits.h"
#include "ipc/channel.h"
#include "os/spawn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 2000 }; /* hundredths of a second */

static int listen_for(int control)
{
    struct dialer_listen_answer a;
    int error = ask_dialer_listen(&(struct dialer_listen){ control }, &a, NULL);
    if (!error)
        close(a.listener);
    return error;
}

static int connect_back(int control, uint32_t port)
{
    struct dialer_connect_back_answer a;
    int error = ask_dialer_connect_back(&(struct dialer_connect_back){ control, port },
                                        &a, NULL);
    if (!error)
        close(a.connected);
    return error;
}

static void is_no_control(const char *what, int fd)
{
    check(fd >= 0, "%s is there", what);
    int error = listen_for(fd);
    check(error < 0, "a listener for %s", what);
    error = connect_back(fd, 40000);
    check(error < 0 && error != -ECONNREFUSED, "a connection for %s: %d", what, error);
}

/* They bear the numbers of all of the site's listeners. */
static int first_listener(void)
{
    char name[32];
    int fd = -1;
    for (unsigned i = 0; i < LISTENERS_MAX && fd < 0; i++) {
        snprintf(name, sizeof(name), "listen.%u", i);
        fd = spawn_inherited(name);
    }
    return fd;
}

/* hostile_front.py comes. */
static int accept_somebody(int listener)
{
    int fd = -1;
    for (int i = 0; i < PATIENCE && fd < 0; i++) {
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            fiber_sleep(CLOCK_SECOND / 100);
    }
    return fd;
}

static void give_odd_descriptors(int listener, int control, uint64_t handle)
{
    struct files_read_answer file;
    struct keys_show_answer shown;
    struct dialer_listen_answer passive;
    is_no_control("a listener", listener);
    is_no_control("standard input", 0);
    int error =
        ask_files_read(&(struct files_read){ handle, SPAN("/carols") }, &file, NULL);
    check(error == 0, "her file: %d", error);
    is_no_control("a file", file.file);
    close(file.file);
    error = ask_keys_show(&(struct keys_show){ 0 }, &shown, NULL);
    check(error == 0, "what is shown: %d", error);
    is_no_control("memory", shown.memory);
    close(shown.memory);
    error = ask_dialer_listen(&(struct dialer_listen){ control }, &passive, NULL);
    check(error == 0, "a listener: %d", error);
    is_no_control("a passive listener", passive.listener);
    close(passive.listener);
}

void dial_oddly(uint64_t handle)
{
    static const uint32_t ports[] = { 1 << 16, (1 << 16) + 1024, INT32_MAX, 1U << 31,
                                      UINT32_MAX };
    int listener = first_listener(), control = accept_somebody(listener);
    check(control >= 0, "somebody came");
    give_odd_descriptors(listener, control, handle);
    for (uint32_t port = 0; port < 1024; port++)
        check(connect_back(control, port) == -EACCES, "port %" PRIu32, port);
    for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
        check(connect_back(control, ports[i]) == -EACCES, "port %" PRIu32, ports[i]);
    for (size_t i = 0; i < hostile_port_count; i++)
        check(connect_back(control, hostile_ports[i]) == -EACCES, "our own port %u",
              hostile_ports[i]);
    for (unsigned i = 0; i < ROUNDS; i++) { /* more than dialer may have open at once */
        int error = listen_for(control);
        check(error == 0, "listener %u: %d", i, error);
    }
    for (uint32_t i = 0; i < 32; i++) {
        struct dialer_listen_shared_answer a;
        int error = ask_dialer_listen_shared(&(struct dialer_listen_shared){ 1U << i },
                                             &a, NULL);
        check(error == -ENOENT, "a shared port: %d", error);
    }
    close(control);
}
