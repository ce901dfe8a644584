/*
 * transfer_fuzz - both encodings against naive decoders, which read once more and slowly
 * what transfer.h says; and charsets against iconv itself.
 *
 * The first octet chooses.
 */
#include "mime/transfer.h"

#include "mime/charset.h"

#include <assert.h>
#include <iconv.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void naive_base64(struct span s, struct out *o)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < s.len; i++) {
        const char *digit = s.at[i] ? strchr(digits, s.at[i]) : NULL;
        if (s.at[i] == '=') {
            bits = 0;
            count = 0; /* what was whole has been put */
        }
        if (!digit)
            continue;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count++;
        if (count > 1)
            out_put(o, (char)(bits >> (8 - 2 * count % 8) % 8));
        count %= 4;
    }
}

static int naive_hex(struct span s, size_t i)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *digit = i < s.len && s.at[i] ? strchr(digits, s.at[i]) : NULL;
    return digit ? (int)(digit - digits) % 16 : -1;
}

/* What follows white space at i: a line end, or nothing more. */
static bool naive_ends_line(struct span s, size_t i, size_t *behind_r)
{
    while (i < s.len && (s.at[i] == ' ' || s.at[i] == '\t'))
        i++;
    *behind_r = i;
    if (i + 1 < s.len && s.at[i] == '\r' && s.at[i + 1] == '\n')
        *behind_r = i + 2;
    else if (i < s.len && s.at[i] == '\n')
        *behind_r = i + 1;
    return i == s.len || *behind_r > i;
}

static void naive_quoted_printable(struct span s, struct out *o)
{
    for (size_t i = 0, behind; i < s.len;) {
        char c = s.at[i];
        if (c == '=' && naive_hex(s, i + 1) >= 0 && naive_hex(s, i + 2) >= 0) {
            out_put(o, (char)(naive_hex(s, i + 1) * 16 + naive_hex(s, i + 2)));
            i += 3;
        } else if (c == '=' && naive_ends_line(s, i + 1, &behind)) {
            i = behind;
        } else {
            if ((c != ' ' && c != '\t') || !naive_ends_line(s, i, &behind))
                out_put(o, c);
            i++;
        }
    }
}

/* Whatever the pieces, the same comes of it. */
static void check_pieces(enum record_encoding encoding, struct span s, size_t piece)
{
    struct out whole = { .at = malloc(s.len + 1), .max = s.len + 1 };
    struct out o = { .at = malloc(s.len + 1), .max = s.len + 1 };
    struct transfer t = { .encoding = encoding };
    size_t from = 0, to = 0;
    assert(whole.at && o.at);
    bool sound = transfer_decode(encoding, s, &whole);
    do {
        to = to + piece < s.len ? to + piece : s.len;
        size_t before = o.len, given = to - from;
        from += transfer_take(&t, span_at(s.at + from, given), to == s.len, &o);
        assert(from <= to && o.len - before <= given + TRANSFER_MORE);
    } while (to < s.len);
    assert(from == s.len && sound == !t.broken);
    assert(span_is(out_span(&o), out_span(&whole)));
    free(whole.at);
    free(o.at);
}

static void check_transfer(enum record_encoding encoding, struct span s)
{
    struct out o = { .at = malloc(s.len + 1), .max = s.len + 1 };
    struct out naive = { .at = malloc(s.len + 1), .max = s.len + 1 };
    struct out measure = { 0 };
    assert(o.at && naive.at);
    transfer_decode(encoding, s, &o);
    transfer_decode(encoding, s, &measure);
    assert(measure.wanted == o.len && !out_is_cut(&o));
    for (size_t piece = 1; piece <= 5; piece++)
        check_pieces(encoding, s, piece);
    if (encoding == RECORD_BASE64)
        naive_base64(s, &naive);
    else
        naive_quoted_printable(s, &naive);
    assert(span_is(out_span(&o), out_span(&naive)));
    free(o.at);
    free(naive.at);
}

/* Where iconv finds no fault in the whole, it says the same. */
static void check_charset(const char *name, const char *iconv_name, struct span s)
{
    struct out o = { .at = malloc(4 * s.len + 64), .max = 4 * s.len + 64 };
    size_t left = s.len, room = 4 * s.len + 64;
    char *utf8 = malloc(room), *from = (char *)(uintptr_t)s.at, *to = utf8;
    iconv_t converter = iconv_open("UTF-8", iconv_name);
    assert(o.at && utf8 && converter != (iconv_t)-1);
    charset_to_utf8(charset_find(span_of(name)), s, &o);
    size_t result = iconv(converter, &from, &left, &to, &room);
    if (result != (size_t)-1)
        result = iconv(converter, NULL, NULL, &to, &room);
    if (result != (size_t)-1 && !out_is_cut(&o))
        assert(span_is(out_span(&o), span_at(utf8, (size_t)(to - utf8))));
    iconv_close(converter);
    free(utf8);
    free(o.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    static const char *const charsets[][2] = {
        { "iso-8859-2", "ISO-8859-2" },
        { "koi8-r", "KOI8-R" },
        { "iso-2022-jp", "ISO-2022-JP-2" },
        { "gb18030", "GB18030" },
        { "euc-kr", "UHC" },
        { "shift_jis", "CP932" },
        { "utf-16le", "UTF-16LE" },
        { "iso-8859-15", "ISO-8859-15" },
    };
    if (len == 0)
        return 0;
    charsets_open();
    struct span s = span_at(octets + 1, len - 1);
    if (octets[0] % 4 == 0)
        check_transfer(RECORD_BASE64, s);
    else if (octets[0] % 4 == 1)
        check_transfer(RECORD_QUOTED_PRINTABLE, s);
    else
        check_charset(charsets[octets[0] / 4 % 8][0], charsets[octets[0] / 4 % 8][1],
                      s);
    return 0;
}
