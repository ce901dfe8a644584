/*
 * connect - cli.h's way from a command to those who answer it.
 */
#include "cli/cli.h"

#include "base/fiber.h"
#include "base/log.h"
#include "base/loop.h"
#include "role/site.h"
#include "wire/io.h"

#include <errno.h>
#include <signal.h>

struct run {
    int (*fn)(void *arg);
    void *arg;
    int code;
};

static void run_on_fiber(void *run)
{
    struct run *r = run;
    r->code = r->fn(r->arg);
    loop_stop();
}

int cli_on_fiber(int (*fn)(void *arg), void *arg)
{
    struct run r = { fn, arg, EXIT_FAILURE_ };
    signal(SIGPIPE, SIG_IGN);
    int error = loop_open();
    if (!error)
        error = fiber_go(run_on_fiber, &r);
    if (error)
        return cli_fail("%s", strerror(-error));
    loop_run();
    io_end();
    loop_close();
    return r.code;
}

int cli_control(const char *site)
{
    static const struct service none[] = { { 0 } };
    int fd = site_connect(site);
    if (fd < 0)
        return fd;
    ipc_serve(ROLE_ADMIN, none);
    return ipc_adopt(fd, ROLE_CONTROL, 0);
}

static bool with_keepers;

int cli_connect(const char *site, enum role keeper)
{
    int error = cli_control(site);
    if (error == -ENOENT || error == -ECONNREFUSED) {
        error = master_keepers(site, keeper);
        with_keepers = error == 0;
        return error;
    }
    if (error)
        cli_fail("%s%s: %s", site, error == -ENOTDIR ? "" : "/control",
                 strerror(-error));
    return error;
}

void cli_disconnect(void)
{
    struct channel *control = ipc_peer(ROLE_CONTROL, 0);
    if (control)
        channel_close(control);
    if (with_keepers)
        master_keepers_end();
    with_keepers = false;
}
