/*
 * sandbox - what a role may still do once it is ready to read its first byte.
 *
 * Entered in this order: rlimits, not dumpable, own uid and gid where started as root,
 * no_new_privs, Landlock (fronts and readers: an empty rule set; keepers: their own
 * directories), a short list of system calls; what is not on it ends the process.  What
 * an older kernel lacks is reported in one clear line and left out; `packetboat check
 * --sandbox` prints the table.  Under AddressSanitizer, which needs more, the list of
 * system calls is left out and reported too.
 *
 * Enter it before the first thread starts: Landlock holds for the thread that enters and
 * for those that it starts later.
 */
#ifndef OS_SANDBOX_H
#define OS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum sandbox_calls {
    SANDBOX_READER, /* memory, time, and what is already open */
    SANDBOX_ASKED,  /* and channels on which it is asked, an alarm */
    SANDBOX_FRONT, /* and accepted connections, threads; no open, socket, bind, connect,
                     * exec (openat is refused, not fatal: the C library tries it) */
    SANDBOX_DIALER,   /* a front's; TCP sockets, bind, connect, listen, with privileged
                     * ports where started as root */
    SANDBOX_RESOLVER, /* a front's; UDP and TCP sockets, bind, connect */
    SANDBOX_KEEPER,   /* a front's, and files below its directories */
};

struct sandbox {
    enum sandbox_calls calls;
    uid_t uid;              /* 0: stay (not started as root) */
    const int *directories; /* O_PATH or ordinary; read and write below them */
    size_t directory_count;
    size_t memory_max; /* RLIMIT_AS, 0: none */
};

/* 0, or -errno with the step that failed in *step_r.  A feature that the kernel lacks
 * is no failure: its name goes to `missing` (may be NULL). */
int sandbox_enter(const struct sandbox *, const char **step_r,
                  void (*missing)(const char *feature));

/* ---- the steps that stand in files of their own; for sandbox_enter */
/* Landlock's version, 0: this kernel has none. */
int landlock_version(void);
int landlock_enter(const struct sandbox *, void (*missing)(const char *));
/* 0 or -errno; on success all threads of this process are bound. */
int calls_enter(enum sandbox_calls);
bool calls_kill_is_available(void);

/* One row a feature: its name, whether this kernel has it, what it does for us. */
struct sandbox_feature {
    const char *name;
    bool available;
    const char *purpose;
};
/* Fills up to max rows; returns how many there are. */
size_t sandbox_probe(struct sandbox_feature *features_r, size_t max);

#endif
