#include "base/clock.h"
#include "ipc/inside.h"
#include "test/unit.h"

#include <sys/mman.h>

enum { TAKEN = 20, KEPT = 4 };

static struct clock_page page;

static void seconds_pass(int seconds)
{
    for (; seconds > 0; seconds--) {
        page.now_shift += (int64_t)CLOCK_SECOND;
        loop_turn(false);
    }
}

static size_t mapped(struct block *const *blocks)
{
    size_t count = 0;
    for (size_t i = 0; i < TAKEN; i++)
        count += msync(blocks[i], sizeof *blocks[i], MS_ASYNC) == 0;
    return count;
}

static void take_and_give(struct block **blocks)
{
    for (size_t i = 0; i < TAKEN; i++)
        if (CHECK(blocks[i] = block_take()))
            memset(blocks[i], 1, sizeof *blocks[i]);
    for (size_t i = 0; i < TAKEN; i++)
        block_give(blocks[i]);
}

TEST(blocks_that_nobody_needs_go_back)
{
    struct block *blocks[TAKEN];
    clock_use(&page);
    CHECK_EQ_INT(loop_open(), 0);
    take_and_give(blocks);
    seconds_pass(3); /* what earlier tests left is gone too */
    take_and_give(blocks);
    seconds_pass(1);
    CHECK_EQ_UINT(mapped(blocks), TAKEN); /* needed within this second */
    seconds_pass(1);
    CHECK_EQ_UINT(mapped(blocks), KEPT);
    CHECK_EQ_UINT(loop_next_time(), CLOCK_NEVER);
    loop_close();
    clock_use(NULL);
}
