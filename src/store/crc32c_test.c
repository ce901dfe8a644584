#include "store/crc32c.h"

#include "test/unit.h"

/* RFC 3720 §B.4, and the check value of the CRC catalogues. */
TEST(crc32c_known_values)
{
    uint8_t zeros[32] = { 0 }, ones[32], up[32], down[32];
    memset(ones, 0xff, sizeof ones);
    for (unsigned i = 0; i < 32; i++) {
        up[i] = (uint8_t)i;
        down[i] = (uint8_t)(31 - i);
    }
    CHECK_EQ_UINT(crc32c(0, zeros, 32), 0x8a9136aa);
    CHECK_EQ_UINT(crc32c(0, ones, 32), 0x62a8ab43);
    CHECK_EQ_UINT(crc32c(0, up, 32), 0x46dd794e);
    CHECK_EQ_UINT(crc32c(0, down, 32), 0x113fdb5c);
    CHECK_EQ_UINT(crc32c(0, "123456789", 9), 0xe3069283);
    CHECK_EQ_UINT(crc32c(0, "", 0), 0);
}

TEST(crc32c_goes_on)
{
    const char text[] = "Do you like ketchup? How about pickles?";
    uint32_t whole = crc32c(0, text, sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut++)
        CHECK_EQ_UINT(crc32c(crc32c(0, text, cut), text + cut, sizeof text - cut),
                      whole);
}
