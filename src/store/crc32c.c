/* crc32c - see crc32c.h. */
#include "store/crc32c.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

static const uint32_t polynomial = 0x82f63b78; /* bits reversed */

static uint32_t table[256];

static uint32_t by_table(uint32_t crc, const uint8_t *at, size_t len)
{
    for (; len > 0; len--)
        crc = table[(crc ^ *at++) & 0xff] ^ (crc >> 8);
    return crc;
}

static uint32_t (*update)(uint32_t, const uint8_t *, size_t) = by_table;

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_sse42(uint32_t crc,
                                                           const uint8_t *at,
                                                           size_t len)
{
    uint64_t wide = crc;
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; len > 0; len--)
        crc = _mm_crc32_u8(crc, *at++);
    return crc;
}
#endif

/* Before main: the store's threads then only read. */
__attribute__((constructor)) static void choose(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? polynomial : 0);
        table[i] = crc;
    }
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2"))
        update = by_sse42;
#endif
}

uint32_t crc32c(uint32_t crc, const void *octets, size_t len)
{
    return ~update(~crc, octets, len);
}
