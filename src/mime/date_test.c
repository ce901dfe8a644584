#include "mime/date.h"

#include "test/unit.h"

TEST(dates_of_rfc_5322_appendix_a)
{
    static const struct {
        const char *value;
        int64_t time;
        int minutes;
    } dates[] = {
        { " Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360 },
        { "Tue, 1 Jul 2003 10:52:37 +0200", 1057049557, 120 },
        { "Thu, 13 Feb 1969 23:32:54 -0330", -27723426, -210 },
        { "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
          "               -0330 (Newfoundland Time)",
          -27723480, -210 },
        { "21 Nov 97 09:55:06 GMT", 880106106, 0 },
        { "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706, -360 },
        /* others */
        { "1 Jan 1970 00:00:00 +0000", 0, 0 },
        { "29 Feb 2000 12:00 EST", 951843600, -300 },
        { "Mon, 28-Feb-2022 23:59:60 Z", 1646092800, 0 },
        { "1 jan 00 0:0", 946684800, 0 },
        { "31 Dec 9999 23:59:59 +0000", INT64_C(253402300799), 0 },
        { "1 Jan 0001 00:00:00 +0000", INT64_C(-62135596800), 0 },
        { "1 Jan 103 00:00:00 +0000", 1041379200, 0 },
    };
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        int64_t time = -1;
        int minutes = -1;
        CHECK(date_read(span_of(dates[i].value), &time, &minutes));
        CHECK_EQ_INT(time, dates[i].time);
        CHECK_EQ_INT(minutes, dates[i].minutes);
    }
}

TEST(what_is_no_date_is_none)
{
    static const char *const wrong[] = { "",
                                         "yesterday",
                                         "32 Jan 2000 00:00:00 +0000",
                                         "29 Feb 2001 00:00 +0000",
                                         "0 Jan 2000 00:00 +0000",
                                         "1 Foo 2000 00:00 +0000",
                                         "1 Jan 2000 24:00 +0000",
                                         "1 Jan 2000 00:60 +0000",
                                         "1 Jan 2000 00:00:61 +0000",
                                         "1 Jan 2000",
                                         "1 Jan 12345 00:00 +0000",
                                         "1 Jan 2000 00:00 +9960",
                                         "1 Jan 2000 00:00 +" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t time;
        int minutes;
        CHECK(!date_read(span_of(wrong[i]), &time, &minutes));
    }
}
