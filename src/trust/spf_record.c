#include "trust/spf_record.h"

#include <arpa/inet.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_delimiter(char c)
{
    return c != '\0' && strchr(".-+,/_=", c);
}

/* macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 * transformers = *DIGIT [ "r" ] */
static bool take_macro_expand(struct span *s, bool explaining)
{
    const char *letters = explaining ? "slodiphcrtv" : "slodiphv";
    struct span in = span_skip(*s, 1);
    uint64_t digits;

    if (in.len > 0 && strchr("%_-", in.at[0]) && in.at[0] != '\0') {
        *s = span_skip(in, 1);
        return true;
    }
    if (!span_take(&in, SPAN("{")) || in.len == 0 || !is_alpha(in.at[0]) ||
        !strchr(letters, in.at[0] | 0x20))
        return false;
    in = span_skip(in, 1);
    if (in.len > 0 && is_digit(in.at[0]) &&
        (!span_take_number(&in, UINT32_MAX, &digits) || digits == 0))
        return false;
    if (in.len > 0 && (in.at[0] | 0x20) == 'r')
        in = span_skip(in, 1);
    while (in.len > 0 && is_delimiter(in.at[0]))
        in = span_skip(in, 1);
    if (!span_take(&in, SPAN("}")))
        return false;
    *s = in;
    return true;
}

/* macro-string  = *( macro-expand / macro-literal )
 * macro-literal = %x21-24 / %x26-7E; an explanation has SP too */
static bool is_macro_string(struct span s, bool explaining, bool *ends_in_macro_r)
{
    *ends_in_macro_r = false;
    while (s.len > 0) {
        *ends_in_macro_r = s.at[0] == '%';
        if (*ends_in_macro_r && !take_macro_expand(&s, explaining))
            return false;
        if (*ends_in_macro_r)
            continue;
        if (s.at[0] < (explaining ? 0x20 : 0x21) || s.at[0] > 0x7e)
            return false;
        s = span_skip(s, 1);
    }
    return true;
}

bool spf_is_macro_string(struct span s, bool explaining)
{
    bool ends_in_macro;
    return is_macro_string(s, explaining, &ends_in_macro);
}

/* toplabel = ( *alphanum ALPHA *alphanum ) /
 *            ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool is_toplabel(struct span s)
{
    bool alpha = false, hyphen = false;
    for (size_t i = 0; i < s.len; i++) {
        alpha |= is_alpha(s.at[i]);
        hyphen |= s.at[i] == '-';
        if (!is_alpha(s.at[i]) && !is_digit(s.at[i]) && s.at[i] != '-')
            return false;
    }
    return s.len > 0 && s.at[0] != '-' && s.at[s.len - 1] != '-' && (alpha || hyphen);
}

/* domain-spec = macro-string domain-end
 * domain-end  = ( "." toplabel [ "." ] ) / macro-expand */
static bool is_domain_spec(struct span s)
{
    bool ends_in_macro;
    if (s.len == 0 || !is_macro_string(s, false, &ends_in_macro))
        return false;
    if (ends_in_macro)
        return true;
    size_t dots = s.at[s.len - 1] == '.';
    struct span name = span_first(s, s.len - dots);
    const char *dot = name.len ? memrchr(name.at, '.', name.len) : NULL;
    return dot && is_toplabel(span_skip(name, (size_t)(dot - name.at) + 1));
}

/* ---- terms */

/* cidr-length: "0" / %x31-39 0*2DIGIT, the whole of s */
static bool is_length(struct span s, unsigned max, unsigned *length_r)
{
    uint64_t n;
    if (s.len == 0 || (s.at[0] == '0' && s.len > 1) || !span_take_number(&s, max, &n) ||
        s.len > 0)
        return false;
    *length_r = (unsigned)n;
    return true;
}

/* The place of a trailing "/" 1*DIGIT, or s.len. */
static size_t find_length(struct span s)
{
    size_t i = s.len;
    while (i > 0 && is_digit(s.at[i - 1]))
        i--;
    return i < s.len && i > 0 && s.at[i - 1] == '/' ? i - 1 : s.len;
}

/* dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ], off the end of *s */
static bool take_lengths(struct span *s, struct spf_term *t)
{
    size_t at = find_length(*s);
    bool dual = at < s->len && at > 0 && s->at[at - 1] == '/';

    if (dual) {
        if (!is_length(span_skip(*s, at + 1), 128, &t->prefix_v6))
            return false;
        s->len = at - 1;
        at = find_length(*s);
    }
    if (at == s->len)
        return true;
    if (!is_length(span_skip(*s, at + 1), 32, &t->prefix_v4))
        return false;
    s->len = at;
    return true;
}

/* Behind the name: [ ":" domain-spec ] [ dual-cidr-length ] */
static bool read_a_or_mx(struct span rest, struct spf_term *t)
{
    if (!take_lengths(&rest, t))
        return false;
    if (rest.len == 0)
        return true;
    t->target = span_skip(rest, 1);
    return rest.at[0] == ':' && is_domain_spec(t->target);
}

