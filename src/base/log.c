#include "base/log.h"

#include "base/clock.h"
#include "base/span.h"

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

/* How many octets follow the first of a UTF-8 sequence, and from where to where the
 * second may lie (RFC 3629 §4); 0 for one that starts none. */
static size_t utf8_tail(uint8_t first, uint8_t *low_r, uint8_t *high_r)
{
    *low_r = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *high_r = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first == 0xc2) /* U+0080 to U+009F are controls, which terminals obey */
        *low_r = 0xa0;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/* The length of the character at the front when it may be shown as it is, else 0. */
static size_t showable(struct span s)
{
    const uint8_t *at = (const uint8_t *)s.at;
    if (at[0] < 0x80)
        return at[0] >= 0x20 && at[0] != 0x7f;
    uint8_t low, high;
    size_t tail = utf8_tail(at[0], &low, &high);
    if (tail == 0 || s.len <= tail || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i <= tail; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return tail + 1;
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
