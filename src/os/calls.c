/*
 * calls - sandbox.h's lists of system calls, by libseccomp.
 *
 * What a list does not name ends the process (SIGSYS; the kernel's log has the number).
 * A few calls that the C library makes of its own accord are refused with an error
 * instead.  Fronts may start threads, but no process; nothing may become executable.
 */
#include "os/sandbox.h"

#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALL(name)     SCMP_SYS(name)
#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

/* clang-format off */
static const int everybody[] = {
    /* what is open */
    CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64),
    CALL(preadv), CALL(pwritev), CALL(preadv2), CALL(pwritev2), CALL(close), CALL(dup),
    CALL(dup3), CALL(fstat), CALL(lseek), CALL(_llseek), CALL(ftruncate),
    CALL(memfd_create), CALL(poll), CALL(ppoll),
    /* memory; mmap and mprotect below */
    CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk),
    /* time, luck, who we are */
    CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday), CALL(time),
    CALL(nanosleep), CALL(clock_nanosleep), CALL(getrandom), CALL(getpid), CALL(gettid),
    CALL(getppid), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),
    CALL(getrusage), CALL(sysinfo),
    /* signals, locks, the end */
    CALL(rt_sigprocmask), CALL(rt_sigaction), CALL(rt_sigreturn), CALL(sigaltstack),
    CALL(futex), CALL(sched_yield), CALL(restart_syscall), CALL(exit), CALL(exit_group),
};

static const int asked[] = {
    /* channels */
    CALL(recvmsg), CALL(recvmmsg), CALL(sendmsg), CALL(sendmmsg), CALL(setsockopt),
    CALL(shutdown), CALL(setitimer),
    /* the loop */
    CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_pwait2), CALL(epoll_ctl),
    CALL(timerfd_settime),
};

static const int fronts[] = {
    /* connections */
    CALL(accept4), CALL(recvfrom), CALL(recv), CALL(sendto), CALL(send),
    CALL(getsockopt), CALL(getsockname), CALL(getpeername), CALL(sendfile),
    CALL(sendfile64), CALL(splice), CALL(pipe2),
    /* the loop */
    CALL(epoll_create1), CALL(eventfd2), CALL(timerfd_create),
    /* threads; clone below */
    CALL(set_robust_list), CALL(rseq), CALL(sched_getaffinity),
    /* files that were handed over */
    CALL(fadvise64), CALL(fadvise64_64), CALL(readahead), CALL(fallocate),
};

static const int keepers[] = {
    CALL(open), CALL(openat), CALL(openat2), CALL(creat), CALL(rename), CALL(renameat),
    CALL(renameat2), CALL(unlink), CALL(unlinkat), CALL(rmdir), CALL(mkdir),
    CALL(mkdirat), CALL(link), CALL(linkat), CALL(fsync), CALL(fdatasync), CALL(syncfs),
    CALL(sync_file_range), CALL(sync_file_range2), CALL(truncate), CALL(copy_file_range),
    CALL(flock), CALL(getdents64), CALL(readlink), CALL(readlinkat), CALL(stat),
    CALL(lstat), CALL(newfstatat), CALL(fstatat64), CALL(statx), CALL(statfs),
    CALL(fstatfs), CALL(access), CALL(faccessat), CALL(faccessat2), CALL(chmod),
    CALL(fchmod), CALL(fchmodat), CALL(fchown), CALL(utimensat), CALL(umask),
    CALL(getcwd), CALL(chdir), CALL(fchdir), CALL(uname), CALL(ioprio_set),
    CALL(setpriority),
};

static const int dialers[] = { CALL(bind), CALL(connect), CALL(listen) };

/* libunbound has sockets of its own, and libevent asks for the older calls. */
static const int resolvers[] = { CALL(bind), CALL(connect), CALL(epoll_create),
                                 CALL(pipe) };

/* Refused, not fatal. */
static const struct {
    int call, error;
} refused[] = {
    { CALL(clone3), ENOSYS },      /* its flags cannot be seen; clone's can */
    { CALL(ioctl), ENOTTY },       /* stdio asks whether it is a terminal */
    { CALL(open), EACCES },        /* malloc looks at overcommit_memory */
    { CALL(openat), EACCES },
    { CALL(readlink), EACCES },
    { CALL(prlimit64), EPERM },
    { CALL(rt_sigqueueinfo), EPERM },
};

static const int prctls[] = { PR_SET_NAME, PR_GET_NAME };
static const int fcntls[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD_CLOEXEC,
                              F_ADD_SEALS, F_GET_SEALS };
static const int file_fcntls[] = { F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK,
                                   F_OFD_SETLKW };
/* clang-format on */

static void release(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
    *filter = NULL;
}

/* A call that this machine does not have (-EDOM) needs no rule. */
static int unless_unknown(int error)
{
    return error == -EDOM ? 0 : error;
}

