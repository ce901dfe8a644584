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

/* What a quantum that is not full holds: one or two octets. */
static void put_rest(struct transfer *t, struct out *o)
{
    struct quantum *q = &t->quantum;
    if (q->count >= 2)
        out_put(o, (char)(q->bits >> (q->count * 6 - 8)));
    if (q->count == 3)
        out_put(o, (char)(q->bits >> 2));
    t->broken = t->broken || q->count == 1;
    q->count = 0;
    q->bits = 0;
}

static void take_value(struct transfer *t, unsigned value, struct out *o)
{
    struct quantum *q = &t->quantum;
    t->broken = t->broken || q->ended; /* something comes behind the padding */
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

static void take_padding(struct transfer *t, struct out *o)
{
    struct quantum *q = &t->quantum;
    if (q->count > 0) {
        q->padding = 4 - q->count;
        put_rest(t, o);
    }
    t->broken = t->broken || q->padding == 0;
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

static void take_base64(struct transfer *t, struct span s, bool last, struct out *o)
{
    struct quantum *q = &t->quantum;
    for (size_t i = 0; i < s.len; i++) {
        if (q->count == 0 && !q->ended)
            i += take_quanta(span_skip(s, i), o);
        if (i == s.len)
            break;
        unsigned value = values[(unsigned char)s.at[i]];
        if (value < WHITE)
            take_value(t, value, o);
        else if (value == PADDING)
            take_padding(t, o);
        else if (value == WRONG)
            t->broken = true;
    }
    if (!last)
        return;
    if (q->count > 0 || q->padding > 0)
        t->broken = true; /* it ends within a quantum */
    put_rest(t, o);
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

/* A line without its end and the white space before it; true: a soft line break.  A line
 * whose end has not come may stop before its last "=", at *s. */
static bool decode_line(struct transfer *t, struct span *s, bool whole, struct out *o)
{
    while (s->len > 0) {
        size_t n = span_find(*s, '=');
        out_span_put(o, span_first(*s, n));
        *s = span_skip(*s, n);
        if (s->len < 3 && !whole)
            return false;
        if (s->len == 1)
            return true;
        int high = s->len >= 3 ? hex_of(s->at[1]) : -1;
        int low = s->len >= 3 ? hex_of(s->at[2]) : -1;
        if (high >= 0 && low >= 0) {
            out_put(o, (char)(high << 4 | low));
            *s = span_skip(*s, 3);
        } else if (s->len > 0) {
            out_put(o, '=');
            t->broken = true;
            *s = span_skip(*s, 1);
        }
    }
    return false;
}

/* Whether white space, or a CR, is at its line's end is known when more has come. */
static size_t take_piece_of_line(struct transfer *t, struct span s, struct out *o)
{
    size_t len = s.len - (s.len > 0 && s.at[s.len - 1] == '\r');
    struct span known = without_white_behind(span_first(s, len)), left = known;
    decode_line(t, &left, false, o);
    return known.len - left.len;
}

static size_t take_quoted_printable(struct transfer *t, struct span s, bool last,
                                    struct out *o)
{
    size_t taken = 0;
    while (s.len > 0) {
        size_t n = span_find(s, '\n');
        bool ended = n < s.len, crlf = ended && n > 0 && s.at[n - 1] == '\r';
        if (!ended && !last)
            return taken + take_piece_of_line(t, s, o);
        struct span line = without_white_behind(span_first(s, n - crlf));
        if (!decode_line(t, &line, true, o) && ended)
            out_span_put(o, crlf ? SPAN("\r\n") : SPAN("\n"));
        s = span_skip(s, n + ended);
        taken += n + ended;
    }
    return taken;
}

size_t transfer_take(struct transfer *t, struct span octets, bool last, struct out *o)
{
    if (t->encoding == RECORD_QUOTED_PRINTABLE) {
        size_t taken = take_quoted_printable(t, octets, last, o);
        steps(taken);
        return taken;
    }
    if (t->encoding == RECORD_BASE64) {
        steps(octets.len);
        take_base64(t, octets, last, o);
    } else {
        out_span_put(o, octets);
    }
    return octets.len;
}

bool transfer_decode(enum record_encoding encoding, struct span body, struct out *o)
{
    struct transfer t = { .encoding = encoding };
    transfer_take(&t, body, true, o);
    return !t.broken;
}
