#include "mime/transfer.h"

#include "mime/lex.h"

enum record_encoding encoding_of_name(struct span name)
{
    static const struct {
        const char *name;
        enum record_encoding encoding;
    } names[] = {
        { "", RECORD_7BIT },
        { "7bit", RECORD_7BIT },
        { "8bit", RECORD_8BIT },
        { "binary", RECORD_BINARY },
        { "quoted-printable", RECORD_QUOTED_PRINTABLE },
        { "base64", RECORD_BASE64 },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is_nocase(span_of(names[i].name), name))
            return names[i].encoding;
    return RECORD_UNKNOWN;
}

/* ---- base64, §6.8 */

enum { WHITE = 64, PADDING = 65, WRONG = 66 };

static unsigned char value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned char)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned char)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (unsigned char)(c - '0' + 52);
    if (c == '+' || c == '/')
        return c == '+' ? 62 : 63;
    if (c == '=')
        return PADDING;
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' ? WHITE : WRONG;
}

static unsigned char values[256];

__attribute__((constructor)) static void fill_values(void)
{
    for (int c = 0; c < 256; c++)
        values[c] = value_of((char)c);
}

struct quantum {
    uint32_t bits;
    unsigned count;   /* characters of it */
    unsigned padding; /* "=" behind it */
    bool ended;       /* by padding */
    bool sound;
};

/* What a quantum that is not full holds: one or two octets. */
static void put_rest(struct quantum *q, struct out *o)
{
    if (q->count >= 2)
        out_put(o, (char)(q->bits >> (q->count * 6 - 8)));
    if (q->count == 3)
        out_put(o, (char)(q->bits >> 2));
    q->sound = q->sound && q->count != 1;
    q->count = 0;
    q->bits = 0;
}

static void take_value(struct quantum *q, unsigned value, struct out *o)
{
    q->sound = q->sound && !q->ended; /* something comes behind the padding */
    q->ended = false;
    q->padding = 0;
    q->bits = q->bits << 6 | value;
    if (++q->count < 4)
        return;
    out_put(o, (char)(q->bits >> 16));
    out_put(o, (char)(q->bits >> 8));
    out_put(o, (char)q->bits);
    q->count = 0;
    q->bits = 0;
}

static void take_padding(struct quantum *q, struct out *o)
{
    if (q->count > 0) {
        q->padding = 4 - q->count;
        put_rest(q, o);
    }
    q->sound = q->sound && q->padding > 0;
    q->padding -= q->padding > 0;
    q->ended = true;
}

/* Four good characters at a time, which is nearly all there is. */
static size_t take_quanta(struct span s, struct out *o)
{
    size_t i = 0;
    for (; i + 4 <= s.len; i += 4) {
        const unsigned char *at = (const unsigned char *)s.at + i;
        unsigned a = values[at[0]], b = values[at[1]], c = values[at[2]],
                 d = values[at[3]];
        if ((a | b | c | d) >= WHITE)
            break;
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        char three[] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };
        out_span_put(o, span_at(three, 3));
    }
    return i;
}

static bool decode_base64(struct span s, struct out *o)
{
    struct quantum q = { .sound = true };
    for (size_t i = 0; i < s.len; i++) {
        if (q.count == 0 && !q.ended)
            i += take_quanta(span_skip(s, i), o);
        if (i == s.len)
            break;
        unsigned value = values[(unsigned char)s.at[i]];
        if (value < WHITE)
            take_value(&q, value, o);
        else if (value == PADDING)
            take_padding(&q, o);
        else if (value == WRONG)
            q.sound = false;
    }
    if (q.count > 0 || q.padding > 0)
        q.sound = false; /* it ends within a quantum */
    put_rest(&q, o);
    return q.sound;
}

/* ---- quoted-printable, §6.7 */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static struct span without_white_behind(struct span s)
{
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* A line without its end and the white space before it; true: a soft line break. */
static bool decode_line(struct span s, struct out *o, bool *sound)
{
    while (s.len > 0) {
        size_t n = span_find(s, '=');
        out_span_put(o, span_first(s, n));
        s = span_skip(s, n);
        if (s.len == 1)
            return true;
        int high = s.len >= 3 ? hex_of(s.at[1]) : -1;
        int low = s.len >= 3 ? hex_of(s.at[2]) : -1;
        if (high >= 0 && low >= 0) {
            out_put(o, (char)(high << 4 | low));
            s = span_skip(s, 3);
        } else if (s.len > 0) {
            out_put(o, '=');
            *sound = false;
            s = span_skip(s, 1);
        }
    }
    return false;
}

static bool decode_quoted_printable(struct span s, struct out *o)
{
    bool sound = true;
    while (s.len > 0) {
        size_t n = span_find(s, '\n');
        bool ended = n < s.len, crlf = ended && n > 0 && s.at[n - 1] == '\r';
        struct span line = without_white_behind(span_first(s, n - crlf));
        if (!decode_line(line, o, &sound) && ended)
            out_span_put(o, crlf ? SPAN("\r\n") : SPAN("\n"));
        s = span_skip(s, n + ended);
    }
    return sound;
}

bool transfer_decode(enum record_encoding encoding, struct span body, struct out *o)
{
    if (encoding == RECORD_BASE64 || encoding == RECORD_QUOTED_PRINTABLE)
        steps(body.len);
    if (encoding == RECORD_BASE64)
        return decode_base64(body, o);
    if (encoding == RECORD_QUOTED_PRINTABLE)
        return decode_quoted_printable(body, o);
    out_span_put(o, body);
    return true;
}
