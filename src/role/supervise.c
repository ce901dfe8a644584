#include "role/master.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/ring.h"
#include "os/files.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEADY_SECONDS = 10 };

static struct process *process_of(enum role role, uint32_t instance)
{
    for (size_t i = 0; i < master.count; i++)
        if (master.processes[i].role == role &&
            master.processes[i].instance == instance)
            return &master.processes[i];
    return NULL;
}

/* ---- channels */

static bool may_talk(enum role a, enum role b)
{
    for (enum message m = 0; m < MESSAGES; m++)
        if (message_may_send(m, a, b) || message_may_send(m, b, a))
            return a != b;
    return false;
}

static void give_channel(struct process *to, const struct process *peer, int end)
{
    struct channel *c = ipc_peer(to->role, to->instance);
    struct master_channel m = { .role = (uint8_t)peer->role,
                                .instance = peer->instance,
                                .descriptor = end };
    int error = c ? tell_master_channel(c, &m) : -EPIPE;
    if (error && error != -EPIPE) /* it is ending: its successor gets one */
        log_event(LOG_ERROR, 0, "%s %u gets no channel to %s: %s", role_name(to->role),
                  to->instance, role_name(peer->role), strerror(-error));
}

static void join(struct process *a, struct process *b)
{
    int ends[2];
    int error = ipc_pair(ends);
    if (error) {
        log_event(LOG_ERROR, 0, "no channel from %s to %s: %s", role_name(a->role),
                  role_name(b->role), strerror(-error));
        return;
    }
    give_channel(a, b, ends[0]);
    give_channel(b, a, ends[1]);
    close(ends[0]);
    close(ends[1]);
}

static void join_all(struct process *p)
{
    for (size_t i = 0; i < master.count; i++) {
        struct process *other = &master.processes[i];
        if (other != p && other->pid && may_talk(p->role, other->role))
            join(p, other);
    }
    if (master.front >= 0 && p->role == master.small_for) {
        give_channel(p, &(struct process){ .role = ROLE_CONTROL }, master.front);
        fd_close(&master.front);
    }
}

/* ---- one process's life */

static void try_later(struct process *p)
{
    int error = loop_timer_set(&p->again, clock_in(p->back_off_ms * CLOCK_MS));
    if (error)
        supervise_stop(EXIT_FAILURE);
    p->back_off_ms *= 2;
    if (p->back_off_ms > RESTART_MOST_MS)
        p->back_off_ms = RESTART_MOST_MS;
}

/* 0 or -errno; p->pid says whether something runs, which then has been killed. */
static int start_process(struct process *p)
{
    int ends[2];
    int error = ipc_pair(ends);
    if (error)
        return error;
    pid_t pid = inherit_and_spawn(p, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return pid;
    }
    p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    error = p->pidfd < 0 ? -errno : loop_watch(&p->watch, p->pidfd);
    if (error) {
        close(ends[0]);
        fd_close(&p->pidfd);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return error;
    }
    p->pid = pid;
    error = ipc_adopt(ends[0], p->role, p->instance);
    if (error)
        kill(pid, SIGKILL);
    return error;
}

static void start(struct process *p)
{
    p->ready = false;
    p->started = clock_now();
    int error = start_process(p);
    if (error)
        log_event(LOG_ERROR, 0, "%s %u cannot be started: %s", role_name(p->role),
                  p->instance, strerror(-error));
    if (p->pid)
        join_all(p);
    else
        try_later(p);
}

static void on_again(void *process)
{
    start(process);
}

static void log_end(const struct process *p, int status)
{
    char how[64];
    enum log_level level = LOG_WARNING;
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(how, sizeof how, "ended with exit code %d", WEXITSTATUS(status));
    if (master.state == STOPPING) {
        level = status == 0 ? LOG_DEBUG : LOG_WARNING;
        log_event(level, 0, "%s %u (pid %d) %s", role_name(p->role), p->instance,
                  p->pid, how);
    } else {
        log_event(level, 0, "%s %u (pid %d) %s; again in %u ms", role_name(p->role),
                  p->instance, p->pid, how, p->back_off_ms);
    }
}

static void stop_further(void);

static void on_ended(void *process, unsigned ready)
{
    (void)ready;
    struct process *p = process;
    int status;
    if (waitpid(p->pid, &status, WNOHANG) != p->pid)
        return;
    if (clock_now() - p->started >= STEADY_SECONDS * CLOCK_SECOND)
        p->back_off_ms = RESTART_FIRST_MS;
    log_end(p, status);
    loop_unwatch(&p->watch);
    fd_close(&p->pidfd);
    p->pid = 0;
    struct channel *c = ipc_peer(p->role, p->instance);
    if (c)
        channel_close(c);
    if (master.state == STOPPING) {
        stop_further();
    } else if (master.state == STARTING && ++p->failures >= START_FAILURES_MAX) {
        log_event(LOG_ERROR, 0, "%s does not come up: giving up", role_name(p->role));
        supervise_stop(EXIT_FAILURE);
    } else {
        try_later(p);
    }
}

