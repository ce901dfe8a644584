#include "role/role.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/ring.h"
#include "keys/front.h"
#include "os/files.h"
#include "os/spawn.h"
#include "role/doors.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

enum {
    SERVICES_MAX = 64,
    STOP_LOOK_MS = 5,
    READER_GIB = 3, /* of address space: the largest message is mapped whole */
};

static struct {
    struct role_start start;
    char name[32];
    struct ring_writer ring; /* memory NULL: this role has none */
    bool entered;
    struct service services[SERVICES_MAX];
    int (*prepare)(void); /* before it is ready; NULL: nothing */
    void (*take_settings)(const struct settings *);

    /* stopping */
    void (*on_stop)(void);
    size_t idle_fibers; /* those that are there when nothing is under way */
    bool stopping, on_stop_done;
    uint64_t stop_at;
    struct timer stop_timer;
} self;

__attribute__((noreturn, format(printf, 1, 2))) static void give_up(const char *format,
                                                                    ...)
{
    char why[256];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    log_event(LOG_ERROR, 0, "cannot start: %s", why);
    _exit(EXIT_FAILURE);
}

/* ---- what the master left */

static int inherited(const char *name)
{
    int fd = spawn_inherited(name);
    if (fd < 0)
        give_up("the descriptor '%s' was not inherited", name);
    return fd;
}

/* What matters also goes to standard error: the journal of the machine. */
static void log_sink_of_role(enum log_level level, uint64_t session, const char *line)
{
    if (self.ring.memory)
        ring_write(&self.ring, RECORD_EVENT, (uint8_t)level, session, span_of(line));
    if (level <= LOG_WARNING)
        log_to_stderr(level, session, line);
}

static const struct settings *inherit_settings(void)
{
    int fd = inherited("settings");
    const struct settings *s = sealed_map(fd, sizeof *s);
    if (!s || !settings_are_sound(s))
        give_up("the settings are not sound");
    close(fd);
    return s;
}

static void inherit_clock(void)
{
    int fd = inherited("clock");
    const struct clock_page *page = shared_map_to_read(fd, sizeof *page);
    if (!page)
        give_up("the clock cannot be mapped");
    close(fd);
    clock_use(page);
}

static void inherit_ring(void)
{
    int fd = inherited("ring");
    struct ring_memory *memory = shared_map(fd, ring_memory_size(TRANSCRIPT_RING));
    if (!memory)
        give_up("the ring cannot be mapped");
    close(fd);
    self.ring = (struct ring_writer){ memory, TRANSCRIPT_RING, inherited("doorbell") };
}

/* ---- the sandbox */

static void on_missing(const char *feature)
{
    /* The master says it once for all; for whoever looks at this role alone: */
    log_event(LOG_DEBUG, 0, "runs without: %s", feature);
}

static void enter(enum sandbox_calls calls)
{
    const struct role_start *start = &self.start;
    struct sandbox s = { .calls = calls, .uid = start->uid };
    if (role_kind(start->role) == KIND_READER)
        s.memory_max = (size_t)READER_GIB << 30;
    if (start->directory >= 0) {
        s.directories = &start->directory;
        s.directory_count = 1;
        /* Names of files are relative: what lies above may be closed to our uid. */
        if (fchdir(start->directory) < 0)
            give_up("its directory cannot be entered: %s", strerror(errno));
    }
    const char *step;
    int error = sandbox_enter(&s, &step, on_missing);
    if (error)
        give_up("sandbox, %s: %s", step, strerror(-error));
    self.entered = true;
}

/* ---- beginning */

/* Signals are the master's: a service manager sends SIGTERM to all of us at once, and
 * who is last to go is for the master to say. */
static void ignore_signals(void)
{
    static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGTERM };
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
}

void role_begin(struct role_start *start_r, enum role role, uint32_t instance)
{
    ignore_signals();
    snprintf(self.name, sizeof self.name, "%s %u", role_name(role), instance);
    process_title(self.name);
    log_name(self.name);
    inherit_clock();
    if (role != ROLE_LOG)
        inherit_ring();
    log_to(log_sink_of_role);
    if (role_kind(role) == KIND_FRONT)
        wire_transcript_to(&self.ring);

    const struct settings *settings = inherit_settings();
    uid_t uid = geteuid() == 0 ? settings->uid_base + (uid_t)role : 0;
    self.start = (struct role_start){ role, instance, settings, -1, uid };
    if (role_kind(role) == KIND_KEEPER)
        self.start.directory = inherited("directory");
    ipc_patience(settings->ask_seconds * CLOCK_SECOND);
    int error = loop_open();
    if (error)
        give_up("%s", strerror(-error));
    if (role_kind(role) == KIND_KEEPER)
        enter(SANDBOX_KEEPER);
    *start_r = self.start;
}

/* ---- serving */

static void look_whether_done(void *arg)
{
    (void)arg;
    bool done = self.on_stop_done && fiber_count() <= self.idle_fibers &&
                (role_kind(self.start.role) != KIND_FRONT || wire_count() == 0);
    if (done || clock_now() >= self.stop_at)
        loop_stop();
    else
        loop_timer_set(&self.stop_timer, clock_in(STOP_LOOK_MS * CLOCK_MS));
}

