/*
 * input - octets from the terminal, a pipe or a file, while everything else goes on: the
 * fiber that reads is parked.  Ctrl-C (shell_interrupted) ends the wait.
 */
#ifndef CLI_FTP_INPUT_H
#define CLI_FTP_INPUT_H

#include "base/loop.h"
#include "cli/ftp/shell.h"

struct input {
    struct shell *shell;
    int fd; /* borrowed; not made non-blocking: others may share it */
    bool is_watched;
    struct watch watch;
    struct fiber *reader;
};

int input_open(struct input *, struct shell *, int fd); /* 0 or -errno; must not move */
void input_close(struct input *);
/* As read(2); -EINTR after Ctrl-C. */
ssize_t input_read(struct input *, void *at, size_t size);

#endif
