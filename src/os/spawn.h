/*
 * spawn - a new process of this program, with named descriptors and nothing else.
 *
 * The child re-executes /proc/self/exe, so that each role has its own address-space
 * layout.  Descriptors arrive under names (in the environment, as "NAME:NUMBER"), all
 * others are closed; of the environment only what roles need passes.
 */
#ifndef OS_SPAWN_H
#define OS_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

struct named_descriptor {
    const char *name; /* letters, digits, "." */
    int fd;           /* stays the caller's */
};

/* argv: NULL-ended.  standard input and output become /dev/null, standard error stays.
 * The child dies with its parent.  The child's pid, or -errno. */
pid_t spawn(const char *const argv[], const struct named_descriptor *, size_t count);

/* In the child: the descriptor of that name, close-on-exec now; -1: none. */
int spawn_inherited(const char *name);

/* Shows as "packetboat: NAME" in ps; main calls process_title_room first, which moves
 * the arguments and the environment out of its way. */
void process_title_room(char **argv);
void process_title(const char *name);

#endif
