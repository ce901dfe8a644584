/*
 * inherit - what each role gets from the master, by name (role.h has the list).
 */
#include "role/master.h"

#include "os/spawn.h"

#include <assert.h>
#include <stdarg.h>

enum { DESCRIPTORS_MAX = 16 + LISTENERS_MAX + PROCESSES_MAX };

struct inheritance {
    struct named_descriptor named[DESCRIPTORS_MAX];
    char names[DESCRIPTORS_MAX][24];
    size_t count;
};

__attribute__((format(printf, 3, 4))) static void leave(struct inheritance *i, int fd,
                                                        const char *format, ...)
{
    if (fd < 0)
        return;
    assert(i->count < DESCRIPTORS_MAX);
    char *name = i->names[i->count];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof i->names[0], format, args);
    va_end(args);
    i->named[i->count++] = (struct named_descriptor){ name, fd };
}

static void leave_listeners(struct inheritance *to, enum role role)
{
    const struct settings *s = &master.site.settings;
    for (uint32_t i = 0; i < s->listeners; i++)
        if (role_of_service((enum service_kind)s->listen[i].service) == role)
            leave(to, master.site.listen[i], "listen.%u", i);
}

static void leave_rings(struct inheritance *to)
{
    leave(to, master.own_ring, "ring.%s.0", role_name(ROLE_MASTER));
    for (size_t i = 0; i < master.count; i++) {
        const struct process *p = &master.processes[i];
        leave(to, p->ring, "ring.%s.%u", role_name(p->role), p->instance);
    }
}

static void leave_all(struct inheritance *to, const struct process *p, int channel)
{
    leave(to, channel, "master");
    leave(to, master.site.settings_memory, "settings");
    leave(to, master.clock, "clock");
    leave(to, master.doorbell, "doorbell");
    leave(to, p->ring, "ring");
    leave(to, master.sources[p->role], "sources");
    leave(to, master.site.keepers[p->role], "directory");
    if (role_kind(p->role) ==
        KIND_KEEPER) /* it only holds it: no second server while */
        leave(to, master.site.lock, "lock"); /* a keeper of the first still lives */
    if (p->role == ROLE_AUTH || p->role == ROLE_STORE)
        leave(to, master.ticket, "ticket");
    if (p->role == ROLE_LOG)
        leave_rings(to);
    if (p->role == ROLE_CONTROL)
        leave(to, master.site.control, "control");
    leave_listeners(to, p->role);
}

pid_t inherit_and_spawn(const struct process *p, int channel)
{
    char instance[12];
    snprintf(instance, sizeof instance, "%u", p->instance);
    const char *const argv[] = { "packetboat", "role", role_name(p->role), instance,
                                 NULL };
    struct inheritance i = { .count = 0 };
    leave_all(&i, p, channel);
    return spawn(argv, i.named, i.count);
}
