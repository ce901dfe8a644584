/* What fibers do with their stacks: depth, guard, trimming, reuse. */
#include "base/fiber.h"

#include "base/asan.h"
#include "base/clock.h"
#include "test/unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* Uses some `depth` KiB of stack, parks down there if asked, and checks it on the way
 * back. */
static unsigned descend(unsigned depth, bool park)
{
    volatile unsigned char room[900];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = (unsigned char)(depth + i);
    unsigned sum = 0;
    if (depth > 0)
        sum = descend(depth - 1, park);
    else if (park)
        fiber_park(CLOCK_NEVER);
    for (size_t i = 0; i < sizeof room; i++)
        sum += room[i] != (unsigned char)(depth + i);
    return sum;
}

struct dive {
    struct fiber *fiber;
    unsigned wrong; /* octets of the stack that changed meanwhile */
    int resident, resident_after_trim;
    bool ended;
};

static void dive_and_park(void *arg)
{
    struct dive *d = arg;
    d->fiber = fiber_self();
    d->wrong = descend(100, true);
    d->ended = true;
}

TEST(fiber_stack_is_deep)
{
    struct dive dives[3] = { 0 };
    for (int i = 0; i < 3; i++)
        CHECK_EQ_INT(fiber_go(dive_and_park, &dives[i]), 0);
    fiber_run_ready();
    for (int i = 0; i < 3; i++)
        fiber_wake(dives[i].fiber);
    fiber_run_ready();
    for (int i = 0; i < 3; i++)
        CHECK(dives[i].ended && dives[i].wrong == 0);
}

/* How many of the 20 pages in the middle of what descend() used are in memory. */
static int resident_below(const char *here)
{
    unsigned char pages[20];
    uintptr_t low = ((uintptr_t)here - 90 * 1024) / 4096 * 4096;
    if (!CHECK(mincore((void *)low, sizeof pages * 4096, pages) == 0))
        return -1;
    int resident = 0;
    for (size_t i = 0; i < sizeof pages; i++)
        resident += pages[i] & 1;
    return resident;
}

static void dive_and_trim(void *arg)
{
    struct dive *d = arg;
    char here[16] = "still here";
    descend(100, false);
    d->resident = resident_below(here);
    fiber_trim();
    d->resident_after_trim = resident_below(here);
    CHECK_STR(here, "still here");
    d->wrong = descend(100, false);
}

TEST(fiber_trim_gives_pages_back)
{
    if (UNDER_ASAN) {
        unit_skip("AddressSanitizer may keep frames on a stack of its own");
        return;
    }
    struct dive d = { 0 };
    CHECK_EQ_INT(fiber_go(dive_and_trim, &d), 0);
    fiber_run_ready();
    CHECK_EQ_INT(d.resident, 20);
    CHECK_EQ_INT(d.resident_after_trim, 0);
    CHECK_EQ_UINT(d.wrong, 0);
}

/* Is the mapping right below this stack one that nobody may touch? */
static void look_for_guard(void *arg)
{
    bool *found_r = arg;
    char line[256], access[5] = "", access_below[5] = "";
    uintptr_t low = 0, high = 0, high_below = 0, here = (uintptr_t)line;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!CHECK(maps))
        return;
    while (CHECK(fgets(line, sizeof line, maps))) {
        CHECK_EQ_INT(sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &low, &high, access),
                     3);
        if (here < high)
            break;
        high_below = high;
        memcpy(access_below, access, sizeof access);
    }
    fclose(maps);
    *found_r = high_below == low && span_is(span_of(access_below), SPAN("---p"));
}

TEST(fiber_stack_has_a_guard)
{
    bool found = false;
    if (UNDER_ASAN) {
        unit_skip("AddressSanitizer may keep frames on a stack of its own");
        return;
    }
    CHECK_EQ_INT(fiber_go(look_for_guard, &found), 0);
    fiber_run_ready();
    CHECK(found);
}

/* Runs fn in a child and returns its wait status. */
static int status_of_child(void (*fn)(void))
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        fn();
        syscall(SYS_exit, 0); /* what strict seccomp allows */
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static void overflow(void *arg)
{
    (void)arg;
    descend(1000, false);
}

static void overflow_in_fiber(void)
{
    if (fiber_go(overflow, NULL) == 0)
        fiber_run_ready();
}

TEST(fiber_overflow_hits_the_guard)
{
    CHECK(status_of_child(overflow_in_fiber) != 0);
}

struct visitor {
    struct fiber *fiber;
    int parks;
};

static void visit(void *arg)
{
    struct visitor *v = arg;
    v->fiber = fiber_self();
    for (; v->parks > 0; v->parks--)
        fiber_park(CLOCK_NEVER);
    v->fiber = NULL;
}

static void run_visitors(int count)
{
    struct visitor v;
    for (int i = 0; i < count; i++) {
        v = (struct visitor){ .parks = 3 };
        if (fiber_go(visit, &v) != 0)
            abort();
        do {
            fiber_run_ready();
            fiber_wake(v.fiber);
        } while (v.fiber);
    }
}

/* Under strict seccomp any system call but read, write and exit kills. */
static void switch_and_reuse(void)
{
    run_visitors(1);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    run_visitors(100);
}

TEST(fiber_switch_and_reuse_make_no_system_call)
{
    if (UNDER_ASAN || RUNNING_ON_VALGRIND)
        unit_skip("AddressSanitizer and valgrind make system calls of their own");
    else
        CHECK_EQ_INT(status_of_child(switch_and_reuse), 0);
}
