/*
 * landlock - sandbox.h's rules about files, by landlock(7).
 *
 * All rights that this kernel knows are taken away, apart from those below a keeper's
 * own directories, and TCP for the roles dialer and dns.  The system calls are called by number, and rights newer than the
 * headers of Debian 12 are named here: the kernel says which it has (its version).
 */
#include "os/sandbox.h"

#include "base/own.h"
#include "os/files.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* clang-format off */
#define FS_UP_TO_1  ((UINT64_C(1) << 13) - 1) /* EXECUTE ... MAKE_SYM */
#define FS_REFER    (UINT64_C(1) << 13)       /* version 2: rename and link between directories */
#define FS_TRUNCATE (UINT64_C(1) << 14)       /* version 3 */
#define NET_TCP     UINT64_C(3)               /* version 4: bind and connect */
#define FS_IOCTL    (UINT64_C(1) << 15)       /* version 5: devices */
#define SCOPE_ALL   UINT64_C(3)               /* version 6: abstract sockets, signals */
/* clang-format on */

#define KEEPER_RIGHTS                                                                  \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                    \
     LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |                     \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                    \
     LANDLOCK_ACCESS_FS_MAKE_REG | FS_REFER | FS_TRUNCATE)

/* struct landlock_ruleset_attr as of version 6; older kernels take its beginning. */
struct ruleset {
    uint64_t fs, net, scoped;
};

int landlock_version(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

/* Fills what this version knows; returns how long the struct is there. */
static size_t handled(int version, bool connects, struct ruleset *ruleset_r)
{
    *ruleset_r = (struct ruleset){ .fs = FS_UP_TO_1 };
    if (version >= 2)
        ruleset_r->fs |= FS_REFER;
    if (version >= 3)
        ruleset_r->fs |= FS_TRUNCATE;
    if (version >= 4 && !connects)
        ruleset_r->net = NET_TCP;
    if (version >= 5)
        ruleset_r->fs |= FS_IOCTL;
    if (version >= 6)
        ruleset_r->scoped = SCOPE_ALL;
    return version >= 6   ? sizeof *ruleset_r
           : version >= 4 ? offsetof(struct ruleset, scoped)
                          : offsetof(struct ruleset, net);
}

static int allow_below(int ruleset, int directory, uint64_t rights)
{
    struct landlock_path_beneath_attr beneath = { .allowed_access = rights,
                                                  .parent_fd = directory };
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath,
                0) < 0)
        return -errno;
    return 0;
}

int landlock_enter(const struct sandbox *s, void (*missing)(const char *))
{
    int version = landlock_version();
    /* Version 1 forbids every link between directories, which the store lives on. */
    if (version == 0 || (version == 1 && s->directory_count > 0)) {
        if (missing)
            missing("Landlock");
        return 0;
    }
    bool connects = s->calls == SANDBOX_DIALER || s->calls == SANDBOX_RESOLVER;
    struct ruleset r;
    size_t size = handled(version, connects, &r);
    OWN(fd_close) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    if (ruleset < 0)
        return -errno;
    for (size_t i = 0; i < s->directory_count; i++) {
        int error = allow_below(ruleset, s->directories[i], r.fs & KEEPER_RIGHTS);
        if (error)
            return error;
    }
    return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}
