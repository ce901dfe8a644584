/*
 * killat - SIGKILL one role at its n-th system call (K1), or let calls of it fail (K6).
 *
 *     killat attach PID WHAT           a process that runs already, with all its threads
 *     killat exec ROLE WHAT COMMAND…   the first process below COMMAND whose arguments
 *                                      hold ROLE, from its execve on; COMMAND is killed
 *                                      with it, or when counting stops
 *
 * WHAT is N: it is killed at its n-th system call; or KIND=ERROR@N: its n-th call of that
 * kind is not made and fails so, with a "+" behind it all later ones too; or "count":
 * nothing is done.  Kinds are open, write, sync, name, size, close, as test/crash/trace/calls.h
 * has them, on files alone; SHORT as an error lets half be written.
 *
 * Prints "attached" when it counts.  Ends with 0 when it killed, with 3 when the role
 * ended by itself first, and with 4 when SIGTERM told it to stop counting (the role is
 * let go and lives).  The last line is the number of system calls counted; with "count",
 * of each kind; else how many have failed.
 */
/* long: one tracer for both, and a process's whole life in it */
#include "test/crash/trace/calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 0, ENDED = 3, STOPPED = 4, FAILED = 2, THREADS_MAX = 256 };

static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
                            PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                            PTRACE_O_TRACEEXEC;

static volatile sig_atomic_t told_to_stop;
static long counted, target;
static pid_t victim;  /* thread group that is counted; 0: not known yet */
static pid_t command; /* that we started; 0: none */

/* Threads that are inside a system call: the next stop is its exit. */
static struct call inside[THREADS_MAX];
static struct fault fault; /* kind NONE: kill */

/* Again a second later: the first one may come just before waitpid begins to wait. */
static void on_term(int signal_number)
{
    (void)signal_number;
    told_to_stop = 1;
    alarm(1);
}

/* The call that this thread enters; NULL: it has come out of one. */
static struct call *entering(pid_t thread)
{
    struct call *free_slot = NULL;
    for (size_t i = 0; i < THREADS_MAX; i++) {
        if (inside[i].thread == thread) {
            call_leave(&inside[i]);
            inside[i].thread = 0;
            return NULL;
        }
        if (inside[i].thread == 0 && free_slot == NULL)
            free_slot = &inside[i];
    }
    if (free_slot != NULL)
        *free_slot = (struct call){ .thread = thread };
    return free_slot;
}

/* Whether it was killed. */
static bool on_call(pid_t thread)
{
    struct call *call = entering(thread);
    if (call == NULL)
        return false;
    counted++;
    if (fault.on)
        call_enter(call, victim, &fault);
    else if (counted == target)
        kill(victim, SIGKILL);
    return !fault.on && counted == target;
}

static pid_t group_of(pid_t thread)
{
    char path[64], line[128];
    pid_t group = 0;
    snprintf(path, sizeof path, "/proc/%d/status", thread);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "Tgid: %d", &group) == 1)
            break;
    fclose(f);
    return group;
}

/* Do the arguments of this process hold the role's name as a word of their own? */
static bool plays(pid_t pid, const char *role)
{
    char path[64], words[4096];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, words, sizeof words - 1);
    close(fd);
    if (n <= 0)
        return false;
    words[n] = '\0';
    for (char *word = words; word < words + n; word += strlen(word) + 1)
        if (strcmp(word, role) == 0)
            return true;
    return false;
}

static bool attach(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return false;
    for (struct dirent *e; (e = readdir(tasks)) != NULL;) {
        pid_t thread = (pid_t)strtol(e->d_name, NULL, 10);
        if (thread > 0 && ptrace(PTRACE_SEIZE, thread, 0, options) == 0)
            ptrace(PTRACE_INTERRUPT, thread, 0, 0);
    }
    closedir(tasks);
    victim = pid;
    return true;
}

static void run(char **argv)
{
    int status;
    command = fork();
    if (command == 0) {
        raise(SIGSTOP);
        execv(argv[0], argv);
        _exit(127);
    }
    waitpid(command, &status, WUNTRACED);
    ptrace(PTRACE_SEIZE, command, 0, options);
    kill(command, SIGCONT);
}

static int finish(int code)
{
    if (command > 0) {
        kill(command, SIGKILL);
        pid_t gone; /* its threads first, when it is the victim itself */
        do
            gone = waitpid(-1, NULL, __WALL);
        while (gone != command && (gone > 0 || errno == EINTR));
    }
    if (fault.on)
        fault_print(&fault);
    else
        printf("%ld\n", counted);
    return code;
}

/* Lets a stopped thread go on, with the signal that it was about to get. */
static void go_on(pid_t thread, int status)
{
    int event = status >> 16, sig = WSTOPSIG(status);
    bool own = sig == (SIGTRAP | 0x80) || sig == SIGTRAP || event != 0;
    bool counts = victim == 0 || group_of(thread) == victim;
    ptrace(counts ? PTRACE_SYSCALL : PTRACE_CONT, thread, 0, own ? 0 : sig);
}

static int trace(const char *role)
{
    for (;;) {
        int status;
        if (told_to_stop)
            return finish(STOPPED);
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno == EINTR)
            continue;
        if (thread < 0)
            return finish(ENDED);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == victim || (thread == command && victim == 0))
                return finish(ENDED);
            continue;
        }
        if (status >> 16 == PTRACE_EVENT_EXEC && role != NULL && victim == 0 &&
            plays(thread, role)) {
            victim = thread;
            puts("attached");
            fflush(stdout);
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80) && group_of(thread) == victim &&
            on_call(thread))
            return finish(KILLED);
        go_on(thread, status);
    }
}

int main(int argc, char **argv)
{
    struct sigaction term = { .sa_handler = on_term };
    if (argc < 4) {
        fprintf(stderr, "killat attach PID WHAT | killat exec ROLE WHAT COMMAND...\n");
        return FAILED;
    }
    sigaction(SIGTERM, &term, NULL);
    sigaction(SIGALRM, &term, NULL);
    target = strtol(argv[3], NULL, 10);
    if (target == 0 && !fault_parse(argv[3], &fault)) {
        fprintf(stderr, "killat: what is '%s'?\n", argv[3]);
        return FAILED;
    }
    if (strcmp(argv[1], "exec") == 0 && argc > 4) {
        run(argv + 4);
        return trace(argv[2]);
    }
    if (!attach((pid_t)strtol(argv[2], NULL, 10))) {
        perror("killat: attach");
        return FAILED;
    }
    puts("attached");
    fflush(stdout);
    return trace(NULL);
}
