/* mailbox_name - see mailbox_name.h. */
#include "imap/mailbox_name.h"

#include "base/utf8.h"
#include "config/limits.h"

#include <errno.h>

/* RFC 3501 §5.1.3: base64 with "," for "/", and without padding. */
static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int digit_of(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

static bool is_printable(uint32_t c)
{
    return c >= 0x20 && c <= 0x7e;
}

/* ---- UTF-8, a character at a time; what is put has been checked */

static int put_character(struct buf *b, uint32_t c)
{
    char octets[4];
    size_t n = 0;

    if (c < 0x80) {
        octets[n++] = (char)c;
    } else if (c < 0x800) {
        octets[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        octets[n++] = (char)(0xe0 | c >> 12);
        octets[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        octets[n++] = (char)(0xf0 | c >> 18);
        octets[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        octets[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80)
        octets[n++] = (char)(0x80 | (c & 0x3f));
    return buf_put(b, span_at(octets, n));
}

static uint32_t take_character(struct span *s)
{
    static const uint8_t masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    size_t n = utf8_length(*s);

    if (n == 0) { /* C1 controls, and what is none: as it stands */
        uint32_t c = (unsigned char)*s->at;
        *s = span_skip(*s, 1);
        return c;
    }
    uint32_t c = (unsigned char)s->at[0] & masks[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)s->at[i] & 0x3f);
    *s = span_skip(*s, n);
    return c;
}

/* ---- from UTF-7 */

/* Between "&" and "-": units of 16 bits, of which surrogates stand in pairs. */
struct shifted {
    uint32_t bits, high; /* high: the first of a pair, waiting for its second; or 0 */
    unsigned count;
    bool any;
};

static bool put_unit(struct shifted *s, uint32_t unit, struct buf *utf8)
{
    bool is_low = unit >= 0xdc00 && unit <= 0xdfff;

    s->any = true;
    if (is_low != (s->high != 0))
        return false;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        s->high = unit;
        return true;
    }
    if (is_low)
        unit = 0x10000 + ((s->high - 0xd800) << 10) + (unit - 0xdc00);
    s->high = 0;
    /* What can stand for itself must; controls have no business in a name. */
    return unit > 0x9f && put_character(utf8, unit) == 0;
}

static bool put_digit(struct shifted *s, int digit, struct buf *utf8)
{
    s->bits = s->bits << 6 | (uint32_t)digit;
    s->count += 6;
    if (s->count < 16)
        return true;
    s->count -= 16;
    uint32_t unit = s->bits >> s->count & 0xffff;
    s->bits &= (1u << s->count) - 1;
    return put_unit(s, unit, utf8);
}

/* Behind "&", up to and with "-". */
static bool take_shifted(struct span *rest, struct buf *utf8)
{
    struct shifted s = { 0 };

    if (span_take(rest, SPAN("-")))
        return buf_put(utf8, SPAN("&")) == 0;
    while (rest->len > 0 && digit_of(*rest->at) >= 0) {
        if (!put_digit(&s, digit_of(*rest->at), utf8))
            return false;
        *rest = span_skip(*rest, 1);
    }
    return s.any && s.high == 0 && s.count < 6 && s.bits == 0 &&
           span_take(rest, SPAN("-"));
}

bool mailbox_name_of_utf7(struct span utf7, struct buf *utf8)
{
    bool was_shifted = false; /* "&..-&..-" is one run, cut in two */

    while (utf7.len > 0) {
        struct span one = span_first(utf7, 1);
        utf7 = span_skip(utf7, 1);
        if (*one.at == '&') {
            bool ampersand = utf7.len > 0 && *utf7.at == '-';
            if ((was_shifted && !ampersand) || !take_shifted(&utf7, utf8))
                return false;
            was_shifted = !ampersand;
        } else {
            if (!is_printable((unsigned char)*one.at) || buf_put(utf8, one))
                return false;
            was_shifted = false;
        }
    }
    return true;
}

/* ---- to UTF-7 */

/* Digits of what waits; at the end also of what is left. */
static int put_digits(struct buf *b, uint64_t *bits, unsigned *count, bool end)
{
    int error = 0;

    while (!error && *count >= 6) {
        *count -= 6;
        error = buf_put(b, span_at(&alphabet[*bits >> *count & 0x3f], 1));
    }
    if (!error && end && *count > 0)
        error = buf_put(b, span_at(&alphabet[*bits << (6 - *count) & 0x3f], 1));
    return error;
}

/* A run of characters that cannot stand for themselves. */
static int put_shifted(struct span *utf8, struct buf *b)
{
    uint64_t bits = 0;
    unsigned count = 0;
    int error = buf_put(b, SPAN("&"));

    while (!error && utf8->len > 0 && !is_printable((unsigned char)*utf8->at)) {
        uint32_t c = take_character(utf8);
        if (c >= 0x10000) {
            c -= 0x10000;
            bits = bits << 32 | (0xd800 + (c >> 10)) << 16 | (0xdc00 + (c & 0x3ff));
            count += 32;
        } else {
            bits = bits << 16 | c;
            count += 16;
        }
        error = put_digits(b, &bits, &count, false);
    }
    if (!error)
        error = put_digits(b, &bits, &count, true);
    return error ? error : buf_put(b, SPAN("-"));
}

int mailbox_name_to_utf7(struct span utf8, struct buf *b)
{
    int error = 0;

    while (!error && utf8.len > 0) {
        if (!is_printable((unsigned char)*utf8.at)) {
            error = put_shifted(&utf8, b);
            continue;
        }
        error =
            *utf8.at == '&' ? buf_put(b, SPAN("&-")) : buf_put(b, span_first(utf8, 1));
        utf8 = span_skip(utf8, 1);
    }
    return error;
}