static bool read_network(struct span rest, struct spf_term *t)
{
    bool v6 = t->kind == SPF_IP6;
    unsigned *prefix = v6 ? &t->prefix_v6 : &t->prefix_v4;
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];

    if (!span_take(&rest, SPAN(":")))
        return false;
    size_t slash = span_find(rest, '/');
    t->target = span_first(rest, slash);
    if (slash < rest.len && !is_length(span_skip(rest, slash + 1), *prefix, prefix))
        return false;
    return !memchr(t->target.at, '\0', t->target.len) &&
           span_to_string(t->target, text, sizeof(text)) &&
           inet_pton(v6 ? AF_INET6 : AF_INET, text, address) == 1;
}

static bool read_domain(struct span rest, struct spf_term *t)
{
    if (rest.len == 0)
        return t->kind == SPF_PTR;
    t->target = span_skip(rest, 1);
    return rest.at[0] == ':' && is_domain_spec(t->target);
}

static bool read_nothing(struct span rest, struct spf_term *t)
{
    (void)t;
    return rest.len == 0;
}

static const struct {
    struct span name;
    enum spf_kind kind;
    bool (*read)(struct span rest, struct spf_term *);
} mechanisms[] = {
    /* clang-format off */
    { { "all",     3 }, SPF_ALL,     read_nothing },
    { { "include", 7 }, SPF_INCLUDE, read_domain  },
    { { "a",       1 }, SPF_A,       read_a_or_mx },
    { { "mx",      2 }, SPF_MX,      read_a_or_mx },
    { { "ptr",     3 }, SPF_PTR,     read_domain  },
    { { "ip4",     3 }, SPF_IP4,     read_network },
    { { "ip6",     3 }, SPF_IP6,     read_network },
    { { "exists",  6 }, SPF_EXISTS,  read_domain  },
    /* clang-format on */
};

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) */
static size_t name_length(struct span s)
{
    size_t n = 0;
    if (s.len == 0 || !is_alpha(s.at[0]))
        return 0;
    while (n < s.len && (is_alpha(s.at[n]) || is_digit(s.at[n]) ||
                         (s.at[n] != '\0' && strchr("-_.", s.at[n]))))
        n++;
    return n;
}

/* modifier = redirect / explanation / unknown-modifier */
static bool read_modifier(struct span s, size_t name, struct spf_term *t)
{
    t->target = span_skip(s, name + 1);
    t->kind = SPF_OTHER;
    if (span_is_nocase(span_first(s, name), SPAN("redirect")))
        t->kind = SPF_REDIRECT;
    if (span_is_nocase(span_first(s, name), SPAN("exp")))
        t->kind = SPF_EXP;
    return t->kind == SPF_OTHER ? spf_is_macro_string(t->target, false)
                                : is_domain_spec(t->target);
}

/* directive = [ qualifier ] mechanism */
static bool read_directive(struct span s, struct spf_term *t)
{
    static const char qualifiers[] = "+-~?";
    static const enum spf_result says[] = { SPF_PASS, SPF_FAIL, SPF_SOFTFAIL,
                                            SPF_NEUTRAL };
    const char *q = s.at[0] ? strchr(qualifiers, s.at[0]) : NULL;

    t->qualifier = q ? says[q - qualifiers] : SPF_PASS;
    if (q)
        s = span_skip(s, 1);
    size_t end = 0;
    while (end < s.len && s.at[end] != ':' && s.at[end] != '/')
        end++;
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
        if (span_is_nocase(mechanisms[i].name, span_first(s, end))) {
            t->kind = mechanisms[i].kind;
            return mechanisms[i].read(span_skip(s, end), t);
        }
    return false;
}

bool spf_take_version(struct span record, struct span *terms_r)
{
    if (!span_starts_nocase(record, SPAN("v=spf1")))
        return false;
    *terms_r = span_skip(record, 6);
    return terms_r->len == 0 || terms_r->at[0] == ' ';
}

bool spf_take_term(struct span *terms, struct spf_term *t, bool *bad_r)
{
    *bad_r = false;
    while (terms->len > 0 && terms->at[0] == ' ')
        *terms = span_skip(*terms, 1);
    if (terms->len == 0)
        return false;
    struct span s = span_first(*terms, span_find(*terms, ' '));
    size_t name = name_length(s);

    *terms = span_skip(*terms, s.len);
    *t = (struct spf_term){ .whole = s, .prefix_v4 = 32, .prefix_v6 = 128 };
    if (name > 0 && name < s.len && s.at[name] == '=')
        *bad_r = !read_modifier(s, name, t);
    else
        *bad_r = !read_directive(s, t);
    return !*bad_r;
}

bool spf_terms_are_good(struct span terms)
{
    unsigned redirects = 0, explanations = 0;
    struct spf_term t;
    bool bad;

    while (spf_take_term(&terms, &t, &bad)) {
        redirects += t.kind == SPF_REDIRECT;
        explanations += t.kind == SPF_EXP;
    }
    return !bad && redirects < 2 && explanations < 2;
}
