#include "base/map.h"

#include "base/own.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>

/* Aumasson, Bernstein 2012, appendix A; and the first of the authors' vectors.h. */
TEST(siphash_matches_its_authors)
{
    uint8_t key[16], text[15];
    for (uint8_t i = 0; i < 16; i++)
        key[i] = i;
    for (uint8_t i = 0; i < 15; i++)
        text[i] = i;
    CHECK(siphash(key, span_at(text, 15)) == 0xa129ca6149be45e5);
    CHECK(siphash(key, span_at(text, 0)) == 0x726fdb47dd0e0e31);
    CHECK(siphash(key, (struct span){ 0 }) == 0x726fdb47dd0e0e31);
    CHECK(siphash(key, span_at(text, 8)) == 0x93f5f5799a932462);
}

TEST(map_puts_gets_and_removes)
{
    OWN(map_close) struct map *m = map_open();
    int one = 1, two = 2;
    CHECK(!map_get(m, SPAN("a")));
    CHECK(!map_remove(m, SPAN("a")));
    CHECK_EQ_INT(map_put(m, SPAN("a"), &one), 0);
    CHECK_EQ_INT(map_put(m, SPAN("a"), &two), -EEXIST);
    CHECK_EQ_INT(map_put(m, SPAN(""), &two), 0);
    CHECK_EQ_INT(map_put(m, SPAN("a\0"), &two), 0);
    CHECK(map_get(m, SPAN("a")) == &one);
    CHECK(map_get(m, (struct span){ 0 }) == &two);
    CHECK(map_remove(m, SPAN("a")) == &one);
    CHECK(!map_get(m, SPAN("a")));
    CHECK(map_get(m, SPAN("a\0")) == &two);
    CHECK_EQ_UINT(map_count(m), 2);
    CHECK_EQ_INT(map_put(m, SPAN("a"), &two), 0);
    CHECK(map_get(m, SPAN("a")) == &two);
    CHECK(map_remove(m, SPAN("")) == &two);
    CHECK(!map_remove(m, SPAN("")));
    CHECK_EQ_INT(map_put(m, SPAN(""), &one), 0);
    CHECK(map_get(m, SPAN("")) == &one);
}

enum { MANY = 100000 };

static uint32_t *many_numbers(struct map *m)
{
    uint32_t *numbers = calloc(MANY, sizeof *numbers);
    for (uint32_t i = 0; i < MANY; i++) {
        numbers[i] = i;
        CHECK_EQ_INT(map_put(m, MAP_KEY(numbers[i]), &numbers[i]), 0);
    }
    CHECK_EQ_UINT(map_count(m), MANY);
    return numbers;
}

/* How many of the numbers are missing that should be there, or there that should not. */
static int count_wrong(const struct map *m, const uint32_t *numbers, bool odd,
                       bool even)
{
    int wrong = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        bool there = map_get(m, MAP_KEY(i)) == &numbers[i];
        wrong += there != (i % 2 ? odd : even);
    }
    return wrong;
}

TEST(map_holds_many_and_lets_them_go_while_walking)
{
    OWN(map_close) struct map *m = map_open();
    uint32_t *numbers = many_numbers(m);
    CHECK_EQ_INT(count_wrong(m, numbers, true, true), 0);
    size_t cursor = 0, seen = 0;
    for (uint32_t *n; (n = map_next(m, &cursor)) != NULL; seen++)
        if (*n % 2 == 0)
            CHECK(map_remove(m, MAP_KEY(*n)) == n);
    CHECK_EQ_UINT(seen, MANY);
    CHECK_EQ_UINT(map_count(m), MANY / 2);
    CHECK_EQ_INT(count_wrong(m, numbers, true, false), 0);
    cursor = 0;
    while (map_next(m, &cursor))
        seen--;
    CHECK_EQ_UINT(seen, MANY / 2);
    for (uint32_t i = 0; i < MANY; i += 2)
        CHECK_EQ_INT(map_put(m, MAP_KEY(numbers[i]), &numbers[i]), 0);
    CHECK_EQ_INT(count_wrong(m, numbers, true, true), 0);
    free(numbers);
}

TEST(map_does_not_wear_out)
{
    OWN(map_close) struct map *m = map_open();
    uint32_t numbers[8];
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t *n = &numbers[i % 8];
        if (i >= 8)
            CHECK(map_remove(m, MAP_KEY(*n)) == n);
        *n = i;
        CHECK_EQ_INT(map_put(m, MAP_KEY(*n), n), 0);
    }
    CHECK_EQ_UINT(map_count(m), 8);
    for (uint32_t i = MANY - 8; i < MANY; i++)
        CHECK(map_get(m, MAP_KEY(i)) == &numbers[i % 8]);
}

TEST(map_close_takes_null)
{
    struct map *m = NULL;
    map_close(&m);
    m = map_open();
    map_close(&m);
    CHECK(!m);
}