static int allow_all(scmp_filter_ctx f, const int *calls, size_t count)
{
    int error = 0;
    for (size_t i = 0; !error && i < count; i++)
        error = unless_unknown(seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0));
    return error;
}

static bool is_in(int call, const int *calls, size_t count)
{
    while (count > 0)
        if (calls[--count] == call)
            return true;
    return false;
}

static int refuse_some(scmp_filter_ctx f, enum sandbox_calls calls)
{
    int error = 0;
    for (size_t i = 0; !error && i < COUNT_OF(refused); i++) {
        if (calls == SANDBOX_KEEPER &&
            is_in(refused[i].call, keepers, COUNT_OF(keepers)))
            continue;
        uint32_t action = SCMP_ACT_ERRNO((uint16_t)refused[i].error);
        error = unless_unknown(seccomp_rule_add(f, action, refused[i].call, 0));
    }
    return error;
}

/* One rule for each value that the argument may have. */
static int allow_values(scmp_filter_ctx f, int call, unsigned argument,
                        const int *values, size_t count)
{
    int error = 0;
    for (size_t i = 0; !error && i < count; i++)
        error = seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
                                 SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, UINT32_MAX,
                                          (unsigned)values[i]));
    return error;
}

/* The call, when the bits of `mask` in the argument are `bits`. */
static int allow_bits(scmp_filter_ctx f, int call, unsigned argument, uint64_t mask,
                      uint64_t bits)
{
    return unless_unknown(
        seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
                         SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, bits)));
}

static int fill_everybody(scmp_filter_ctx f)
{
    int error = allow_all(f, everybody, COUNT_OF(everybody));
    if (!error)
        error = allow_bits(f, CALL(mmap), 2, PROT_EXEC, 0);
    if (!error)
        error = allow_bits(f, CALL(mprotect), 2, PROT_EXEC, 0);
    if (!error) /* abort() */
        error = allow_bits(f, CALL(tgkill), 0, UINT32_MAX, (uint64_t)getpid());
    if (!error)
        error = allow_values(f, CALL(prctl), 0, prctls, COUNT_OF(prctls));
    if (!error)
        error = allow_values(f, CALL(fcntl), 1, fcntls, COUNT_OF(fcntls));
    return error;
}

static int fill_front(scmp_filter_ctx f)
{
    int error = allow_all(f, fronts, COUNT_OF(fronts));
    if (!error)
        error = allow_bits(f, CALL(clone), 0, CLONE_THREAD, CLONE_THREAD);
    return error;
}

/* Of this type over IPv4 and IPv6, or the call ends it. */
static int allow_sockets(scmp_filter_ctx f, int type)
{
    static const int families[] = { AF_INET, AF_INET6 };
    int error = 0;
    for (size_t i = 0; !error && i < COUNT_OF(families); i++)
        error = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 2,
                                 SCMP_CMP(0, SCMP_CMP_MASKED_EQ, UINT32_MAX,
                                          (unsigned)families[i]),
                                 SCMP_CMP(1, SCMP_CMP_MASKED_EQ, UINT32_MAX,
                                          (unsigned)type));
    return error;
}

static int fill_dialer(scmp_filter_ctx f)
{
    int error = allow_all(f, dialers, COUNT_OF(dialers));
    return error ? error : allow_sockets(f, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static int fill_resolver(scmp_filter_ctx f)
{
    int error = allow_all(f, resolvers, COUNT_OF(resolvers));
    if (!error)
        error = allow_sockets(f, SOCK_DGRAM);
    return error ? error : allow_sockets(f, SOCK_STREAM);
}

static int fill_keeper(scmp_filter_ctx f)
{
    int error = allow_all(f, keepers, COUNT_OF(keepers));
    if (!error)
        error = allow_values(f, CALL(fcntl), 1, file_fcntls, COUNT_OF(file_fcntls));
    return error;
}

/* fstat in the C library is newfstatat with an empty path. */
static int fill_not_keeper(scmp_filter_ctx f)
{
    return allow_bits(f, CALL(newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH);
}

int calls_enter(enum sandbox_calls calls)
{
    OWN(release) scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!f)
        return -ENOMEM;
    int error = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!error)
        error = fill_everybody(f);
    if (!error && calls >= SANDBOX_ASKED)
        error = allow_all(f, asked, COUNT_OF(asked));
    if (!error && calls >= SANDBOX_FRONT)
        error = fill_front(f);
    if (!error && calls == SANDBOX_DIALER)
        error = fill_dialer(f);
    if (!error && calls == SANDBOX_RESOLVER)
        error = fill_resolver(f);
    if (!error)
        error = calls == SANDBOX_KEEPER ? fill_keeper(f) : fill_not_keeper(f);
    if (!error)
        error = refuse_some(f, calls);
    return error ? error : seccomp_load(f);
}

bool calls_kill_is_available(void)
{
    return seccomp_api_get() >= 3;
}
