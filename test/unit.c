/* unit - see unit.h. */
#include "test/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct unit_test *first, **last = &first;
static const struct unit_test *running;
static unsigned failures; /* of the running test */
static const char *skipped;

void unit_register(struct unit_test *test)
{
    *last = test;
    last = &test->next;
}

unsigned unit_failures(void)
{
    return failures;
}

static bool fail(const char *file, int line)
{
    failures++;
    printf("%s:%d: %s: ", file, line, running ? running->name : "(outside a test)");
    return false;
}

void unit_not_so(const char *file, int line, const char *text)
{
    fail(file, line);
    printf("not so: %s\n", text);
}

bool unit_equal_int(intmax_t got, intmax_t wanted, const char *file, int line,
                    const char *text)
{
    if (got == wanted)
        return true;
    fail(file, line);
    printf("%s is %" PRIdMAX ", not %" PRIdMAX "\n", text, got, wanted);
    return false;
}

bool unit_equal_uint(uintmax_t got, uintmax_t wanted, const char *file, int line,
                     const char *text)
{
    if (got == wanted)
        return true;
    fail(file, line);
    printf("%s is %" PRIuMAX ", not %" PRIuMAX "\n", text, got, wanted);
    return false;
}

static void print_octet(unsigned char c)
{
    if (c == '\r')
        fputs("\\r", stdout);
    else if (c == '\n')
        fputs("\\n", stdout);
    else if (c == '"' || c == '\\')
        printf("\\%c", c);
    else if (c < ' ' || c > '~')
        printf("\\x%02x", c);
    else
        putchar(c);
}

static void print_span(struct span s)
{
    putchar('"');
    for (size_t i = 0; i < s.len; i++)
        print_octet((unsigned char)s.at[i]);
    putchar('"');
}

bool unit_equal_span(struct span got, struct span wanted, const char *file, int line,
                     const char *text)
{
    if (span_is(got, wanted))
        return true;
    fail(file, line);
    printf("%s is ", text);
    print_span(got);
    fputs(", not ", stdout);
    print_span(wanted);
    putchar('\n');
    return false;
}

void unit_skip(const char *why)
{
    skipped = why;
}

enum outcome { PASSED, FAILED, SKIPPED };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum outcome run(const struct unit_test *test)
{
    double began = seconds();
    running = test;
    failures = 0;
    skipped = NULL;
    test->run();
    running = NULL;
    if (seconds() - began > 0.5)
        printf("slow %s: %.1f s\n", test->name, seconds() - began);
    if (failures) {
        printf("FAILED %s: %s\n", test->file, test->name);
        return FAILED;
    }
    if (skipped)
        printf("skipped %s: %s\n", test->name, skipped);
    return skipped ? SKIPPED : PASSED;
}

int main(int argc, char **argv)
{
    unsigned count[3] = { 0 };

    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said is seen, even if a test dies */
    for (const struct unit_test *test = first; test; test = test->next) {
        if (argc < 2 || strstr(test->name, argv[1]))
            count[run(test)]++;
    }
    printf("%u passed, %u failed", count[PASSED], count[FAILED]);
    if (count[SKIPPED])
        printf(", %u skipped", count[SKIPPED]);
    putchar('\n');
    return count[FAILED] || !(count[PASSED] + count[SKIPPED]) ? EXIT_FAILURE : 0;
}
