/*
 * serve - packetboat serve: the master, in the foreground.
 */
#include "cli/cli.h"

#include "os/files.h"
#include "os/spawn.h"
#include "role/role.h"

#include <unistd.h>

static void say_ready(const struct settings *s, void *arg)
{
    (void)arg;
    printf("packetboat: %s serves%s", s->hostname,
           s->listeners ? "" : " nothing: packetboat.conf has no listen");
    for (uint32_t i = 0; i < s->listeners; i++) {
        const struct listen_setting *l = &s->listen[i];
        printf("%s %s on ", i ? "," : "", service_title((enum service_kind)l->service));
        if (l->port)
            printf("%s port %u", l->address, l->port);
        else
            printf("the socket %s", l->path);
    }
    putchar('\n');
    fflush(stdout);
    int ready = spawn_inherited("ready"); /* whoever started us waits for it: demo */
    if (ready >= 0) {
        file_write_all(ready, SPAN("r"));
        close(ready);
    }
}

int cli_serve(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 0, 0))
        return EXIT_USAGE;
    return master_run(site, say_ready, NULL);
}
