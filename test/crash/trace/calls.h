/*
 * calls - system calls of a traced process that fail, or do less than they were asked.
 *
 * Only those that touch files count: not sockets, pipes, eventfds, memory.  x86-64.
 */
#ifndef TEST_CRASH_TRACE_CALLS_H
#define TEST_CRASH_TRACE_CALLS_H

#include <stdbool.h>
#include <sys/types.h>

enum kind { OPEN, WRITE, SYNC, NAME, SIZE, CLOSE, KINDS };

/* What is to fail. */
struct fault {
    bool on;        /* there is a fault, or calls are counted by kind */
    enum kind kind; /* KINDS: nothing fails */
    int error;      /* an errno; 0: half is written */
    long at;        /* the n-th, from 1 */
    bool always;    /* and all that come later */
    long counted[KINDS];
    long failed;
};

/* A call that a thread is in. */
struct call {
    pid_t thread;
    int error;              /* what it is to return; 0: what it returns */
    unsigned long restore;  /* a place in the process that was changed, ... */
    unsigned long original; /* ... and what stood there */
};

bool fault_parse(const char *what, struct fault *fault_r);
void fault_print(const struct fault *);
/* Both with the thread stopped at it. */
void call_enter(struct call *, pid_t process, struct fault *);
void call_leave(struct call *);

#endif
