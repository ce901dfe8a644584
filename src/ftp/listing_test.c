#include "ftp/listing.h"

#include "test/unit.h"

#define AT(seconds) ((int64_t)(seconds)*1000000000)

static const char *time_val(int64_t nanoseconds)
{
    static char text[TIME_VAL_SIZE];
    listing_time_val(nanoseconds, text);
    return text;
}

TEST(listing_time_vals)
{
    CHECK_STR(time_val(0), "19700101000000");
    CHECK_STR(time_val(AT(951782400)), "20000229000000");
    CHECK_STR(time_val(AT(1795657653) + 999999999), "20261126014733");
    CHECK_STR(time_val(-1), "19691231235959");
    CHECK_STR(time_val(AT(4102444799)), "20991231235959");
    CHECK_STR(time_val(AT(4107542400)), "21000301000000");
}

static void check_line(const char *at, size_t len, struct span wanted)
{
    unit_equal_span(span_at(at, len), wanted, __FILE__, __LINE__, "line");
}

TEST(listing_lines)
{
    char line[LISTING_LINE_MAX];
    struct file_facts f = { .size = 1024990,
                            .modified = AT(1795657653),
                            .unique = 0xff31,
                            .mode = 0640,
                            .perm = PERM_APPEND | PERM_DELETE | PERM_RENAME |
                                    PERM_READ | PERM_WRITE,
                            .type = FILE_REGULAR };
    size_t n = listing_long(&f, SPAN("a b"), 1795657653, line);
    check_line(line, n,
               SPAN("-rw-r-----   1 ftp      ftp           1024990 Nov 26 01:47 a "
                    "b\r\n"));
    n = listing_long(&f, SPAN("x"), 1795657653 + 300 * 86400, line);
    check_line(line, n,
               SPAN(
                   "-rw-r-----   1 ftp      ftp           1024990 Nov 26  2026 x\r\n"));
    n = listing_facts(&f, SPAN("cap60.pl198.tar.gz"), FACT_ALL, line);
    check_line(line, n,
               SPAN("Type=file;Size=1024990;Modify=20261126014733;Perm=adfrw;"
                    "Unique=ff31;UNIX.mode=0640; cap60.pl198.tar.gz\r\n"));
    /* RFC 3659 §7.2: no facts, and the space all the same. */
    n = listing_facts(&f, SPAN("x"), 0, line);
    check_line(line, n, SPAN(" x\r\n"));
    f.type = FILE_DIRECTORY;
    f.perm = PERM_CREATE | PERM_DELETE | PERM_ENTER | PERM_LIST | PERM_MKDIR |
             PERM_PURGE | PERM_RENAME;
    n = listing_facts(&f, SPAN("tmp"), FACT_TYPE | FACT_SIZE | FACT_PERM, line);
    check_line(line, n, SPAN("Type=dir;Perm=cdeflmp; tmp\r\n"));
    n = listing_long(&f, SPAN("tmp"), 1795657653, line);
    CHECK(n > 10 && line[0] == 'd');
}
