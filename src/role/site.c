#include "role/site.h"

#include "base/clock.h"
#include "base/own.h"
#include "os/files.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCK_LOOK_MS = 10, LOCK_WAIT_SECONDS = 3 };

__attribute__((format(printf, 2, 3))) static int say(int error, const char *format, ...)
{
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    fprintf(stderr, "packetboat: %s\n", what);
    return error;
}

void site_none(struct site *s, const char *path)
{
    memset(s, 0, sizeof *s);
    s->path = path;
    s->directory = s->lock = s->settings_memory = s->control = -1;
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        s->listen[i] = -1;
    for (size_t i = 0; i < ROLES; i++)
        s->keepers[i] = -1;
}

/* Root would give the files of another user's site to the roles' own uids, and that user
 * could never start it again. */
static int check_owner(const struct site *s)
{
    struct stat st;
    if (fstat(s->directory, &st) < 0)
        return say(-errno, "%s: %s", s->path, strerror(errno));
    if (geteuid() == 0 && st.st_uid != 0)
        return say(-EPERM,
                   "%s belongs to user %u: do this as that user, or give it to root",
                   s->path, (unsigned)st.st_uid);
    return 0;
}

int site_open(struct site *s, const char *path)
{
    site_none(s, path);
    s->directory = dir_open(AT_FDCWD, path);
    if (s->directory == -ENOENT)
        return say(-ENOENT, "%s is not there; 'packetboat init' makes a site", path);
    if (s->directory < 0)
        return say(s->directory, "%s: %s", path, strerror(-s->directory));
    return check_owner(s);
}

void site_close(struct site *s)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        fd_close(&s->listen[i]);
    for (size_t i = 0; i < ROLES; i++)
        fd_close(&s->keepers[i]);
    fd_close(&s->control);
    fd_close(&s->settings_memory);
    fd_close(&s->lock);
    fd_close(&s->directory);
}

/* ---- the lock */

/* Who says that the site is his, and lives; 0: nobody. */
static pid_t holder(int lock)
{
    char text[24];
    uint64_t pid;
    ssize_t n = pread(lock, text, sizeof text, 0);
    struct span digits = span_at(text, n > 0 ? (size_t)n : 0);
    if (!span_take_number(&digits, INT32_MAX, &pid) || pid == 0)
        return 0;
    return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (pid_t)pid : 0;
}

/* The keepers hold the lock too.  When a master is killed they need a moment to follow
 * it; a new one must not begin before them. */
static int take_lock(int lock, pid_t *holder_r)
{
    uint64_t end = clock_in(LOCK_WAIT_SECONDS * CLOCK_SECOND);
    for (;;) {
        int error = file_lock(lock);
        if (error != -EWOULDBLOCK)
            return error;
        *holder_r = holder(lock);
        if (*holder_r || clock_now() >= end)
            return error;
        poll(NULL, 0, LOCK_LOOK_MS);
    }
}

int site_lock(struct site *s)
{
    s->lock = file_open(s->directory, "lock", O_RDWR | O_CREAT, 0600);
    if (s->lock < 0)
        return say(s->lock, "%s/lock: %s", s->path, strerror(-s->lock));
    pid_t pid = 0;
    int error = take_lock(s->lock, &pid);
    if (error == -EWOULDBLOCK)
        return say(error, "%s is in use by process %d", s->path, (int)pid);
    char text[24];
    int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (!error && ftruncate(s->lock, 0) < 0)
        error = -errno;
    if (!error)
        error = file_write_at(s->lock, span_at(text, (size_t)n), 0);
    return error ? say(error, "%s/lock: %s", s->path, strerror(-error)) : 0;
}

/* ---- the configuration */

/* Reads the whole answer, or nothing: a reader that hangs is not waited for. */
static bool read_answer(int from, struct config_answer *answer_r)
{
    char *at = (char *)answer_r;
    size_t len = 0;
    uint64_t end = clock_in(CONFIG_SECONDS * CLOCK_SECOND);
    while (len < sizeof *answer_r && clock_now() < end) {
        struct pollfd p = { .fd = from, .events = POLLIN };
        if (poll(&p, 1, 100) <= 0)
            continue;
        ssize_t n = read(from, at + len, sizeof *answer_r - len);
        if (n <= 0)
            return false;
        len += (size_t)n;
    }
    if (len < sizeof *answer_r)
        return false;
    answer_r->error[sizeof answer_r->error - 1] = '\0';
    for (char *c = answer_r->error; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return true;
}

static bool ask_reader(int file, struct config_answer *answer_r)
{
    static const char *const argv[] = { "packetboat", "role", "config", "0", NULL };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    const struct named_descriptor named[] = { { "configuration", file },
                                              { "answer", ends[1] } };
    pid_t pid = spawn(argv, named, 2);
    close(ends[1]);
    bool answered = pid > 0 && read_answer(ends[0], answer_r);
    close(ends[0]);
    if (pid > 0) {
        kill(pid, SIGKILL); /* it has nothing left to do */
        waitpid(pid, NULL, 0);
    }
    return answered;
}

int site_read_settings(const struct site *s, struct settings *settings_r, char *error_r,
                       size_t size)
{
    struct config_answer answer;
    OWN(fd_close) int file = file_open(s->directory, "packetboat.conf", O_RDONLY, 0);
    int error = 0;
    if (file < 0) {
        error = file;
        snprintf(error_r, size, "%s/packetboat.conf: %s%s", s->path, strerror(-file),
                 file == -ENOENT ? "; 'packetboat init' makes one" : "");
    } else if (!ask_reader(file, &answer)) {
        error = -EIO;
        snprintf(error_r, size, "%s/packetboat.conf: its reader has failed", s->path);
    } else if (answer.kind != CONFIG_SETTINGS) {
        error = -EINVAL;
        snprintf(error_r, size, "%s/%s", s->path, answer.error);
    } else if (!settings_are_sound(&answer.settings)) {
        error = -EINVAL;
        snprintf(error_r, size, "%s/packetboat.conf: its reader gave an unsound answer",
                 s->path);
    }
    if (!error)
        *settings_r = answer.settings;
    return error;
}

int site_configure(struct site *s)
{
    char words[512];
    int error = site_read_settings(s, &s->settings, words, sizeof words);
    if (error)
        return say(error, "%s", words);
    s->settings_memory =
        sealed_copy("settings", span_at(&s->settings, sizeof s->settings));
    if (s->settings_memory < 0)
        return say(s->settings_memory, "the settings cannot be sealed: %s",
                   strerror(-s->settings_memory));
    return 0;
}

/* ---- the keepers' directories */

static int make_directory(struct site *s, enum role role)
{
    int dir = dir_make(s->directory, role_name(role), 0700);
    if (dir < 0)
        return dir;
    s->keepers[role] = dir;
    uid_t uid = s->settings.uid_base + (uid_t)role;
    struct stat st;
    if (fstat(dir, &st) < 0)
        return -errno;
    /* The top is given last, so its owner says that all below has been given. */
    return geteuid() != 0 || st.st_uid == uid ? 0 : dir_give(dir, uid);
}

int site_make_directories(struct site *s)
{
    for (enum role role = 0; role < ROLES; role++) {
        if (role_kind(role) != KIND_KEEPER || role_copies(&s->settings, role) == 0)
            continue;
        int error = make_directory(s, role);
        if (error)
            return say(error, "%s/%s: %s", s->path, role_name(role), strerror(-error));
    }
    return 0;
}
