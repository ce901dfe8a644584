/*
 * unit - the unit tests' few macros.
 *
 * A test registers itself before main:
 *
 *     TEST(span_takes_a_number)
 *     {
 *         CHECK_EQ_INT(number, 42);
 *         CHECK_SPAN(rest, " octets");
 *     }
 *
 * A check that fails prints file, line and both values, and the test goes on; a test
 * passes when all its checks do.  All tests run in one process, in the order of their
 * files; build/unit WORD runs those whose name contains WORD.
 */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct unit_test {
    const char *name, *file;
    void (*run)(void);
    struct unit_test *next;
};

void unit_register(struct unit_test *);

/* Each check returns whether it held, so that a test can give up:
 * if (!CHECK(p)) return; */
void unit_not_so(const char *file, int line, const char *text);
bool unit_equal_int(intmax_t got, intmax_t wanted, const char *file, int line,
                    const char *text);
bool unit_equal_uint(uintmax_t got, uintmax_t wanted, const char *file, int line,
                     const char *text);
bool unit_equal_span(struct span got, struct span wanted, const char *file, int line,
                     const char *text);

/* How many checks of the running test have failed: for one that forks. */
unsigned unit_failures(void);

/* Says why and counts the running test as skipped. */
void unit_skip(const char *why);

#define TEST(name)                                                                     \
    static void test_##name(void);                                                     \
    __attribute__((constructor)) static void register_##name(void)                     \
    {                                                                                  \
        static struct unit_test test = { #name, __FILE__, test_##name, NULL };         \
        unit_register(&test);                                                          \
    }                                                                                  \
    static void test_##name(void)

static inline bool unit_check(bool held, const char *file, int line, const char *text)
{
    if (!held)
        unit_not_so(file, line, text);
    return held;
}

#define CHECK(condition) unit_check((condition), __FILE__, __LINE__, #condition)

#define CHECK_EQ_INT(got, wanted)                                                      \
    unit_equal_int((intmax_t)(got), (intmax_t)(wanted), __FILE__, __LINE__, #got)

#define CHECK_EQ_UINT(got, wanted)                                                     \
    unit_equal_uint((uintmax_t)(got), (uintmax_t)(wanted), __FILE__, __LINE__, #got)

/* got: a struct span; literal: what it should hold, NULs included. */
#define CHECK_SPAN(got, literal)                                                       \
    unit_equal_span((got), SPAN(literal), __FILE__, __LINE__, #got)

/* The same for a C string. */
#define CHECK_STR(got, literal)                                                        \
    unit_equal_span(span_of(got), SPAN(literal), __FILE__, __LINE__, #got)

#endif