int supervise_add(enum role role, uint32_t instance)
{
    assert(master.count < PROCESSES_MAX);
    struct process *p = &master.processes[master.count];
    *p = (struct process){ .role = role,
                           .instance = instance,
                           .ring = -1,
                           .pidfd = -1,
                           .back_off_ms = RESTART_FIRST_MS };
    p->watch = (struct watch){ .on_ready = on_ended, .arg = p };
    p->again = (struct timer){ .on_time = on_again, .arg = p };
    if (role != ROLE_LOG) {
        p->ring = shared_open("ring", ring_memory_size(TRANSCRIPT_RING));
        if (p->ring < 0)
            return p->ring;
    }
    master.count++;
    return 0;
}

void supervise_start(void)
{
    for (size_t i = 0; i < master.count; i++)
        start(&master.processes[i]);
}

/* ---- stopping: those who ask before those who are asked, log the last */

static unsigned stage_of(enum role role)
{
    if (role_kind(role) == KIND_FRONT)
        return 0;
    return role == ROLE_LOG || role == ROLE_PARSE ? 3 : role == ROLE_STORE ? 2 : 1;
}
enum { STAGES = 4 };

static size_t running(unsigned stage)
{
    size_t count = 0;
    for (size_t i = 0; i < master.count; i++)
        count += stage_of(master.processes[i].role) == stage && master.processes[i].pid;
    return count;
}

static void on_stage_time(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < master.count; i++) {
        const struct process *p = &master.processes[i];
        if (stage_of(p->role) != master.stage || !p->pid)
            continue;
        log_event(LOG_WARNING, 0, "%s %u does not end within %d s: killed",
                  role_name(p->role), p->instance, STOP_SECONDS);
        kill(p->pid, SIGKILL);
    }
}

static void stop_stage(void)
{
    for (size_t i = 0; i < master.count; i++) {
        const struct process *p = &master.processes[i];
        struct channel *c = p->pid ? ipc_peer(p->role, p->instance) : NULL;
        if (stage_of(p->role) != master.stage || !p->pid)
            continue;
        if (!c || tell_master_stop(c, &(struct master_stop){ 0 }) != 0)
            kill(p->pid, SIGKILL);
    }
    loop_timer_set(&master.stage_timer, clock_in(STOP_SECONDS * CLOCK_SECOND));
}

/* A process has ended, or stopping begins: on to the first stage that has one left. */
static void stop_further(void)
{
    if (running(master.stage) > 0)
        return;
    while (master.stage < STAGES && running(master.stage) == 0)
        master.stage++;
    if (master.stage < STAGES) {
        stop_stage();
        return;
    }
    loop_timer_clear(&master.stage_timer);
    loop_stop();
}

void supervise_stop(int exit_code)
{
    if (master.state == STOPPING)
        return;
    master.state = STOPPING;
    master.exit_code = exit_code;
    master.stage = 0;
    master.stage_timer.on_time = on_stage_time;
    for (size_t i = 0; i < master.count; i++)
        loop_timer_clear(&master.processes[i].again);
    if (running(0) > 0)
        stop_stage();
    else
        stop_further();
}

/* ---- what roles say */

static void on_role_ready(struct call *call, const void *question)
{
    (void)question;
    struct process *p = process_of(call->from, call->instance);
    if (!p)
        return;
    p->ready = true;
    if (master.state == SERVING)
        log_event(LOG_NOTICE, 0, "%s %u serves again after %u ms", role_name(p->role),
                  p->instance, (unsigned)((clock_now() - p->started) / CLOCK_MS));
    for (size_t i = 0; i < master.count; i++)
        if (!master.processes[i].ready)
            return;
    if (master.state != STARTING)
        return;
    master.state = SERVING;
    log_event(LOG_NOTICE, 0, "ready in %u ms",
              (unsigned)((clock_now() - master.started) / CLOCK_MS));
    if (master.on_ready)
        master.on_ready(&master.site.settings, master.on_ready_arg);
}

/* One of the two must go, for a channel between them would only break again.  Whoever
 * sees network bytes is the one that may have been taken over: a keeper's word against
 * a front ends the front, and a front's word against a keeper ends the front too.  What
 * sees typed messages only, keepers and dialer, is believed. */
static bool is_believed(enum role role)
{
    return role_kind(role) == KIND_KEEPER || role_kind(role) == KIND_DIALER;
}

static void on_role_refused(struct call *call, const void *question)
{
    const struct role_refused *q = question;
    struct process *teller = process_of(call->from, call->instance);
    struct process *told = q->role < ROLES ? process_of(q->role, q->instance) : NULL;
    if (!teller || !told)
        return;
    bool told_goes = !is_believed(told->role) || is_believed(teller->role);
    struct process *goes = told_goes ? told : teller;
    log_event(LOG_WARNING, 0, "%s %u was refused by %s %u: %s %u is ended",
              role_name(told->role), told->instance, role_name(teller->role),
              teller->instance, role_name(goes->role), goes->instance);
    if (goes->pid)
        kill(goes->pid, SIGKILL);
}

const struct service supervise_services[] = {
    { MESSAGE_role_ready, on_role_ready },
    { MESSAGE_role_refused, on_role_refused },
    { MESSAGE_admin_reload, on_admin_reload },
    { 0 },
};

/* A role whose channel to us has ended is ending, or has said what it may not: either
 * way nothing more is heard of it. */
void supervise_on_end(struct channel *c)
{
    const struct process *p = process_of(channel_role(c), channel_instance(c));
    if (p && p->pid)
        kill(p->pid, SIGKILL);
}