static void on_master_stop(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    if (self.stopping)
        return;
    self.stopping = true;
    self.stop_at = clock_in(STOP_SECONDS * CLOCK_SECOND);
    self.stop_timer.on_time = look_whether_done;
    look_whether_done(NULL);
    doors_close();
    if (role_kind(self.start.role) == KIND_FRONT)
        wire_cancel_all();
    if (self.on_stop)
        self.on_stop();
    self.on_stop_done = true;
}

static void on_master_channel(struct call *call, const void *question)
{
    (void)call;
    const struct master_channel *q = question;
    if (q->role >= ROLES || q->role == ROLE_MASTER || q->descriptor < 0) {
        if (q->descriptor >= 0)
            close(q->descriptor);
        return;
    }
    int error = ipc_adopt(q->descriptor, (enum role)q->role, q->instance);
    if (error)
        log_event(LOG_ERROR, 0, "no channel to %s %u: %s",
                  role_name((enum role)q->role), q->instance, strerror(-error));
}

/* In the place of the old ones, so that whoever reads them by pointer reads the new. */
static bool map_settings(int fd)
{
    const struct settings *now = self.start.settings;
    const struct settings *next = fd >= 0 ? sealed_map(fd, sizeof *next) : NULL;
    bool sound = next && settings_are_sound(next);
    if (next)
        sealed_unmap(next, sizeof *next);
    return sound && sealed_map_over(now, fd, sizeof *now);
}

static void on_master_settings(struct call *call, const void *question)
{
    (void)call;
    const struct master_settings *q = question;
    const struct settings *s = self.start.settings;
    if (!map_settings(q->settings))
        log_event(LOG_ERROR, 0, "the new settings are not sound");
    if (q->settings >= 0)
        close(q->settings);
    ipc_patience(s->ask_seconds * CLOCK_SECOND);
    doors_take(s);
    keys_take(s);
    if (self.take_settings)
        self.take_settings(s);
}

void role_on_settings(void (*take)(const struct settings *))
{
    self.take_settings = take;
}

static void join_services(const struct service *services)
{
    static const struct service common[] = {
        { MESSAGE_master_channel, on_master_channel },
        { MESSAGE_master_stop, on_master_stop },
        { MESSAGE_master_settings, on_master_settings },
    };
    size_t count = sizeof common / sizeof *common;
    memcpy(self.services, common, sizeof common);
    for (; services && services->run; services++) {
        assert(count < SERVICES_MAX - 1);
        self.services[count++] = *services;
    }
    ipc_serve(self.start.role, self.services);
}

void role_ready_after(int (*prepare)(void))
{
    self.prepare = prepare;
}

static void get_ready(void *unused)
{
    (void)unused;
    if (self.prepare)
        self.prepare(); /* has said what is wrong; we serve all the same */
    tell_role_ready(ipc_peer(ROLE_MASTER, 0), &(struct role_ready){ 0 });
}

int role_serve(const struct role_start *start, const struct service *services,
               enum sandbox_calls calls, void (*on_stop)(void))
{
    assert(start->role == self.start.role);
    self.on_stop = on_stop;
    self.idle_fibers = fiber_count();
    join_services(services);
    if (!self.entered)
        enter(calls);
    int error = ipc_adopt(inherited("master"), ROLE_MASTER, 0);
    if (!error)
        error = fiber_go(get_ready, NULL);
    if (error)
        give_up("no channel to the master: %s", strerror(-error));
    loop_run();
    return EXIT_SUCCESS;
}

enum role role_of_service(enum service_kind kind)
{
    static const enum role roles[SERVICES] = {
        [SERVICE_SMTP] = ROLE_MX,
        [SERVICE_LMTP] = ROLE_MX,
        [SERVICE_SUBMISSION] = ROLE_SUBMISSION,
        [SERVICE_SUBMISSIONS] = ROLE_SUBMISSION,
        [SERVICE_POP3] = ROLE_POP3,
        [SERVICE_POP3S] = ROLE_POP3,
        [SERVICE_FTP] = ROLE_FTP,
        [SERVICE_FTPS] = ROLE_FTP,
        [SERVICE_IMAP] = ROLE_IMAP,
        [SERVICE_IMAPS] = ROLE_IMAP,
    };
    return roles[kind];
}

static bool is_wanted(const struct settings *s, enum role role)
{
    for (uint32_t i = 0; i < s->listeners; i++)
        if (role_of_service((enum service_kind)s->listen[i].service) == role)
            return true;
    return false;
}

uint32_t role_copies(const struct settings *s, enum role role)
{
    if (role == ROLE_DNS)
        return s->dns.wanted;
    if (role == ROLE_RELAY)
        return s->relay.wanted;
    if (role == ROLE_DIALER) /* for those who need it */
        return is_wanted(s, ROLE_FTP) || s->relay.wanted;
    if (role == ROLE_FILES)
        return is_wanted(s, ROLE_FTP);
    if (role_kind(role) != KIND_FRONT || role == ROLE_CONTROL)
        return role == ROLE_MASTER || role_kind(role) == KIND_KEEPER ||
               role == ROLE_CONTROL || role == ROLE_PARSE;
    bool wanted = is_wanted(s, role);
    if (!wanted || role != ROLE_MX)
        return wanted;
    long cores = s->mx_copies ? (long)s->mx_copies : sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > COPIES_MAX ? COPIES_MAX : (uint32_t)cores;
}
