/* columns - see columns.h. */
#include "cli/ftp/columns.h"

#include "base/utf8.h"

#include <utf8proc.h>

/* One character as it is shown, and its columns. */
struct shown {
    struct span text;
    unsigned columns;
};

/* U+202A to U+202E and U+2066 to U+2069 (UAX #9 §2), and the line separators. */
static bool turns_or_breaks(int32_t c)
{
    return (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static struct shown take_shown(struct span *s)
{
    static const struct span unknown = { "?", 1 };
    size_t len = utf8_length(*s);
    struct span text = span_first(*s, len ? len : 1);
    utf8proc_int32_t c = -1;
    *s = span_skip(*s, text.len);
    utf8proc_iterate((const utf8proc_uint8_t *)text.at, (utf8proc_ssize_t)text.len, &c);
    int width = c >= 0 ? utf8proc_charwidth(c) : 0;
    bool good = len > 0 && c >= ' ' && c != 0x7f && !turns_or_breaks(c) && width >= 0;
    return good ? (struct shown){ text, (unsigned)width }
                : (struct shown){ unknown, 1 };
}

int put_clean(struct buf *b, struct span s)
{
    int error = 0;
    while (s.len > 0 && !error)
        error = buf_put(b, take_shown(&s).text);
    return error;
}

unsigned columns_of(struct span s)
{
    unsigned columns = 0;
    while (s.len > 0)
        columns += take_shown(&s).columns;
    return columns;
}

/* What fits from the beginning; the columns that it takes. */
static int put_head(struct buf *b, struct span s, unsigned columns, unsigned *used)
{
    int error = 0;
    *used = 0;
    while (s.len > 0 && !error) {
        struct shown next = take_shown(&s);
        if (*used + next.columns > columns)
            break;
        error = buf_put(b, next.text);
        *used += next.columns;
    }
    return error;
}

/* The end of it that has at most so many columns. */
static struct span tail(struct span s, unsigned columns)
{
    unsigned all = columns_of(s);
    while (all > columns)
        all -= take_shown(&s).columns;
    return s;
}

static int put_blanks(struct buf *b, unsigned count)
{
    return buf_printf(b, "%*s", (int)count, "");
}

int put_fitted(struct buf *b, struct span s, unsigned columns)
{
    enum { DOTS = 3 };
    unsigned all = columns_of(s), used, more;
    if (all <= columns || columns < 3 * DOTS) {
        int error = put_head(b, s, columns, &used);
        return error ? error : put_blanks(b, columns - used);
    }
    struct span end = tail(s, (columns - DOTS) / 2);
    int error = put_head(b, s, columns - DOTS - columns_of(end), &used);
    if (!error)
        error = buf_put(b, SPAN("..."));
    if (!error)
        error = put_head(b, end, columns, &more);
    return error ? error : put_blanks(b, columns - DOTS - used - more);
}

int put_size(struct buf *b, uint64_t octets)
{
    static const char units[] = "KMGTPE";
    if (octets < 1000)
        return buf_printf(b, "%u", (unsigned)octets);
    double value = (double)octets / 1024;
    const char *unit = units;
    while (value >= 999.5 && unit[1]) {
        value /= 1024;
        unit++;
    }
    return buf_printf(b, value < 99.95 ? "%.1f%c" : "%.0f%c", value, *unit);
}

int put_duration(struct buf *b, uint64_t seconds)
{
    unsigned s = (unsigned)(seconds % 60), m = (unsigned)(seconds / 60 % 60);
    uint64_t h = seconds / 3600;
    if (h == 0)
        return buf_printf(b, "%u:%02u", m, s);
    if (h < 100)
        return buf_printf(b, "%u:%02u:%02u", (unsigned)h, m, s);
    return buf_printf(b, "%llud%02uh", (unsigned long long)(h / 24),
                      (unsigned)(h % 24));
}
