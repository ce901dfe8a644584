/* events - see events.h. */
#include "role/events.h"

#include "base/buf.h"
#include "base/log.h"
#include "config/limits.h"
#include "ipc/message.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 2048 };

static int directory = -1, file = -1;
static uint64_t file_size;
static struct buf lines = { .max = TRANSCRIPT_BATCH };

static int open_file(void)
{
    struct stat s;
    file = file_open(directory, "events", O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (file < 0)
        return file;
    file_size = fstat(file, &s) == 0 ? (uint64_t)s.st_size : 0;
    return 0;
}

int events_open(int dir)
{
    directory = dir;
    return open_file();
}

void events_close(void)
{
    events_flush();
    fd_close(&file);
    buf_free(&lines);
}

static void put_time(char *out, size_t size, int64_t wall_us)
{
    time_t seconds = wall_us / 1000000;
    struct tm t;
    char day[32] = "?";
    if (gmtime_r(&seconds, &t))
        strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(out, size, "%s.%03dZ", day, (int)(wall_us / 1000 % 1000));
}

static enum log_level level_of(const struct record *r)
{
    return r->level <= LOG_DEBUG ? (enum log_level)r->level : LOG_ERROR;
}

static size_t line_of(const struct record *r, struct span text, char line_r[LINE_SIZE])
{
    char when[48], id[16] = "", clean[LINE_SIZE - 128];
    put_time(when, sizeof when, r->wall_us);
    if (r->session)
        snprintf(id, sizeof id, " [%08" PRIx64 "]", r->session >> 32);
    log_clean(text, clean, sizeof clean);
    int n = snprintf(line_r, LINE_SIZE, "%s %s %s%s %s\n", when,
                     r->role < ROLES ? role_name((enum role)r->role) : "?",
                     log_level_name(level_of(r)), id, clean);
    return (size_t)n < LINE_SIZE ? (size_t)n : LINE_SIZE - 1;
}

void events_put(const struct record *r, struct span text)
{
    char line[LINE_SIZE];
    struct span s = span_at(line, line_of(r, text, line));
    if (level_of(r) == LOG_NOTICE && write(STDERR_FILENO, s.at, s.len) < 0)
        return; /* nowhere left to say it */
    if (lines.len + s.len > lines.max)
        events_flush();
    buf_put(&lines, s); /* no memory for it: then without */
}

static int begin_next(void)
{
    fd_close(&file);
    if (renameat(directory, "events", directory, "events.1") < 0)
        return -errno;
    return open_file();
}

static int write_lines(void)
{
    int error = 0;
    if (file < 0)
        error = open_file();
    else if (file_size > 0 && file_size + lines.len > EVENTS_FILE)
        error = begin_next();
    return error ? error : file_write_all(file, buf_span(&lines));
}

void events_flush(void)
{
    static int said;
    if (lines.len == 0)
        return;
    int error = write_lines();
    bool news = error && error != said;
    said = error;
    file_size += lines.len;
    buf_clear(&lines);
    if (news) /* last: this is an event too */
        log_event(LOG_ERROR, 0, "log/events cannot be written: %s", strerror(-error));
}
