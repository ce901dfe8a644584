/* doors - see doors.h. */
#include "role/doors.h"

#include "base/clock.h"
#include "base/log.h"
#include "keys/front.h"
#include "os/files.h"
#include "os/spawn.h"

#include <errno.h>
#include <unistd.h>

static struct listener *listeners[LISTENERS_MAX]; /* by listen section */

void doors_close(void)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        listener_close(&listeners[i]);
}

void doors_take(const struct settings *s)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        if (listeners[i])
            listener_change(listeners[i], s->sessions, s->send_seconds * CLOCK_SECOND);
}

/* NULL: it was not left to us, or there is no memory. */
static struct sources *inherit_sources(const struct role_start *start, unsigned copies)
{
    int fd = spawn_inherited("sources");
    void *memory = fd < 0 ? NULL : shared_map(fd, sources_memory_size(copies));
    if (fd >= 0)
        close(fd);
    return memory
               ? sources_open(memory, copies, start->instance, &start->settings->source)
               : NULL;
}

static int open_door(const struct role_start *start, const struct door *door,
                     struct listener_settings *l, struct tls *tls)
{
    l->wire.tls = door->tls == DOOR_NO_TLS ? NULL : tls;
    l->wire.implicit_tls = door->tls == DOOR_IMPLICIT_TLS;
    l->wire.protocol = door->protocol;
    l->arg = door->host;
    for (uint32_t i = 0; i < start->settings->listeners; i++) {
        if (start->settings->listen[i].service != door->service)
            continue;
        char name[24];
        snprintf(name, sizeof name, "listen.%u", i);
        int fd = spawn_inherited(name);
        if (fd < 0)
            return -ENOENT;
        listeners[i] = listener_open(fd, l);
        if (!listeners[i])
            return -ENOMEM;
    }
    return 0;
}

int role_listen(const struct role_start *start,
                const struct listener_settings *protocol, const struct door *doors,
                size_t count)
{
    struct listener_settings l = *protocol;
    l.wire.write_time = start->settings->send_seconds * CLOCK_SECOND;
    l.sessions_max = start->settings->sessions;
    l.copies = role_copies(start->settings, start->role);
    l.sources = inherit_sources(start, l.copies);
    struct tls *tls = keys_tls(start->settings);
    int error = l.sources && tls ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && !error; i++)
        error = open_door(start, &doors[i], &l, tls);
    if (error)
        log_event(LOG_ERROR, 0, "cannot start: its listeners: %s", strerror(-error));
    return error;
}
