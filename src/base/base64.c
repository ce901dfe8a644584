/* base64 - see base64.h. */
#include "base/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters; how many octets they are, 0: they are none. */
static size_t decode_group(const char *text, char octets_r[3])
{
    size_t count = text[3] != '=' ? 4 : text[2] != '=' ? 3 : 2;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < count ? value_of(text[i]) : 0;
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
    }
    if (bits & ((1U << 8 * (4 - count)) - 1)) /* §3.5: the bits left over */
        return 0;
    for (size_t i = 0; i < 3; i++)
        octets_r[i] = (char)(uint8_t)(bits >> (16 - 8 * i));
    return count - 1;
}

bool base64_decode(struct span text, char *octets_r, size_t size, size_t *len_r)
{
    size_t len = 0;
    if (text.len % 4)
        return false;
    for (size_t at = 0; at < text.len; at += 4) {
        char octets[3];
        size_t count = decode_group(text.at + at, octets);
        if (count == 0 || count > size - len || (count < 3 && at + 4 < text.len))
            return false;
        memcpy(octets_r + len, octets, count);
        len += count;
    }
    *len_r = len;
    return true;
}

size_t base64_encode(struct span octets, char *text_r)
{
    size_t len = 0;
    for (size_t at = 0; at < octets.len; at += 3) {
        size_t count = octets.len - at < 3 ? octets.len - at : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < count ? (uint8_t)octets.at[at + i] : 0);
        for (size_t i = 0; i < 4; i++)
            text_r[len++] = i <= count ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
    text_r[len] = '\0';
    return len;
}
