/*
 * reload - packetboat reload: the running server reads packetboat.conf again.
 */
#include "cli/cli.h"

#include "base/own.h"
#include "config/limits.h"
#include "ipc/message.h"

#include <errno.h>
#include <stdlib.h>

static int explain(const char *site, int error)
{
    switch (error) {
    case -ENOENT:
    case -ECONNREFUSED:
        return cli_fail("no server runs at %s", site);
    case -EPIPE:
    case -ESHUTDOWN:
        return cli_fail("the server has stopped");
    default:
        return cli_fail("the server at %s: %s", site, strerror(-error));
    }
}

static int on_fiber(void *arg)
{
    const char *site = arg;
    struct admin_reload question = { 0 };
    struct admin_reload_answer answer;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = arena ? cli_control(site) : -ENOMEM;
    if (error)
        return explain(site, error);
    error = ask_admin_reload(&question, &answer, arena);
    int code = EXIT_SUCCESS;
    if (error)
        code = explain(site, error);
    else if (answer.taken)
        printf("%.*s\n", SPAN_ARG(answer.words));
    else
        code = cli_fail("%.*s", SPAN_ARG(answer.words));
    cli_disconnect();
    return code;
}

int cli_reload(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 0, 0))
        return EXIT_USAGE;
    return cli_on_fiber(on_fiber, (void *)(uintptr_t)site);
}
