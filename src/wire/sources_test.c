/* sources_test - who is turned away, and that all who leave are forgotten. */
#include "wire/sources.h"

#include "base/clock.h"
#include "base/log.h"
#include "test/unit.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX = 1000 };

static struct source_setting limits;
static unsigned lines;
static char last_line[256];

static void on_line(enum log_level level, uint64_t session, const char *line)
{
    (void)level;
    (void)session;
    lines++;
    span_to_string(span_of(line), last_line, sizeof last_line);
}

/* With a key that is always the same: no two sources of these tests share a place. */
static void *memory;

static struct sources *begin(void)
{
    limits = (struct source_setting){ .sessions = 5, .network_sessions = 20 };
    lines = 0;
    log_to(on_line);
    memory = calloc(1, sources_memory_size(1));
    struct sources *s = sources_open(memory, 1, 0, &limits);
    CHECK(s != NULL);
    return s;
}

static void end(struct sources **s)
{
    sources_close(s);
    CHECK(*s == NULL);
    free(memory);
    log_to(NULL);
}

static struct ip ip(const char *prefix, unsigned n)
{
    char text[64];
    struct ip a;
    snprintf(text, sizeof text, "%s%u", prefix, n);
    CHECK(ip_parse(span_of(text), &a));
    return a;
}

static enum source_verdict enter(struct sources *s, const char *prefix, unsigned n)
{
    struct ip a = ip(prefix, n);
    return sources_enter(s, &a, 0, MAX);
}

static void leave(struct sources *s, const char *prefix, unsigned n)
{
    struct ip a = ip(prefix, n);
    sources_leave(s, &a);
}

/* A03 */
TEST(sources_limit_an_address)
{
    struct sources *s = begin();
    for (int i = 0; i < 5; i++)
        CHECK_EQ_INT(enter(s, "192.0.2.", 1), SOURCE_COUNTED);
    CHECK_EQ_INT(enter(s, "192.0.2.", 1), SOURCE_HAS_MANY);
    CHECK_EQ_INT(enter(s, "192.0.2.", 2), SOURCE_COUNTED);
    CHECK_EQ_INT(enter(s, "192.0.3.", 1), SOURCE_COUNTED);
    leave(s, "192.0.2.", 1);
    CHECK_EQ_INT(enter(s, "192.0.2.", 1), SOURCE_COUNTED);
    CHECK_EQ_INT(enter(s, "192.0.2.", 1), SOURCE_HAS_MANY);
    end(&s);
}

TEST(sources_limit_a_v4_network)
{
    struct sources *s = begin();
    for (unsigned i = 0; i < 20; i++)
        CHECK_EQ_INT(enter(s, "192.0.2.", i % 10), SOURCE_COUNTED);
    for (unsigned i = 0; i < 10; i++)
        CHECK_EQ_INT(enter(s, "192.0.2.", i), SOURCE_HAS_MANY);
    CHECK_EQ_INT(enter(s, "192.0.3.", 1), SOURCE_COUNTED);
    end(&s);
}

TEST(sources_limit_a_v6_network)
{
    struct sources *s = begin();
    /* The /64 is one customer's: as good as one address. */
    for (unsigned i = 0; i < 5; i++)
        CHECK_EQ_INT(enter(s, "2001:db8:1:1::", i), SOURCE_COUNTED);
    CHECK_EQ_INT(enter(s, "2001:db8:1:1::", 99), SOURCE_HAS_MANY);
    /* And the /48. */
    for (unsigned i = 0; i < 15; i++)
        CHECK_EQ_INT(enter(s, "2001:db8:1:2::1:", i) == SOURCE_COUNTED, i < 5);
    for (unsigned i = 0; i < 12; i++)
        CHECK_EQ_INT(enter(s, i < 5 ? "2001:db8:1:3::1:" : "2001:db8:1:4::1:", i) ==
                         SOURCE_COUNTED,
                     i < 10);
    CHECK_EQ_INT(enter(s, "2001:db8:1:5::1:", 1), SOURCE_HAS_MANY);
    CHECK_EQ_INT(enter(s, "2001:db8:2:5::1:", 1), SOURCE_COUNTED);
    end(&s);
}

