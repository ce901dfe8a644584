#include "store/session.h"
#include "test/unit.h"

#include <errno.h>

static void put_many(struct incoming *in, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        incoming_put(in, SPAN("x"));
}

TEST(incoming_is_in_memory_while_it_fits_a_message)
{
    struct incoming in;

    incoming_open(&in, 1 << 20);
    put_many(&in, INLINE_OCTETS_MAX);
    CHECK_EQ_INT(in.memfd, -1);
    CHECK_EQ_UINT(in.small.len, INLINE_OCTETS_MAX);
    incoming_put(&in, SPAN("yz"));
    CHECK(in.memfd >= 0);
    CHECK_EQ_UINT(in.size, INLINE_OCTETS_MAX + 2);
    CHECK_SPAN(buf_span(&in.small), "yz");
    incoming_close(&in);
    CHECK_EQ_INT(in.memfd, -1);
}

TEST(incoming_has_a_maximum)
{
    struct incoming in;

    incoming_open(&in, 10);
    incoming_put(&in, SPAN("0123456789"));
    CHECK_EQ_INT(in.error, 0);
    incoming_put(&in, SPAN("0"));
    CHECK_EQ_INT(in.error, -EMSGSIZE);
    CHECK_EQ_UINT(in.small.cap, 0);
    incoming_put(&in, SPAN("1")); /* sticky */
    CHECK_EQ_INT(in.error, -EMSGSIZE);
    incoming_close(&in);
}

TEST(incoming_takes_in_front)
{
    struct incoming in;

    incoming_open(&in, 100);
    incoming_put(&in, SPAN("trace text"));
    incoming_insert(&in, 6, SPAN("and "));
    CHECK_SPAN(buf_span(&in.small), "trace and text");
    CHECK_EQ_UINT(in.size, 14);
    incoming_insert(&in, 14, SPAN("!"));
    CHECK_SPAN(buf_span(&in.small), "trace and text!");
    incoming_close(&in);
}

TEST(ticket_depends_on_key_and_account)
{
    static const uint8_t a[TICKET_KEY_OCTETS] = "one key", b[TICKET_KEY_OCTETS] = "two";

    CHECK(ticket_mac(a, 1) == ticket_mac(a, 1));
    CHECK(ticket_mac(a, 1) != ticket_mac(a, 2));
    CHECK(ticket_mac(a, 1) != ticket_mac(b, 1));
}
