#include "role/master.h"

#include "base/asan.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/ring.h"
#include "os/files.h"
#include "os/spawn.h"
#include "store/session.h"
#include "wire/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct master master;

static struct ring_writer own_ring;

/* Notices reach standard error through the log role, in their order with all others. */
static void log_sink_of_master(enum log_level level, uint64_t session, const char *line)
{
    if (level <= LOG_WARNING)
        log_to_stderr(level, session, line);
    ring_write(&own_ring, RECORD_EVENT, (uint8_t)level, session, span_of(line));
}

/* ---- what all share */

static int make_clock(void)
{
    size_t size = sizeof(struct clock_page);
    master.clock = shared_open("clock", size);
    if (master.clock < 0)
        return master.clock;
    const struct clock_page *page = shared_map(master.clock, size);
    if (!page)
        return -ENOMEM;
    clock_use(page);
    int error = shared_writers_end(master.clock);
    return error == -EINVAL ? 0 : error; /* before Linux 5.1 */
}

static int make_ring(void)
{
    size_t size = ring_memory_size(TRANSCRIPT_RING);
    master.own_ring = shared_open("ring", size);
    if (master.own_ring < 0)
        return master.own_ring;
    master.doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (master.doorbell < 0)
        return -errno;
    struct ring_memory *memory = shared_map(master.own_ring, size);
    if (!memory)
        return -ENOMEM;
    own_ring = (struct ring_writer){ memory, TRANSCRIPT_RING, master.doorbell };
    log_to(log_sink_of_master);
    log_name("master");
    return 0;
}

static int make_ticket(void)
{
    uint8_t key[TICKET_KEY_OCTETS];
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        return -EIO;
    master.ticket = sealed_copy("ticket", span_at(key, sizeof key));
    explicit_bzero(key, sizeof key);
    return master.ticket < 0 ? master.ticket : 0;
}

static int make_sources(enum role role)
{
    uint8_t key[SOURCES_KEY];
    uint32_t copies = role_copies(&master.site.settings, role);
    if (copies == 0 || role_kind(role) != KIND_FRONT || role == ROLE_CONTROL)
        return 0;
    int fd = master.sources[role] = shared_open("sources", sources_memory_size(copies));
    if (fd < 0)
        return fd;
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        return -EIO;
    return file_write_at(fd, span_at(key, sizeof key), 0);
}

static int make_shared(void)
{
    int error = make_clock();
    if (!error)
        error = make_ring();
    if (!error)
        error = make_ticket();
    for (enum role role = 0; !error && role < ROLES; role++)
        error = make_sources(role);
    if (!error)
        error = loop_open();
    if (error)
        log_event(LOG_ERROR, 0, "cannot start: %s", strerror(-error));
    return error;
}

/* ---- the roles */

/* Keepers first, so that fronts find them. */
static const enum role in_order[] = { ROLE_LOG,        ROLE_STORE,  ROLE_FILES,
                                      ROLE_AUTH,       ROLE_KEYS,   ROLE_PARSE,
                                      ROLE_CONTROL,    ROLE_DIALER, ROLE_MX,
                                      ROLE_SUBMISSION, ROLE_POP3,   ROLE_FTP,
                                      ROLE_IMAP,       ROLE_DNS,    ROLE_RELAY };

/* A small master has the keepers of one command: keys, or auth with store and files. */
static bool has_role(enum role role)
{
    if (!master.small)
        return true;
    return master.small_for == ROLE_KEYS
               ? role == ROLE_KEYS
               : role == ROLE_STORE || role == ROLE_FILES || role == ROLE_AUTH;
}

static int add_roles(void)
{
    int error = 0;
    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++) {
        enum role role = in_order[i];
        if (!has_role(role))
            continue;
        uint32_t copies = role_copies(&master.site.settings, role);
        for (uint32_t c = 0; !error && c < copies; c++)
            error = supervise_add(role, c);
    }
    if (error)
        log_event(LOG_ERROR, 0, "cannot start: %s", strerror(-error));
    return error;
}

static void on_stop_signal(void *arg)
{
    (void)arg;
    log_event(LOG_NOTICE, 0, "stopping");
    supervise_stop(EXIT_SUCCESS);
}

static void on_hangup(void *arg)
{
    char words[RELOAD_WORDS_MAX + 1];
    (void)arg;
    if (master.state == SERVING && !master.small)
        master_reload(words, sizeof words);
}

static int watch_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    int error = loop_on_signal(SIGTERM, on_stop_signal, NULL);
    if (!error)
        error = loop_on_signal(SIGINT, on_stop_signal, NULL);
    if (!error)
        error = loop_on_signal(SIGHUP, on_hangup, NULL);
    return error;
}

/* Once, for all roles: what this kernel cannot do for us. */
static void log_missing(void)
{
    struct sandbox_feature features[32];
    size_t count = sandbox_probe(features, 32);
    for (size_t i = 0; i < count && i < 32; i++)
        if (!features[i].available)
            log_event(LOG_WARNING, 0, "this kernel has no %s: %s: not here",
                      features[i].name, features[i].purpose);
    if (UNDER_ASAN)
        log_event(LOG_NOTICE, 0, "AddressSanitizer: no list of system calls");
}