TEST(sources_all_leave)
{
    struct sources *s = begin();
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 20; i++)
            CHECK_EQ_INT(enter(s, "192.0.2.", i), SOURCE_COUNTED);
        CHECK_EQ_INT(enter(s, "192.0.2.", 30), SOURCE_HAS_MANY);
        for (unsigned i = 0; i < 20; i++)
            leave(s, "192.0.2.", i);
    }
    /* One too many is nobody's credit. */
    leave(s, "192.0.2.", 1);
    for (int i = 0; i < 5; i++)
        CHECK_EQ_INT(enter(s, "192.0.2.", 1), SOURCE_COUNTED);
    CHECK_EQ_INT(enter(s, "192.0.2.", 1), SOURCE_HAS_MANY);
    end(&s);
}

TEST(sources_exempt)
{
    struct sources *s = begin();
    CHECK(network_parse(SPAN("127.0.0.0/8"), &limits.exempt[0]));
    limits.exempts = 1;
    struct ip a = ip("127.0.0.", 1);
    for (int i = 0; i < 100; i++)
        CHECK_EQ_INT(sources_enter(s, &a, MAX, MAX), SOURCE_EXEMPT);
    limits.exempts = 0;
    CHECK_EQ_INT(sources_enter(s, &a, 0, MAX), SOURCE_COUNTED);
    end(&s);
}

static int crowd(struct sources *s, const char *prefix, size_t sessions)
{
    int away = 0;
    for (unsigned i = 0; i < 200; i++) {
        struct ip a = ip(prefix, i % 10);
        enum source_verdict verdict = sources_enter(s, &a, sessions, MAX);
        away += verdict == SOURCE_CROWDED;
        if (verdict == SOURCE_COUNTED)
            sources_leave(s, &a);
    }
    return away;
}

/* A03: from 80 percent on at random; A22: but not who comes alone. */
TEST(sources_early_drop)
{
    struct sources *s = begin();
    struct ip first = ip("192.0.2.", 1);
    CHECK_EQ_INT(sources_enter(s, &first, 0, MAX), SOURCE_COUNTED);
    CHECK_EQ_INT(crowd(s, "192.0.2.", MAX * 8 / 10), 0);
    int half = crowd(s, "192.0.2.", MAX * 9 / 10);
    CHECK(half > 50 && half < 150);
    CHECK_EQ_INT(crowd(s, "192.0.2.", MAX), 200);
    CHECK_EQ_INT(crowd(s, "198.51.100.", MAX), 0);
    end(&s);
}

TEST(sources_log_once)
{
    struct sources *s = begin();
    struct clock_page page = { 0 };
    clock_use(&page);
    for (int i = 0; i < 100; i++)
        enter(s, "192.0.2.", 1);
    CHECK_EQ_UINT(lines, 1);
    CHECK_STR(last_line, "192.0.2.1 is turned away: it has 5 sessions "
                         "(1 turned away since the last such line)");
    page.now_shift = 61 * (int64_t)CLOCK_SECOND;
    enter(s, "192.0.2.", 1);
    CHECK_EQ_UINT(lines, 2);
    CHECK_STR(last_line, "192.0.2.1 is turned away: it has 5 sessions "
                         "(95 turned away since the last such line)");
    for (unsigned i = 0; i < 200; i++)
        enter(s, "198.51.100.", i % 100);
    CHECK_EQ_UINT(lines, 3); /* the network is named once, not its addresses */
    CHECK_STR(last_line, "198.51.100.0/24 is turned away: it has 20 sessions "
                         "(1 turned away since the last such line)");
    clock_use(NULL);
    end(&s);
}

/* Copies share the limit; the next life of one begins at nothing. */
TEST(sources_of_copies)
{
    limits = (struct source_setting){ .sessions = 4, .network_sessions = 20 };
    log_to(on_line);
    memory = calloc(1, sources_memory_size(2));
    struct sources *one = sources_open(memory, 2, 0, &limits);
    struct sources *two = sources_open(memory, 2, 1, &limits);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ_INT(enter(one, "192.0.2.", 1), SOURCE_COUNTED);
        CHECK_EQ_INT(enter(two, "192.0.2.", 1), SOURCE_COUNTED);
    }
    CHECK_EQ_INT(enter(one, "192.0.2.", 1), SOURCE_HAS_MANY);
    CHECK_EQ_INT(enter(two, "192.0.2.", 1), SOURCE_HAS_MANY);
    sources_close(&two);
    two = sources_open(memory, 2, 1, &limits);
    CHECK_EQ_INT(enter(two, "192.0.2.", 1), SOURCE_COUNTED);
    CHECK_EQ_INT(enter(one, "192.0.2.", 1), SOURCE_COUNTED);
    CHECK_EQ_INT(enter(one, "192.0.2.", 1), SOURCE_HAS_MANY);
    sources_close(&one);
    sources_close(&two);
    free(memory);
    log_to(NULL);
}
