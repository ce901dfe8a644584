#include "mime/html.h"

#include <stdlib.h>

enum { ENTITY_OCTETS_MAX = 32, TAG_OCTETS_MAX = 12 };

static size_t find_octets(struct span s, struct span what)
{
    const char *at = s.len ? memmem(s.at, s.len, what.at, what.len) : NULL;
    size_t n = at ? (size_t)(at - s.at) : s.len;
    steps(n);
    return n;
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* ---- character references */

/* Those of HTML 4 that mail has. */
static const struct entity {
    const char *name;
    uint32_t character;
} entities[] = {
    { "amp", '&' },      { "lt", '<' },       { "gt", '>' },       { "quot", '"' },
    { "apos", '\'' },    { "nbsp", 0xa0 },    { "copy", 0xa9 },    { "reg", 0xae },
    { "euro", 0x20ac },  { "pound", 0xa3 },   { "sect", 0xa7 },    { "deg", 0xb0 },
    { "middot", 0xb7 },  { "laquo", 0xab },   { "raquo", 0xbb },   { "ndash", 0x2013 },
    { "mdash", 0x2014 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "ldquo", 0x201c },
    { "rdquo", 0x201d }, { "bdquo", 0x201e }, { "bull", 0x2022 },  { "hellip", 0x2026 },
    { "trade", 0x2122 }, { "times", 0xd7 },   { "shy", 0xad },     { "zwnj", 0x200c },
    { "Auml", 0xc4 },    { "Ouml", 0xd6 },    { "Uuml", 0xdc },    { "auml", 0xe4 },
    { "ouml", 0xf6 },    { "uuml", 0xfc },    { "szlig", 0xdf },   { "agrave", 0xe0 },
    { "aacute", 0xe1 },  { "acirc", 0xe2 },   { "atilde", 0xe3 },  { "aring", 0xe5 },
    { "aelig", 0xe6 },   { "ccedil", 0xe7 },  { "egrave", 0xe8 },  { "eacute", 0xe9 },
    { "ecirc", 0xea },   { "euml", 0xeb },    { "igrave", 0xec },  { "iacute", 0xed },
    { "icirc", 0xee },   { "iuml", 0xef },    { "ntilde", 0xf1 },  { "ograve", 0xf2 },
    { "oacute", 0xf3 },  { "ocirc", 0xf4 },   { "otilde", 0xf5 },  { "oslash", 0xf8 },
    { "ugrave", 0xf9 },  { "uacute", 0xfa },  { "ucirc", 0xfb },   { "yacute", 0xfd },
    { "Agrave", 0xc0 },  { "Aacute", 0xc1 },  { "Aring", 0xc5 },   { "AElig", 0xc6 },
    { "Ccedil", 0xc7 },  { "Egrave", 0xc8 },  { "Eacute", 0xc9 },  { "Ntilde", 0xd1 },
    { "Oslash", 0xd8 },  { "oelig", 0x153 },  { "scaron", 0x161 }, { "iexcl", 0xa1 },
    { "iquest", 0xbf },
};

static bool entity_named(struct span name, uint32_t *c_r)
{
    steps(name.len + 8);
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (entities[i].name[0] == name.at[0] &&
            span_is(name, span_of(entities[i].name))) {
            *c_r = entities[i].character;
            return true;
        }
    return false;
}

/* "#" 1*digit / "#x" 1*hexdigit */
static bool entity_numbered(struct span name, uint32_t *c_r)
{
    uint32_t c = 0;
    bool hex = name.len > 1 && (name.at[1] | 0x20) == 'x';
    size_t first = hex ? 2 : 1;
    for (size_t i = first; i < name.len; i++) {
        char d = name.at[i] | 0x20;
        bool is_digit = name.at[i] >= '0' && name.at[i] <= '9';
        if (!is_digit && !(hex && d >= 'a' && d <= 'f'))
            return false;
        uint32_t value = (uint32_t)(is_digit ? name.at[i] - '0' : d - 'a' + 10);
        c = c > 0x10ffff ? c : c * (hex ? 16 : 10) + value;
    }
    *c_r = c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c;
    return name.len > first;
}

/* s begins with "&". */
static size_t take_reference(struct span s, struct out *o)
{
    size_t n = 1;
    while (n < s.len && n < ENTITY_OCTETS_MAX && (is_name(s.at[n]) || s.at[n] == '#'))
        n++;
    struct span name = span_skip(span_first(s, n), 1);
    uint32_t c;
    bool known = name.len > 0 && (name.at[0] == '#' ? entity_numbered(name, &c)
                                                    : entity_named(name, &c));
    steps(n);
    if (!known) {
        out_put(o, '&');
        return 1;
    }
    out_put_character(o, c);
    return n + (n < s.len && s.at[n] == ';');
}

/* ---- tags */

/* What a tag means here. */
enum tag { INLINE, BLOCK, HIDDEN };

static enum tag tag_of(struct span name)
{
    static const struct {
        struct span name;
        enum tag tag;
    } tags[] = {
#define TAG(string, tag) { { string, sizeof string - 1 }, tag }
        TAG("p", BLOCK),          TAG("br", BLOCK),      TAG("div", BLOCK),
        TAG("tr", BLOCK),         TAG("td", BLOCK),      TAG("th", BLOCK),
        TAG("li", BLOCK),         TAG("ul", BLOCK),      TAG("ol", BLOCK),
        TAG("dl", BLOCK),         TAG("dt", BLOCK),      TAG("dd", BLOCK),
        TAG("h1", BLOCK),         TAG("h2", BLOCK),      TAG("h3", BLOCK),
        TAG("h4", BLOCK),         TAG("h5", BLOCK),      TAG("h6", BLOCK),
        TAG("hr", BLOCK),         TAG("pre", BLOCK),     TAG("table", BLOCK),
        TAG("blockquote", BLOCK), TAG("section", BLOCK), TAG("article", BLOCK),
        TAG("header", BLOCK),     TAG("footer", BLOCK),  TAG("body", BLOCK),
        TAG("option", BLOCK),     TAG("script", HIDDEN), TAG("style", HIDDEN),
        TAG("title", HIDDEN),     TAG("head", HIDDEN),   TAG("noscript", HIDDEN),
        TAG("template", HIDDEN),  TAG("svg", HIDDEN),    TAG("math", HIDDEN),
        TAG("object", HIDDEN),
#undef TAG
    };
    steps(4);
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i].name.len == name.len && (name.at[0] | 0x20) == tags[i].name.at[0] &&
            span_is_nocase(tags[i].name, name))
            return tags[i].tag;
    return INLINE;
}

