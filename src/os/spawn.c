#include "os/spawn.h"

#include "base/own.h"
#include "base/span.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    DESCRIPTORS_MAX = 128,
    DESCRIPTORS_TEXT = 4096,
    FIRST = STDERR_FILENO + 1,
    ENVIRONMENT_MAX = 8,
};

#define VARIABLE "PACKETBOAT_DESCRIPTORS"

/* What passes from our environment: the sanitizers' options. */
static const char *const passing[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                       NULL };

/* All that the child needs, made before the fork. */
struct child {
    const char *const *argv;
    const struct named_descriptor *named;
    size_t count;
    int null;
    pid_t parent;
    char descriptors[DESCRIPTORS_TEXT];
    char passed[ENVIRONMENT_MAX][1024];
    char *environment[ENVIRONMENT_MAX + 2];
};

static int write_environment(struct child *c)
{
    size_t at = (size_t)snprintf(c->descriptors, sizeof c->descriptors, VARIABLE "=");
    for (size_t i = 0; i < c->count; i++) {
        size_t room = sizeof c->descriptors - at;
        int n =
            snprintf(c->descriptors + at, room, "%s:%zu ", c->named[i].name, FIRST + i);
        if ((size_t)n >= room)
            return -E2BIG;
        at += (size_t)n;
    }
    size_t count = 0;
    c->environment[count++] = c->descriptors;
    for (size_t i = 0; passing[i]; i++) {
        const char *value = getenv(passing[i]);
        if (!value)
            continue;
        snprintf(c->passed[i], sizeof c->passed[i], "%s=%s", passing[i], value);
        c->environment[count++] = c->passed[i];
    }
    return 0;
}

/* In the child: descriptor i becomes FIRST + i.  First all go out of the way, because
 * one may stand where another has to be. */
static void place_descriptors(const struct child *c)
{
    int away[DESCRIPTORS_MAX];
    int clear_of = FIRST + (int)c->count;
    for (size_t i = 0; i < c->count; i++)
        if ((away[i] = fcntl(c->named[i].fd, F_DUPFD_CLOEXEC, clear_of)) < 0)
            _exit(127);
    if (dup2(c->null, STDIN_FILENO) < 0 || dup2(c->null, STDOUT_FILENO) < 0)
        _exit(127);
    for (size_t i = 0; i < c->count; i++)
        if (dup2(away[i], FIRST + (int)i) < 0)
            _exit(127);
    closefrom(clear_of);
}

static void reset_signals(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void run_child(const struct child *c)
{
    /* Away from the terminal: a Ctrl-C is for the master, which then stops us. */
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != c->parent) /* it ended before it could take us along */
        _exit(127);
    reset_signals();
    place_descriptors(c);
    execve("/proc/self/exe", (char *const *)(uintptr_t)c->argv, c->environment);
    _exit(127);
}

pid_t spawn(const char *const argv[], const struct named_descriptor *named,
            size_t count)
{
    struct child c = { .argv = argv, .named = named, .count = count };
    if (count > DESCRIPTORS_MAX)
        return -E2BIG;
    int error = write_environment(&c);
    if (error)
        return error;
    OWN(fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return -errno;
    c.null = null;
    c.parent = getpid();

    /* No handler of ours may run in the child before it has been reset. */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        run_child(&c);
    error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid < 0 ? -error : pid;
}

/* ---- in the child */

int spawn_inherited(const char *name)
{
    const char *at = getenv(VARIABLE);
    struct span rest = span_of(at ? at : "");
    while (rest.len > 0) {
        struct span entry = span_first(rest, span_find(rest, ' '));
        rest = span_skip(rest, entry.len < rest.len ? entry.len + 1 : entry.len);
        uint64_t fd;
        if (!span_take(&entry, span_of(name)) || !span_take(&entry, SPAN(":")) ||
            !span_take_number(&entry, INT32_MAX, &fd))
            continue;
        if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
            return -1;
        return (int)fd;
    }
    return -1;
}
