#include "base/log.h"

#include "base/clock.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char last_line[4096];
static enum log_level last_level;
static uint64_t last_session;

static void keep(enum log_level level, uint64_t session, const char *line)
{
    last_level = level;
    last_session = session;
    snprintf(last_line, sizeof last_line, "%s", line);
}

TEST(log_gives_the_sink_level_session_and_line)
{
    log_to(keep);
    errno = EPIPE;
    log_event(LOG_WARNING, 0xabc, "write: %s", strerror(errno));
    CHECK_EQ_INT(errno, EPIPE);
    log_to(NULL);
    CHECK_STR(last_line, "write: Broken pipe");
    CHECK_EQ_INT(last_level, LOG_WARNING);
    CHECK_EQ_UINT(last_session, 0xabc);
    CHECK_STR(log_level_name(LOG_ERROR), "error");
    CHECK_STR(log_level_name(LOG_DEBUG), "debug");
}

TEST(log_shows_what_a_terminal_would_obey)
{
    static const struct {
        const char *said, *shown;
    } rows[] = {
        { "plain \\Seen ~", "plain \\Seen ~" },
        { "a\r\nb\tc", "a\\x0d\\x0ab\\x09c" },
        { "\x1b[2J\x7f", "\\x1b[2J\\x7f" },
        { "cr\xc3\xaape \xe2\x82\xac \xf0\x9f\x90\x8c",
          "cr\xc3\xaape \xe2\x82\xac \xf0\x9f\x90\x8c" },
        { "\xff\xfe", "\\xff\\xfe" },
        { "\x80\xbf", "\\x80\\xbf" },
        { "\xc3", "\\xc3" },
        { "\xc3(", "\\xc3(" },
        { "\xe2\x82", "\\xe2\\x82" },
        { "\xe2\x82(", "\\xe2\\x82(" },
        { "\xc0\xaf", "\\xc0\\xaf" },                   /* overlong */
        { "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },          /* overlong */
        { "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf" }, /* overlong */
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* surrogate */
        { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* past U+10FFFF */
        { "\xc2\x9b"
          "2J \xc2\xa0",
          "\\xc2\\x9b"
          "2J \xc2\xa0" }, /* C1 control */
    };
    log_to(keep);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        log_event(LOG_NOTICE, 0, "%s", rows[i].said);
        if (!CHECK(span_is(span_of(last_line), span_of(rows[i].shown))))
            CHECK_STR(last_line, "");
    }
    log_to(NULL);
}

TEST(log_cuts_what_is_long)
{
    static char text[5000];
    memset(text, 'x', sizeof text - 1);
    log_to(keep);
    log_event(LOG_NOTICE, 0, "%s", text);
    CHECK_EQ_UINT(strlen(last_line), 1023);
    memset(text, '\n', sizeof text - 1);
    log_event(LOG_NOTICE, 0, "%s", text);
    log_to(NULL);
    CHECK(strlen(last_line) > 1500 && strlen(last_line) < 1536);
    CHECK_EQ_UINT(strlen(last_line) % 4, 0); /* no half \xHH */
}

/* What one event writes to standard error. */
static struct span on_stderr(uint64_t session, char *out, size_t size)
{
    int fds[2], kept = dup(STDERR_FILENO);
    if (!CHECK(kept >= 0 && pipe2(fds, O_CLOEXEC) == 0))
        return (struct span){ 0 };
    dup2(fds[1], STDERR_FILENO);
    log_event(LOG_NOTICE, session, "hello\n");
    dup2(kept, STDERR_FILENO);
    ssize_t n = read(fds[0], out, size);
    close(kept);
    close(fds[0]);
    close(fds[1]);
    return span_at(out, n > 0 ? (size_t)n : 0);
}

TEST(log_on_standard_error)
{
    struct clock_page page = { .wall_shift = 1795253400 - clock_wall() };
    char out[256];
    clock_use(&page);
    log_name("smtp");
    struct span s = on_stderr(0x1f2e3d, out, sizeof out);
    CHECK_SPAN(span_first(s, 17), "2026-11-21T09:30:");
    CHECK_SPAN(span_skip(s, 19), "Z smtp notice [1f2e3d] hello\\x0a\n");
    s = on_stderr(0, out, sizeof out);
    CHECK_SPAN(span_skip(s, 19), "Z smtp notice hello\\x0a\n");
    log_name("packetboat");
    clock_use(NULL);
}
