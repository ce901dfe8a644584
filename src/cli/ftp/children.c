/* children - see shell.h: other programs, by the system's shell. */
#include "cli/ftp/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* As a shell's child: signals as a program expects them. */
static void become(const char *command)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Ctrl-C is the child's meanwhile. */
static int wait_for(int pid)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction before;
    int status = 0;
    sigaction(SIGINT, &ignore, &before);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &before, NULL);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? EXIT_SUCCESS : EXIT_FAILURE_;
}

int child_run(const char *command)
{
    fflush(NULL);
    int pid = fork();
    if (pid < 0)
        return cli_fail("%s", strerror(errno));
    if (pid == 0)
        become(command);
    return wait_for(pid);
}

FILE *child_pipe(const char *command, int *pid_r)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    fflush(NULL);
    int pid = fork();
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        become(command);
    }
    close(ends[0]);
    FILE *to = pid < 0 ? NULL : fdopen(ends[1], "w");
    if (!to)
        close(ends[1]);
    *pid_r = pid;
    return to;
}

int child_end(FILE **to, int pid)
{
    fclose(*to);
    *to = NULL;
    return wait_for(pid);
}
