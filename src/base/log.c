#include "base/log.h"

#include "base/clock.h"
#include "base/span.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Both stand on the stack of a fiber: keep them small.  What is longer is cut. */
enum { RAW_SIZE = 1024, LINE_SIZE = 1536 };

static const char *name = "packetboat";

void log_to_stderr(enum log_level level, uint64_t session, const char *line)
{
    char when[32], id[24] = "", out[LINE_SIZE + 128];
    time_t now = clock_wall();
    struct tm t;
    gmtime_r(&now, &t);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &t);
    if (session)
        snprintf(id, sizeof id, " [%" PRIx64 "]", session);
    int n = snprintf(out, sizeof out, "%s %.40s %s%s %s", when, name,
                     log_level_name(level), id, line);
    size_t len = (size_t)n < sizeof out ? (size_t)n : sizeof out - 1;
    out[len++] = '\n'; /* in the NUL's place: one write, so that lines do not mix */
    if (write(STDERR_FILENO, out, len) < 0)
        return; /* nowhere left to say it */
}

static log_sink *sink = log_to_stderr;

void log_to(log_sink *to)
{
    sink = to ? to : log_to_stderr;
}

void log_name(const char *role)
{
    name = role;
}

const char *log_level_name(enum log_level level)
{
    static const char *const names[] = { "error", "warning", "notice", "debug" };
    return names[level];
}

/* The length of the character at the front when it may be shown as it is, else 0. */
static size_t showable(struct span s)
{
    uint8_t first = (uint8_t)*s.at;
    return first < 0x20 || first == 0x7f ? 0 : utf8_length(s);
}

void log_clean(struct span s, char *line_r, size_t size)
{
    size_t len = 0;
    while (s.len > 0 && len + 5 <= size) {
        size_t n = showable(s);
        if (n > 0) {
            memcpy(line_r + len, s.at, n);
            len += n;
        } else {
            n = 1;
            len += (size_t)snprintf(line_r + len, 5, "\\x%02x", (uint8_t)s.at[0]);
        }
        s = span_skip(s, n);
    }
    line_r[len] = '\0';
}

void log_event(enum log_level level, uint64_t session, const char *format, ...)
{
    int saved = errno;
    char raw[RAW_SIZE], line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof raw ? (size_t)n : sizeof raw - 1;
    log_clean(span_at(raw, len), line, sizeof line);
    sink(level, session, line);
    errno = saved;
}
