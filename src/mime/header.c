#include "mime/header.h"

#include "mime/lex.h"

/* A line of s and its end. */
static size_t line_length(struct span s)
{
    size_t n = span_find(s, '\n');
    n += n < s.len;
    steps(n);
    return n;
}

static bool is_folded(struct span s)
{
    return s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t');
}

static struct span without_line_end(struct span s)
{
    if (s.len > 0 && s.at[s.len - 1] == '\n')
        s.len--;
    if (s.len > 0 && s.at[s.len - 1] == '\r')
        s.len--;
    return s;
}

/* field-name = 1*ftext, ftext = %d33-57 / %d59-126 */
static bool is_name(struct span s)
{
    steps(s.len);
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < '!' || s.at[i] > '~')
            return false;
    return s.len > 0;
}

static struct span without_white_behind(struct span s)
{
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

bool header_take_field(struct span *section, struct field *field_r, bool *noise_r)
{
    while (section->len > 0) {
        size_t first = line_length(*section), n = first;
        while (is_folded(span_skip(*section, n)))
            n += line_length(span_skip(*section, n));
        struct span field = without_line_end(span_first(*section, n));
        size_t colon = span_find(span_first(*section, first), ':');
        struct span name = without_white_behind(span_first(*section, colon));
        *section = span_skip(*section, n);
        if (colon < first && is_name(name)) {
            *field_r = (struct field){ name, span_skip(field, colon + 1) };
            return true;
        }
        *noise_r = *noise_r || field.len > 0;
    }
    return false;
}

enum header_field header_field_of(struct span name)
{
    static const struct span names[] = {
#define X(enumerator, string) { string, sizeof string - 1 },
        HEADER_FIELDS(X)
#undef X
    };
    for (size_t i = 0; i < FIELDS; i++)
        if (span_is_nocase(names[i], name))
            return (enum header_field)i;
    return FIELD_OTHER;
}
