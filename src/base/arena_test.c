#include "base/arena.h"

#include "base/own.h"
#include "test/unit.h"

#include <errno.h>
#include <stdalign.h>

TEST(arena_honours_its_maximum)
{
    OWN(arena_close) struct arena *a = arena_open(100);
    CHECK(arena_alloc(a, 60));
    CHECK(!arena_alloc(a, 41));
    CHECK(arena_alloc(a, 40));
    CHECK(!arena_alloc(a, 1));
    CHECK(!arena_copy(a, SPAN("")).at); /* its NUL is one too many */
    CHECK(!arena_alloc(a, SIZE_MAX));
    arena_reset(a);
    CHECK(arena_alloc(a, 100));
}

static bool is_zeroed(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != 0)
            return false;
    return true;
}

TEST(arena_memory_is_zeroed_aligned_and_apart)
{
    OWN(arena_close) struct arena *a = arena_open(1024 * 1024);
    for (int round = 0; round < 2; round++) {
        char *before = NULL;
        for (size_t size = 1; size < 1000; size += 7) {
            char *at = arena_alloc(a, size);
            if (!CHECK(at && is_zeroed(at, size)))
                return;
            CHECK_EQ_UINT((uintptr_t)at % alignof(max_align_t), 0);
            memset(at, 0xff, size);
            CHECK(!before || before[0] == (char)0xff);
            before = at;
        }
        arena_reset(a);
    }
}

TEST(arena_gives_large_things)
{
    OWN(arena_close) struct arena *a = arena_open(SIZE_MAX);
    char *small = arena_alloc(a, 10);
    char *large = arena_alloc(a, 300000);
    char *after = arena_alloc(a, 10);
    if (!CHECK(small && large && after))
        return;
    large[299999] = 'x';
    CHECK(after - small == 16); /* the small chunk is still in use */
    CHECK(arena_alloc(a, 0));
}

TEST(arena_copies_with_a_nul)
{
    OWN(arena_close) struct arena *a = arena_open(10000);
    struct span s = arena_copy(a, SPAN("a\0b"));
    CHECK_SPAN(s, "a\0b");
    CHECK_EQ_INT(s.at[3], 0);
    struct span none = arena_copy(a, (struct span){ 0 });
    CHECK(none.at && none.len == 0 && none.at[0] == 0);
    for (int i = 0; i < 500; i++)
        CHECK_SPAN(arena_copy(a, SPAN("seventeen octets!")), "seventeen octets!");
}

static char order[8];

static void note(void *arg)
{
    size_t len = strlen(order);
    order[len] = *(const char *)arg;
}

TEST(arena_frees_last_in_first_out)
{
    struct arena *a = arena_open(1000);
    memset(order, 0, sizeof order);
    CHECK_EQ_INT(arena_on_free(a, note, (void *)(uintptr_t) "1"), 0);
    CHECK_EQ_INT(arena_on_free(a, note, (void *)(uintptr_t) "2"), 0);
    arena_reset(a);
    CHECK_STR(order, "21");
    arena_reset(a);
    CHECK_STR(order, "21");
    CHECK_EQ_INT(arena_on_free(a, note, (void *)(uintptr_t) "3"), 0);
    arena_close(&a);
    CHECK(!a);
    CHECK_STR(order, "213");
    arena_close(&a);
}

TEST(arena_on_free_runs_at_once_when_it_cannot_be_kept)
{
    OWN(arena_close) struct arena *a = arena_open(8);
    memset(order, 0, sizeof order);
    CHECK_EQ_INT(arena_on_free(a, note, (void *)(uintptr_t) "x"), -ENOMEM);
    CHECK_STR(order, "x");
}
