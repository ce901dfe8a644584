/*
 * Each block is a mapping of its own size, so that it costs the pages that were touched
 * and nothing else.  Spares are used last in, first out: the warm ones.  Whoever was not
 * needed during the last second goes back to the kernel.
 */
#include "base/asan.h"
#include "base/clock.h"
#include "ipc/inside.h"

#include <sys/mman.h>

#if UNDER_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { SPARES_MAX = 256, SPARES_KEPT = 4 };

_Static_assert(sizeof(struct block) <= 64 << 10, "a block is sixteen pages");

static struct block *spares[SPARES_MAX];
static size_t spare_count;
static size_t spare_least; /* since the last trim */

static void release(struct block *b)
{
    ASAN_UNPOISON_MEMORY_REGION(b, sizeof *b);
    munmap(b, sizeof *b);
}

static void on_trim(void *arg);
static struct timer trim = { .on_time = on_trim };

static void on_trim(void *arg)
{
    (void)arg;
    size_t idle = spare_least;
    while (idle-- > 0 && spare_count > SPARES_KEPT)
        release(spares[--spare_count]);
    spare_least = spare_count;
    if (spare_count > SPARES_KEPT)
        loop_timer_set(&trim, clock_in(CLOCK_SECOND));
}

struct block *block_take(void)
{
    struct block *b;
    if (spare_count == 0) {
        b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                 -1, 0);
        return b == MAP_FAILED ? NULL : b;
    }
    b = spares[--spare_count];
    if (spare_least > spare_count)
        spare_least = spare_count;
    ASAN_UNPOISON_MEMORY_REGION(b, sizeof *b);
    return b;
}

void block_give(struct block *b)
{
    if (spare_count == SPARES_MAX) {
        release(b);
        return;
    }
    ASAN_POISON_MEMORY_REGION(b, sizeof *b);
    spares[spare_count++] = b;
    /* Without memory for the timer they stay a while longer. */
    if (spare_count > SPARES_KEPT && trim.slot == 0)
        loop_timer_set(&trim, clock_in(CLOCK_SECOND));
}
