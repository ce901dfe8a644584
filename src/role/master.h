/*
 * master - what the files of the master know of each other, and nobody else.
 *
 *     site.c listen.c   what the site's directory and configuration give it
 *     inherit.c         which descriptors each role gets
 *     supervise.c       the processes: started, joined by channels, started again, stopped
 *     reload.c          the configuration again, while all run
 *     master.c          the whole: master_run, and the small master of a command
 *
 * The master decides over processes and nothing else.  It reads no peer's bytes and no
 * message but "I am ready", "that one broke the rules", and "read packetboat.conf again".
 */
#ifndef ROLE_MASTER_H
#define ROLE_MASTER_H

#include "base/loop.h"
#include "role/site.h"

enum { PROCESSES_MAX = ROLES + COPIES_MAX };

/* One copy of a role, over all its lives. */
struct process {
    enum role role;
    uint32_t instance;
    int ring;  /* its shared memory; kept, so that log reads on; -1: none */
    pid_t pid; /* 0: not running */
    int pidfd; /* readable once it has ended */
    struct watch watch;
    bool ready;
    uint64_t started; /* clock_now() */
    struct timer again;
    unsigned back_off_ms; /* before the next start */
    unsigned failures;    /* ends before all were ready */
};

enum master_state { STARTING, SERVING, STOPPING };

struct master {
    struct site site;
    enum master_state state;
    uint64_t started;
    int exit_code;
    int clock, ticket, doorbell, own_ring;
    int sources[ROLES];  /* what copies of a front count together; else -1 */
    bool small;          /* keepers only, for a command, and no word but of trouble */
    enum role small_for; /* then: whom the command asks, */
    int front;           /* and its channel to him; else -1 */
    struct process processes[PROCESSES_MAX];
    size_t count;
    unsigned stage; /* of stopping */
    struct timer stage_timer;
    void (*on_ready)(const struct settings *, void *);
    void *on_ready_arg;
};

extern struct master master; /* callbacks of ipc take no argument */

/* A process for that role, with what it inherits; channel: its end of the channel to us.
 * Its pid, or -errno. */
pid_t inherit_and_spawn(const struct process *, int channel);

/* Adds a process, not yet running.  0 or -errno. */
int supervise_add(enum role, uint32_t instance);
/* Starts all that were added. */
void supervise_start(void);
/* Tells fronts, then keepers, to finish; the loop stops once all have ended. */
void supervise_stop(int exit_code);

/* Reads packetboat.conf again and tells all roles: 0 or -errno, and what there is to say
 * of it in words. */
int master_reload(char *words_r, size_t size);
void on_admin_reload(struct call *, const void *question);

/* For ipc: what roles say, and that a role's channel has ended. */
extern const struct service supervise_services[];
void supervise_on_end(struct channel *);

#endif
