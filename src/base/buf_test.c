#include "base/buf.h"

#include "test/unit.h"

#include <errno.h>

TEST(buf_grows_up_to_its_maximum)
{
    struct buf b = { .max = 200 };
    for (int i = 0; i < 20; i++)
        CHECK_EQ_INT(buf_put(&b, SPAN("0123456789")), 0);
    CHECK_EQ_UINT(b.len, 200);
    CHECK_EQ_UINT(b.cap, 200);
    CHECK_EQ_INT(buf_put(&b, SPAN("x")), -EMSGSIZE);
    CHECK_EQ_INT(buf_printf(&b, "%d", 7), -EMSGSIZE);
    CHECK_EQ_INT(buf_reserve(&b, SIZE_MAX), -EMSGSIZE);
    CHECK_EQ_INT(buf_put(&b, SPAN("")), 0);
    CHECK_EQ_INT(buf_printf(&b, "%s", ""), 0);
    CHECK_EQ_UINT(b.len, 200);
    buf_free(&b);
    CHECK_EQ_UINT(b.max, 200);
    CHECK(!b.at);
}

TEST(buf_of_nothing_owns_nothing)
{
    struct buf b = { 0 };
    CHECK_EQ_INT(buf_put(&b, (struct span){ 0 }), 0);
    CHECK_EQ_INT(buf_put(&b, SPAN("x")), -EMSGSIZE);
    CHECK_EQ_INT(buf_printf(&b, "%s", ""), 0);
    CHECK_SPAN(buf_span(&b), "");
    buf_drop_front(&b, 0);
    buf_clear(&b);
    CHECK(!b.at);
    buf_free(&b);
}

TEST(buf_prints_to_the_last_octet)
{
    struct buf b = { .max = 100 };
    CHECK_EQ_INT(buf_printf(&b, "%s %05d", "ok", 42), 0);
    CHECK_SPAN(buf_span(&b), "ok 00042");
    CHECK_EQ_INT(buf_printf(&b, "%92s", "full"), 0); /* exactly the maximum */
    CHECK_EQ_UINT(b.len, 100);
    buf_clear(&b);
    CHECK_EQ_INT(buf_printf(&b, "%101s", "over"), -EMSGSIZE);
    CHECK_EQ_UINT(b.len, 0);
    buf_free(&b);
}

TEST(buf_grows_while_printing)
{
    struct buf b = { .max = 1000 };
    CHECK_EQ_INT(buf_put(&b, SPAN("> ")), 0);
    CHECK_EQ_INT(buf_printf(&b, "%0*d", 300, 1), 0);
    CHECK_EQ_UINT(b.len, 302);
    CHECK_SPAN(span_first(buf_span(&b), 3), "> 0");
    CHECK_EQ_INT(b.at[301], '1');
    buf_free(&b);
}

TEST(buf_drops_from_the_front)
{
    struct buf b = { .max = 100 };
    CHECK_EQ_INT(buf_put(&b, SPAN("first\r\nsecond\r\n")), 0);
    buf_drop_front(&b, 0);
    buf_drop_front(&b, 7);
    CHECK_SPAN(buf_span(&b), "second\r\n");
    buf_drop_front(&b, 8);
    CHECK_SPAN(buf_span(&b), "");
    CHECK_EQ_INT(buf_put(&b, SPAN("third")), 0);
    CHECK_SPAN(buf_span(&b), "third");
    buf_free(&b);
}

TEST(buf_reserves_room_to_write_into)
{
    struct buf b = { .max = SIZE_MAX };
    CHECK_EQ_INT(buf_reserve(&b, 5000), 0);
    CHECK(b.cap >= 5000);
    memset(b.at, 'x', 5000);
    b.len = 5000;
    CHECK_EQ_INT(buf_reserve(&b, SIZE_MAX - 5000), -ENOMEM);
    CHECK_EQ_UINT(b.len, 5000);
    buf_free(&b);
}
