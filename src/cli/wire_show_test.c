/* wire_show_test - what a person sees of a session. */
#include "cli/wire_show.h"

#include "base/ring.h"

#include "test/unit.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct show show;
static char *shown;
static size_t shown_len;
static char *zone; /* the TZ before */

static void begin(bool colour)
{
    zone = getenv("TZ");
    zone = zone ? strdup(zone) : NULL;
    setenv("TZ", "UTC", 1);
    tzset();
    show = (struct show){ .to = open_memstream(&shown, &shown_len), .colour = colour };
}

static struct span seen(void)
{
    fflush(show.to);
    return span_at(shown, shown_len);
}

static void end(void)
{
    FILE *to = show.to;
    fclose(to);
    free(shown);
    if (zone)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
    free(zone);
}

/* Sat, 21 Nov 2026 09:30:00 UTC, and some milliseconds. */
static const int64_t morning = INT64_C(1795253400000000);

static void put(enum record_kind kind, uint64_t session, int milliseconds,
                struct span text)
{
    struct record r = { .len = (uint32_t)text.len,
                        .kind = (uint8_t)kind,
                        .level = kind == RECORD_EVENT ? 1 : 0,
                        .session = session,
                        .wall_us = morning + milliseconds * INT64_C(1000) };
    show_record(&show, &r, text);
}

static const uint64_t one = UINT64_C(0x1f2e3d4c00000001),
                      two = UINT64_C(0x00c0ffee00000002);

TEST(wire_show_dialogue)
{
    begin(false);
    put(RECORD_OPEN, one, 123, SPAN("smtp 127.0.0.1"));
    put(RECORD_SERVER, one, 124, SPAN("220 hamburger.edu"));
    put(RECORD_CLIENT, one, 125, SPAN("HELO crepes.fr"));
    put(RECORD_NOTE, one, 126, SPAN("[4096 octets]"));
    put(RECORD_EVENT, one, 127, SPAN("too much"));
    put(RECORD_CLOSE, one, 1128, SPAN("the peer closed"));
    CHECK_SPAN(seen(), "2026-11-21\n"
                       "09:30:00.123 1f2e3d4c smtp 127.0.0.1\n"
                       "09:30:00.124 1f2e3d4c S: 220 hamburger.edu\n"
                       "09:30:00.125 1f2e3d4c C: HELO crepes.fr\n"
                       "09:30:00.126 1f2e3d4c    [4096 octets]\n"
                       "09:30:00.127 1f2e3d4c !! warning: too much\n"
                       "09:30:01.128 1f2e3d4c -- the peer closed\n");
    end();
}

TEST(wire_show_days)
{
    begin(false);
    put(RECORD_CLIENT, two, 0, SPAN("NOOP"));
    put(RECORD_CLIENT, two, 86400 * 1000 - 1, SPAN("NOOP"));
    CHECK_SPAN(seen(), "2026-11-21\n09:30:00.000 00c0ffee C: NOOP\n"
                       "2026-11-22\n09:29:59.999 00c0ffee C: NOOP\n");
    end();
}

/* A06: what a client says cannot speak to the terminal. */
TEST(wire_show_escapes)
{
    begin(false);
    put(RECORD_CLIENT, one, 0, SPAN("\033[2J\a\0\r\n\x9b\x7f caf\xc3\xa9"));
    CHECK_SPAN(seen(), "2026-11-21\n09:30:00.000 1f2e3d4c C: "
                       "\\x1b[2J\\x07\\x00\\x0d\\x0a\\x9b\\x7f caf\xc3\xa9\n");
    end();
}

TEST(wire_show_whole_of_a_long_line)
{
    static char text[RECORD_TEXT_MAX];
    memset(text, 1, sizeof text);
    begin(false);
    put(RECORD_CLIENT, one, 0, span_at(text, sizeof text));
    CHECK_EQ_UINT(seen().len,
                  11 + sizeof "09:30:00.000 1f2e3d4c C: " + 4 * sizeof text);
    end();
}

TEST(wire_show_nonsense)
{
    begin(false);
    put(RECORD_PADDING, one, 0, SPAN("x"));
    put(RECORD_KINDS, one, 0, SPAN("x"));
    put((enum record_kind)255, one, 0, SPAN("x"));
    put(RECORD_EVENT, 0, 0, SPAN("of no session"));
    struct record r = { .kind = RECORD_EVENT, .level = 200, .session = one };
    show_record(&show, &r, SPAN("x"));
    CHECK_SPAN(seen(), "");
    /* A time far outside of everything. */
    r = (struct record){ .kind = RECORD_CLIENT, .session = one, .wall_us = INT64_MAX };
    show_record(&show, &r, SPAN("x"));
    CHECK(seen().len > 0);
    end();
}

TEST(wire_show_colours)
{
    begin(true);
    put(RECORD_CLIENT, one, 0, SPAN("NOOP"));
    CHECK_SPAN(seen(), "2026-11-21\n09:30:00.000 \033[36m1f2e3d4c\033[0m "
                       "\033[36mC: NOOP\033[0m\n");
    end();
}

/* How it went is said in the filters' words. */
TEST(wire_show_results)
{
    begin(false);
    struct record r = { .kind = RECORD_CLOSE, .level = 5, .session = one };
    r.wall_us = morning;
    show_record(&show, &r, SPAN("timed out"));
    r.level = 2;
    show_record(&show, &r, SPAN("closed"));
    put(RECORD_ACCOUNT, two, 0, SPAN("bob@hamburger.edu"));
    CHECK_SPAN(seen(), "2026-11-21\n"
                       "09:30:00.000 1f2e3d4c -- timed out [refused, dropped]\n"
                       "09:30:00.000 1f2e3d4c -- closed [error]\n"
                       "09:30:00.000 00c0ffee    account bob@hamburger.edu\n");
    end();
}