/* Until all roles have ended; an exit code. */
static int run(void)
{
    if (make_shared() || add_roles() || watch_signals())
        return EXIT_FAILURE;
    log_missing();
    ipc_serve(ROLE_MASTER, supervise_services);
    ipc_on_end(supervise_on_end);
    supervise_start();
    loop_run();
    return master.exit_code;
}

static void begin(void)
{
    process_title("master");
    umask(077); /* the keepers' too */
    master.started = clock_now();
    master.clock = master.ticket = master.doorbell = master.own_ring = -1;
    master.front = -1;
    for (enum role role = 0; role < ROLES; role++)
        master.sources[role] = -1;
}

static int site_prepare(const char *path)
{
    int error = site_open(&master.site, path);
    if (!error)
        error = site_lock(&master.site);
    if (!error)
        error = site_configure(&master.site);
    if (!error)
        error = site_make_directories(&master.site);
    if (!error)
        error = site_listen(&master.site);
    return error;
}

int master_run(const char *path, void (*on_ready)(const struct settings *, void *),
               void *arg)
{
    begin();
    master.on_ready = on_ready;
    master.on_ready_arg = arg;
    int code = site_prepare(path) ? EXIT_FAILURE : run();
    site_unlisten(&master.site);
    site_close(&master.site);
    return code;
}

/* ---- the small master of a command.  The command has locked the site and read its
 * configuration; here it is by descriptors: */

static const char *const handed_over[] = { "site", "lock", "settings", "front",
                                           "ready" };
enum { SITE, LOCK, SETTINGS, FRONT, READY, HANDED_OVER };

static void tell_ready(const struct settings *s, void *arg)
{
    (void)s;
    file_write_all(*(int *)arg, SPAN("r"));
}

int role_master(uint32_t keeper)
{
    int fds[HANDED_OVER];
    for (size_t i = 0; i < HANDED_OVER; i++)
        if ((fds[i] = spawn_inherited(handed_over[i])) < 0)
            return EXIT_FAILURE;
    begin();
    struct site *s = &master.site;
    site_none(s, "the site");
    s->directory = fds[SITE];
    s->lock = fds[LOCK];
    s->settings_memory = fds[SETTINGS];
    master.small = true;
    master.small_for = (enum role)keeper;
    master.front = fds[FRONT];
    master.on_ready = tell_ready;
    master.on_ready_arg = &fds[READY];
    const struct settings *settings = sealed_map(s->settings_memory, sizeof *settings);
    if (!settings || !settings_are_sound(settings))
        return EXIT_FAILURE;
    s->settings = *settings;
    return site_make_directories(s) ? EXIT_FAILURE : run();
}

static struct {
    struct site site;
    enum role keeper; /* who answers */
    pid_t pid;        /* of the small master; 0: none */
} keepers;

/* Starts it; its ends of the pipe and of the channel stay with the caller. */
static int spawn_small_master(int front, int ready)
{
    char keeper[12];
    snprintf(keeper, sizeof keeper, "%d", (int)keepers.keeper);
    const char *const argv[] = { "packetboat", "role", "master", keeper, NULL };
    const int fds[HANDED_OVER] = { keepers.site.directory, keepers.site.lock,
                                   keepers.site.settings_memory, front, ready };
    struct named_descriptor named[HANDED_OVER];
    for (size_t i = 0; i < HANDED_OVER; i++)
        named[i] = (struct named_descriptor){ handed_over[i], fds[i] };
    pid_t pid = spawn(argv, named, HANDED_OVER);
    if (pid < 0)
        return pid;
    keepers.pid = pid;
    return 0;
}

/* 0 once the keepers serve; -EIO: they have ended, and have said why. */
static int start_small_master(void)
{
    int pair[2], ready[2];
    int error = ipc_pair(pair);
    if (error)
        return error;
    OWN(fd_close) int ours = pair[0], theirs = pair[1];
    if (pipe2(ready, O_CLOEXEC) < 0)
        return -errno;
    OWN(fd_close) int hear = ready[0], tell = ready[1];
    error = spawn_small_master(theirs, tell);
    fd_close(&tell);
    fd_close(&theirs);
    char octet;
    if (!error && read(hear, &octet, 1) != 1)
        error = -EIO;
    static const struct service none[] = { { 0 } };
    ipc_serve(ROLE_CONTROL, none);
    return error ? error : ipc_adopt(fd_take(&ours), keepers.keeper, 0);
}

int master_keepers(const char *path, enum role keeper)
{
    keepers.keeper = keeper;
    int error = site_open(&keepers.site, path);
    if (!error)
        error = site_lock(&keepers.site);
    if (!error)
        error = site_configure(&keepers.site);
    if (error) {
        site_close(&keepers.site);
        return error;
    }
    error = start_small_master();
    if (error) {
        fprintf(stderr, "packetboat: %s: its keepers do not serve\n", path);
        master_keepers_end();
    }
    return error;
}

void master_keepers_end(void)
{
    struct channel *keeper = ipc_peer(keepers.keeper, 0);
    if (keeper)
        channel_close(keeper);
    if (keepers.pid > 0) {
        kill(keepers.pid, SIGTERM);
        waitpid(keepers.pid, NULL, 0);
        keepers.pid = 0;
    }
    site_close(&keepers.site);
}
