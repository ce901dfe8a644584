/* calls - see calls.h. */
#include "test/crash/trace/calls.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "killat changes registers of x86-64"
#endif

static const char *const kind_names[KINDS] = { "open", "write", "sync",
                                               "name", "size",  "close" };

static const struct {
    long number;
    enum kind kind;
    bool on_descriptor; /* its first argument is the file */
} calls[] = {
    { SYS_open, OPEN, false },     { SYS_openat, OPEN, false },
    { SYS_openat2, OPEN, false },  { SYS_write, WRITE, true },
    { SYS_writev, WRITE, true },   { SYS_pwrite64, WRITE, true },
    { SYS_pwritev, WRITE, true },  { SYS_pwritev2, WRITE, true },
    { SYS_fsync, SYNC, true },     { SYS_fdatasync, SYNC, true },
    { SYS_syncfs, SYNC, true },    { SYS_link, NAME, false },
    { SYS_linkat, NAME, false },   { SYS_rename, NAME, false },
    { SYS_renameat, NAME, false }, { SYS_renameat2, NAME, false },
    { SYS_unlink, NAME, false },   { SYS_unlinkat, NAME, false },
    { SYS_mkdir, NAME, false },    { SYS_mkdirat, NAME, false },
    { SYS_ftruncate, SIZE, true }, { SYS_fallocate, SIZE, true },
    { SYS_close, CLOSE, true },
};

static const struct {
    const char *name;
    int error;
} errors[] = {
    { "EIO", EIO },       { "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT },
    { "EROFS", EROFS },   { "EMFILE", EMFILE }, { "EINTR", EINTR },
    { "ENOMEM", ENOMEM }, { "SHORT", 0 },
};

/* ---- what is to fail */

static bool take_name(const char **at, const char *name)
{
    size_t len = strlen(name);
    if (strncmp(*at, name, len) != 0)
        return false;
    *at += len;
    return true;
}

bool fault_parse(const char *what, struct fault *f)
{
    *f = (struct fault){ .on = true, .kind = KINDS };
    if (strcmp(what, "count") == 0)
        return true;
    for (int kind = 0; kind < KINDS && f->kind == KINDS; kind++)
        if (take_name(&what, kind_names[kind]))
            f->kind = (enum kind)kind;
    bool found = false;
    if (f->kind == KINDS || !take_name(&what, "="))
        return false;
    for (size_t i = 0; !found && i < sizeof errors / sizeof *errors; i++)
        if ((found = take_name(&what, errors[i].name)))
            f->error = errors[i].error;
    if (!found || !take_name(&what, "@"))
        return false;
    char *end;
    f->at = strtol(what, &end, 10);
    f->always = *end == '+';
    return f->at > 0 && end[f->always] == '\0';
}

void fault_print(const struct fault *f)
{
    if (f->kind < KINDS) {
        printf("%ld\n", f->failed);
        return;
    }
    for (int kind = 0; kind < KINDS; kind++)
        printf("%s=%ld%c", kind_names[kind], f->counted[kind],
               kind == KINDS - 1 ? '\n' : ' ');
}

/* ---- calls */

/* A file or a directory: not a socket, a pipe, an eventfd, memory, or a device. */
static bool is_file(pid_t process, unsigned long fd)
{
    char path[64], target[512];
    snprintf(path, sizeof path, "/proc/%d/fd/%lu", process, fd);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    return target[0] == '/' && strncmp(target, "/memfd:", 7) != 0 &&
           strncmp(target, "/dev/", 5) != 0 && strncmp(target, "/proc/", 6) != 0;
}

static enum kind kind_of(pid_t process, const struct user_regs_struct *r)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if ((long)r->orig_rax == calls[i].number)
            return !calls[i].on_descriptor || is_file(process, r->rdi) ? calls[i].kind
                                                                       : KINDS;
    return KINDS;
}

/* Half of the octets: of a vector, half of its first part alone. */
static bool shorten(struct call *c, struct user_regs_struct *r)
{
    if (r->orig_rax == SYS_write || r->orig_rax == SYS_pwrite64) {
        r->rdx /= 2;
        return r->rdx > 0;
    }
    c->restore = r->rsi + offsetof(struct iovec, iov_len);
    errno = 0;
    long len = ptrace(PTRACE_PEEKDATA, c->thread, c->restore, 0);
    if (errno != 0 || len < 2) {
        c->restore = 0;
        return false;
    }
    c->original = (unsigned long)len;
    ptrace(PTRACE_POKEDATA, c->thread, c->restore, len / 2);
    r->rdx = 1;
    return true;
}

void call_enter(struct call *c, pid_t process, struct fault *f)
{
    struct user_regs_struct r;
    if (ptrace(PTRACE_GETREGS, c->thread, 0, &r) != 0)
        return;
    enum kind kind = kind_of(process, &r);
    if (kind == KINDS)
        return;
    long n = ++f->counted[kind];
    if (kind != f->kind || n < f->at || (n > f->at && !f->always))
        return;
    if (f->error == 0) {
        if (!shorten(c, &r))
            return;
    } else {
        c->error = f->error;
        r.orig_rax = SYS_getpid; /* no number at all would be the sandbox's end of it */
    }
    f->failed++;
    ptrace(PTRACE_SETREGS, c->thread, 0, &r);
}

void call_leave(struct call *c)
{
    struct user_regs_struct r;
    if (c->restore)
        ptrace(PTRACE_POKEDATA, c->thread, c->restore, c->original);
    if (!c->error || ptrace(PTRACE_GETREGS, c->thread, 0, &r) != 0)
        return;
    r.rax = (unsigned long)-(long)c->error;
    ptrace(PTRACE_SETREGS, c->thread, 0, &r);
}
