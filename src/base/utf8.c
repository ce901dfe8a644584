#include "base/utf8.h"

/* How many octets follow the first, and from where to where the second may lie (§4);
 * 0 for one that starts none. */
static size_t tail_of(uint8_t first, uint8_t *low_r, uint8_t *high_r)
{
    *low_r = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *high_r = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first == 0xc2) /* the C1 controls */
        *low_r = 0xa0;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

size_t utf8_length(struct span s)
{
    const uint8_t *at = (const uint8_t *)s.at;
    uint8_t low, high;

    if (s.len == 0 || at[0] < 0x80)
        return s.len > 0;
    size_t tail = tail_of(at[0], &low, &high);
    if (tail == 0 || s.len <= tail || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i <= tail; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return tail + 1;
}

bool utf8_is_text(struct span s)
{
    size_t n = 1;

    while (s.len > 0 && n > 0) {
        n = utf8_length(s);
        s = span_skip(s, n);
    }
    return n > 0;
}

bool utf8_is_beyond_ascii(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)s.at[i] >= 0x80)
            return true;
    return false;
}
