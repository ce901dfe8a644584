/* sandbox - on a kernel that lacks some of it, and what a kernel has. */
#include "os/sandbox.h"

#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool landlock_is_missing;

static void note_missing(const char *feature)
{
    landlock_is_missing |= span_is(span_of(feature), SPAN("Landlock"));
}

/* From now on this process's kernel has neither Landlock nor openat2. */
static bool grow_old(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    bool good = f && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SYS_landlock_create_ruleset,
                                 0) == 0 &&
                seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SYS_openat2, 0) == 0 &&
                seccomp_load(f) == 0;
    seccomp_release(f);
    return good;
}

static int run_old(int dir)
{
    const char *step;
    struct sandbox s = { .calls = SANDBOX_FRONT };
    if (!grow_old())
        return 1;
    OWN(fd_close) int link = file_open(dir, "link", O_RDONLY, 0);
    OWN(fd_close) int file = file_open(dir, "file", O_RDONLY, 0);
    if (link != -ELOOP || file < 0 || landlock_version() != 0)
        return 2;
    if (sandbox_enter(&s, &step, note_missing) != 0)
        return 3;
    return landlock_is_missing ? 0 : 4;
}

TEST(sandbox_goes_on_without_what_an_old_kernel_lacks)
{
    char path[] = "/tmp/sandbox_test.XXXXXX";
    if (!CHECK(mkdtemp(path) != NULL))
        return;
    OWN(fd_close) int dir = dir_open(AT_FDCWD, path);
    CHECK_EQ_INT(file_replace(dir, "file", SPAN("x"), 0600), 0);
    CHECK_EQ_INT(symlinkat("file", dir, "link"), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_old(dir));
    int status = 1;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ_INT(WEXITSTATUS(status), 0);
    unlinkat(dir, "file", 0);
    unlinkat(dir, "link", 0);
    CHECK_EQ_INT(rmdir(path), 0);
}

TEST(sandbox_probe_names_each_feature)
{
    struct sandbox_feature features[32];
    size_t count = sandbox_probe(features, 32);
    CHECK(count > 5 && count <= 32);
    for (size_t i = 0; i < count; i++)
        CHECK(features[i].name[0] && features[i].purpose[0]);
    CHECK_EQ_UINT(sandbox_probe(features, 0), count);
}
