/* base64_test - RFC 4648 §10, and what is no base64. */
#include "base/base64.h"

#include "test/unit.h"

#include <stdint.h>

/* clang-format off */
static const struct { struct span octets; const char *text; } vectors[] = {
    /* RFC 4648 §10 */
    { { "", 0 }, "" },
    { { "f", 1 }, "Zg==" },
    { { "fo", 2 }, "Zm8=" },
    { { "foo", 3 }, "Zm9v" },
    { { "foob", 4 }, "Zm9vYg==" },
    { { "fooba", 5 }, "Zm9vYmE=" },
    { { "foobar", 6 }, "Zm9vYmFy" },
    /* RFC 4648 §9 */
    { { "\x14\xfb\x9c\x03\xd9\x7e", 6 }, "FPucA9l+" },
    { { "\x14\xfb\x9c\x03\xd9", 5 }, "FPucA9k=" },
    { { "\x14\xfb\x9c\x03", 4 }, "FPucAw==" },
    { { "\0bob\0ketchup", 12 }, "AGJvYgBrZXRjaHVw" },
    { { "\xff\xff\xbf", 3 }, "//+/" },
};

static const char *const bad[] = {
    "Z", "Zg", "Zg=", "=", "==", "===", "====", "Z===", "Zg==Zg==", "Zm8=Zm8=",
    "Zh==", "Zm9=", "Zg =", "Zm9v ", " Zm9v", "Zm9v\n", "Zm9v\r\n", "Zm-_", "Zm9*",
    "*", "Zg=g", "Z=g=", "Zm9vZ", "\xc3\xa9m9", "Zm9v====",
};
/* clang-format on */

TEST(base64_of_the_rfc)
{
    char text[32], octets[16];
    size_t len = 0;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct span wanted = vectors[i].octets;
        CHECK_EQ_UINT(base64_encode(wanted, text), BASE64_SIZE(wanted.len));
        CHECK(span_is(span_of(text), span_of(vectors[i].text)));
        CHECK(base64_decode(span_of(text), octets, sizeof octets, &len));
        CHECK(span_is(span_at(octets, len), wanted));
    }
}

TEST(base64_that_is_none)
{
    char octets[16];
    size_t len = 77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!CHECK(!base64_decode(span_of(bad[i]), octets, sizeof octets, &len)))
            unit_not_so(__FILE__, __LINE__, bad[i]);
    CHECK(!base64_decode(SPAN("Zm9\0"), octets, sizeof octets, &len));
    CHECK_EQ_UINT(len, 77);
}

TEST(base64_that_does_not_fit)
{
    char octets[8] = "1234567";
    size_t len;
    CHECK(!base64_decode(SPAN("Zm9vYmFy"), octets, 5, &len));
    CHECK(base64_decode(SPAN("Zm9vYmE="), octets, 5, &len) && len == 5);
    CHECK_STR(octets, "fooba67");
    CHECK(!base64_decode(SPAN("Zg=="), octets, 0, &len));
    CHECK(base64_decode(SPAN(""), octets, 0, &len) && len == 0);
}

static bool comes_back(struct span octets)
{
    char text[5], back[3];
    size_t len;
    base64_encode(octets, text);
    return base64_decode(span_of(text), back, sizeof back, &len) &&
           span_is(span_at(back, len), octets);
}

TEST(base64_of_every_octet)
{
    bool good = true;
    for (unsigned pair = 0; pair < 1 << 16 && good; pair++) {
        char octets[3] = { (char)(pair >> 8), (char)pair, (char)(pair ^ pair >> 8) };
        for (size_t n = 1; n <= sizeof octets; n++)
            good = good && comes_back(span_at(octets, n));
    }
    CHECK(good);
}
