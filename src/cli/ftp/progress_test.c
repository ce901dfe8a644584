#include "cli/ftp/progress.h"

#include "cli/ftp/columns.h"
#include "test/unit.h"

TEST(progress_is_a_line)
{
    const struct {
        struct progress p;
        unsigned columns;
        const char *line;
    } rows[] = {
        { { .name = SPAN("big.bin"),
            .size = 200 << 20,
            .done = 50 << 20,
            .rate = 10 << 20 },
          70,
          "big.bin                                 25%   50.0M   10.0M/s     0:15" },
        { { .name = SPAN("big.bin"),
            .size = 200 << 20,
            .done = 50 << 20,
            .rate = 10 << 20 },
          90,
          "big.bin                                  [###............]  25%   50.0M   "
          "10.0M/s     0:15" },
        { { .name = SPAN("a"), .size = PROGRESS_UNKNOWN, .done = 10, .rate = 0 },
          50,
          "a                            10       0/s         " },
        { { .name = SPAN("a"), .size = 10, .done = 20, .rate = 5 }, /* SIZE lied */
          50,
          "a                            20       5/s         " },
        { { .name = SPAN("a\033[2J\nb"), .size = 10, .done = 10 },
          20,
          "a?[2J?b             " },
        { { .name = SPAN("a"), .size = 0, .done = 0 }, 1, "a" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { .max = 1024 };
        CHECK_EQ_INT(progress_line(&b, &rows[i].p, rows[i].columns), 0);
        unit_equal_span(buf_span(&b), span_of(rows[i].line), __FILE__, __LINE__,
                        "line");
        buf_free(&b);
    }
}

TEST(progress_is_never_wider_than_the_terminal)
{
    const struct progress huge = {
        .name = SPAN("\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5"),
        .size = UINT64_MAX - 1,
        .done = UINT64_MAX / 3,
        .rate = 1e300,
    };
    for (unsigned columns = 0; columns < 200; columns++) {
        struct buf b = { .max = 4096 };
        CHECK_EQ_INT(progress_line(&b, &huge, columns), 0);
        CHECK_EQ_UINT(columns_of(buf_span(&b)), columns);
        buf_free(&b);
    }
}

TEST(progress_measures_of_late)
{
    struct progress p = { .size = 1000, .looked_at = CLOCK_SECOND };
    p.done = 100;
    progress_measure(&p, 2 * CLOCK_SECOND);
    CHECK_EQ_INT(p.rate, 100);
    progress_measure(&p, 2 * CLOCK_SECOND); /* no time: nothing to divide by */
    CHECK_EQ_INT(p.rate, 100);
    for (uint64_t t = 3; t < 40; t++) {
        p.done += 10;
        progress_measure(&p, t * CLOCK_SECOND);
    }
    CHECK(p.rate > 9.9 && p.rate < 10.1);
}

TEST(progress_is_quiet_without_a_terminal)
{
    FILE *to = tmpfile();
    struct screen s;
    struct progress p;
    screen_open(&s, to);
    progress_begin(&s, &p, SPAN("a"), 100, 0);
    progress_is(&s, &p, 50);
    progress_hide(&s);
    progress_end(&s, &p);
    CHECK_EQ_INT(ftell(to), 0);
    fclose(to);
}
