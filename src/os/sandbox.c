#include "os/sandbox.h"

#include "base/asan.h"
#include "base/span.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int set_limits(const struct sandbox *s)
{
    const struct rlimit none = { 0, 0 };
    struct rlimit files, memory = { s->memory_max, s->memory_max };
    if (setrlimit(RLIMIT_CORE, &none) < 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
        return -errno;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0)
        return -errno;
    /* AddressSanitizer reserves terabytes. */
    if (s->memory_max && !UNDER_ASAN && setrlimit(RLIMIT_AS, &memory) < 0)
        return -errno;
    return 0;
}

/* Of root's capabilities CAP_NET_BIND_SERVICE stays, where there is that. */
static int keep_ports_alone(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
    if (syscall(SYS_capget, &header, all) < 0)
        return -errno;
    uint32_t ports = all[0].permitted & 1U << CAP_NET_BIND_SERVICE;
    memset(all, 0, sizeof all);
    all[0].effective = all[0].permitted = ports;
    return syscall(SYS_capset, &header, all) < 0 ? -errno : 0;
}

/* The kernel forgets, when the uid changes, that we die with our parent: say it again,
 * and look whether it ended meanwhile. */
static int become(uid_t uid, bool keeps_ports)
{
    pid_t parent = getppid();
    if (keeps_ports && prctl(PR_SET_KEEPCAPS, 1) < 0)
        return -errno;
    if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
        setresuid(uid, uid, uid) < 0)
        return -errno;
    int error = keeps_ports ? keep_ports_alone() : 0;
    if (error)
        return error;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    if (getppid() != parent)
        raise(SIGKILL);
    return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}

static int leave_sanitized(void (*missing)(const char *))
{
    if (missing)
        missing("list of system calls (AddressSanitizer)");
    return 0;
}

int sandbox_enter(const struct sandbox *s, const char **step_r,
                  void (*missing)(const char *feature))
{
    *step_r = "limits";
    int error = set_limits(s);
    if (error)
        return error;
    *step_r = "not dumpable";
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return -errno;
    *step_r = "own uid";
    if (s->uid && (error = become(s->uid, s->calls == SANDBOX_DIALER)) != 0)
        return error;
    *step_r = "no new privileges";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    *step_r = "Landlock";
    error = landlock_enter(s, missing);
    if (error)
        return error;
    *step_r = "list of system calls";
    return UNDER_ASAN ? leave_sanitized(missing) : calls_enter(s->calls);
}

/* ---- what this kernel has */

static bool has_pidfd(void)
{
    int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool has_seals(void)
{
    int fd = sealed_copy("probe", SPAN("x"));
    bool has = fd >= 0 && sealed_is(fd);
    if (fd >= 0)
        close(fd);
    return has;
}

static bool has_future_write_seal(void)
{
    int fd = shared_open("probe", 1);
    bool has = fd >= 0 && shared_writers_end(fd) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

static bool has_openat2(void)
{
    /* A struct of no size is refused with EINVAL by a kernel that has the call. */
    return syscall(SYS_openat2, AT_FDCWD, ".", NULL, 0) < 0 && errno == EINVAL;
}

static bool has_nowait(void)
{
    char octet;
    struct iovec to = { &octet, 1 };
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = preadv2(fd, &to, 1, 0, RWF_NOWAIT);
    bool has = n >= 0 || errno == EAGAIN;
    close(fd);
    return has;
}

static bool has_landlock(void)
{
    return landlock_version() >= 1;
}

static bool has_landlock_refer(void)
{
    return landlock_version() >= 2;
}

static bool has_no_new_privs(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0;
}

/* clang-format off */
static const struct {
    const char *name;
    bool (*probe)(void);
    const char *purpose;
} probes[] = {
    { "no_new_privs",     has_no_new_privs,        "no role ever gains a right" },
    { "seccomp",          calls_kill_is_available, "a short list of system calls for each role" },
    { "Landlock",         has_landlock,            "fronts see no file, keepers their directory only" },
    { "Landlock refer",   has_landlock_refer,      "the same for keepers, which link and rename" },
    { "pidfd",            has_pidfd,               "the master learns at once that a role has ended" },
    { "memfd seals",      has_seals,               "what is handed over can no longer change" },
    { "F_SEAL_FUTURE_WRITE", has_future_write_seal, "the master's clock can be read only" },
    { "openat2",          has_openat2,             "a path cannot lead out of its directory" },
    { "RWF_NOWAIT",       has_nowait,              "a front never waits for the disk" },
};
/* clang-format on */

size_t sandbox_probe(struct sandbox_feature *features_r, size_t max)
{
    size_t count = sizeof probes / sizeof *probes;
    for (size_t i = 0; i < count && i < max; i++)
        features_r[i] = (struct sandbox_feature){ probes[i].name, probes[i].probe(),
                                                  probes[i].purpose };
    return count;
}