/* Attributes, to behind ">"; quotes may hold one. */
static size_t tag_length(struct span s)
{
    char quote = 0;
    size_t n = 0;
    for (; n < s.len; n++) {
        char c = s.at[n];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '>')
            break;
        else if ((c == '"' || c == '\'') && n > 0 && s.at[n - 1] == '=')
            quote = c;
    }
    steps(n);
    return n < s.len ? n + 1 : n;
}

/* To the "</name" that ends it, or to the end of all. */
static size_t hidden_length(struct span s, struct span name)
{
    size_t n = 0;
    for (;;) {
        n += find_octets(span_skip(s, n), SPAN("</"));
        if (n == s.len)
            return n;
        struct span behind = span_skip(s, n + 2);
        if (span_starts_nocase(behind, name))
            return n;
        n += 2;
    }
}

/* s begins with "<". */
static size_t take_tag(struct span s, struct out *o)
{
    bool ends = s.len > 1 && s.at[1] == '/';
    struct span rest = span_skip(s, ends ? 2 : 1);
    if (rest.len == 0 ||
        !(is_letter(rest.at[0]) || rest.at[0] == '!' || ends || rest.at[0] == '?')) {
        out_put(o, '<');
        return 1;
    }
    if (span_take(&rest, SPAN("!--"))) {
        size_t n = find_octets(rest, SPAN("-->"));
        return s.len - rest.len + n + (n < rest.len ? 3 : 0);
    }
    size_t n = 0;
    while (n < rest.len && n < TAG_OCTETS_MAX && is_name(rest.at[n]))
        n++;
    struct span name = span_first(rest, n);
    rest = span_skip(rest, tag_length(rest));
    enum tag tag = n > 0 ? tag_of(name) : INLINE;
    if (tag == BLOCK)
        out_put(o, '\n');
    if (!ends && tag == HIDDEN)
        rest = span_skip(rest, hidden_length(rest, name));
    return s.len - rest.len;
}

void html_to_text(struct span html, struct out *o)
{
    while (html.len > 0 && !out_is_cut(o)) {
        size_t n = 0;
        while (n < html.len && html.at[n] != '<' && html.at[n] != '&')
            n++;
        steps(n);
        out_span_put(o, span_first(html, n));
        html = span_skip(html, n);
        if (html.len > 0)
            html = span_skip(html, html.at[0] == '<' ? take_tag(html, o)
                                                     : take_reference(html, o));
    }
}
