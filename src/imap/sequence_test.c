#include "imap/sequence.h"

#include "test/unit.h"

/* Reads, settles against `last`, and writes it down again, as far as 20. */
static struct span settled(const char *text, uint32_t last, struct buf *to)
{
    struct arena *arena = arena_open(1 << 16);
    struct span rest = span_of(text);
    struct sequence_set set;
    struct sequence_writer w = { .to = to };

    buf_clear(to);
    if (sequence_take(&rest, arena, &set) && rest.len == 0) {
        sequence_settle(&set, last);
        for (uint32_t n = 1; n <= 20; n++)
            if (sequence_has(&set, n))
                sequence_put(&w, n);
        sequence_put_end(&w);
    } else {
        buf_put(to, SPAN("?"));
    }
    arena_close(&arena);
    return buf_span(to);
}

TEST(sequence_sets_of_rfc_9051)
{
    struct buf b = { .max = 1000 };

    /* §9, the example at sequence-set, for a mailbox of 15 */
    CHECK_SPAN(settled("2,4:7,9,12:*", 15, &b), "2,4:7,9,12:15");
    CHECK_SPAN(settled("*:4,5:7", 10, &b), "4:10");
    CHECK_SPAN(settled("*:4,7:5", 10, &b), "4:10");
    /* §9, at seq-range */
    CHECK_SPAN(settled("2:4", 10, &b), "2:4");
    CHECK_SPAN(settled("4:2", 10, &b), "2:4");
    /* §6.4.9: "559:*" has the last message always */
    CHECK_SPAN(settled("559:*", 12, &b), "12:20");
    CHECK_SPAN(settled("*", 3, &b), "3");
    CHECK_SPAN(settled("*", 0, &b), "");
    CHECK_SPAN(settled("5,*", 0, &b), "5");
    buf_free(&b);
}

/* I04 */
TEST(what_is_no_sequence_set_I04)
{
    static const char *const wrong[] = {
        "",    "0", "1:",   ":1", "1,",         ",1",           "1:0",
        "*:0", "a", "1,,2", "-1", "4294967296", "1:4294967296", "18446744073709551617"
    };
    struct buf b = { .max = 1000 };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        CHECK_SPAN(settled(wrong[i], 5, &b), "?");
    CHECK_SPAN(settled("4294967295:1", 5, &b), "1:20");
    CHECK_SPAN(settled("1:2,1:2,2:1,3", 5, &b), "1:3");
    buf_free(&b);
}

TEST(a_set_is_what_stands_before_the_rest)
{
    struct arena *arena = arena_open(1 << 16);
    struct span rest = SPAN("1:3 FLAGS"), dollar = SPAN("$ x");
    struct sequence_set set;

    CHECK(sequence_take(&rest, arena, &set) && !set.saved);
    CHECK_SPAN(rest, " FLAGS");
    CHECK(sequence_take(&dollar, arena, &set) && set.saved && set.count == 0);
    CHECK_SPAN(dollar, " x");
    arena_close(&arena);
}
