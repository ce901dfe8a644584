/*
 * address - RFC 5321 §4.1.2 Mailbox, and the form in which auth compares addresses.
 *
 *     Mailbox = Local-part "@" ( Domain / address-literal )
 *
 * RFC 6531 §3.3 adds UTF-8 to atext, to quoted text and to domains; what becomes of it is
 * in unicode.h.  Source routes and "<>" belong to the commands, not to the address.  A "%"
 * or "!" in a local-part is a character like any other: nothing is ever routed by it.
 *
 * Deviations: a single dot behind the domain is accepted and dropped; in the domains and
 * the mailboxes here the local-part's case does not matter (§2.4 lets the host decide).
 */
#include "auth/auth.h"

#include "auth/unicode.h"
#include "base/utf8.h"
#include "config/limits.h"

#include <arpa/inet.h>

enum { LABEL_OCTETS_MAX = 63 }; /* RFC 1035 §2.3.4 */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_let_dig(char c)
{
    return is_alpha(c) || is_digit(c);
}

static bool is_beyond_ascii(char c)
{
    return (uint8_t)c >= 0x80;
}

/* RFC 5322 §3.2.3, and RFC 6531's UTF8-non-ascii */
static bool is_atext(char c)
{
    return is_let_dig(c) || is_beyond_ascii(c) ||
           (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void take(struct span *s, size_t n)
{
    *s = span_skip(*s, n);
}

/* Dot-string = Atom *("." Atom) */
static bool take_dot_string(struct span *s, struct span *dot_string_r)
{
    size_t n = 0;
    bool in_atom = false;
    for (; n < s->len; n++) {
        char c = s->at[n];
        if (c == '.' && in_atom)
            in_atom = false;
        else if (is_atext(c))
            in_atom = true;
        else
            break;
    }
    if (!in_atom)
        return false;
    *dot_string_r = span_first(*s, n);
    take(s, n);
    return true;
}

static bool is_qtext(char c)
{
    return is_beyond_ascii(c) || (c >= ' ' && c <= '~');
}

/* Quoted-string = DQUOTE *( %d32-33 / %d35-91 / %d93-126 / "\" %d32-126 ) DQUOTE
 * Its content, without the quoting, goes to content_r. */
static bool take_quoted_string(struct span *s, char *content_r, size_t *len_r)
{
    if (s->len == 0 || s->at[0] != '"')
        return false;
    size_t n = 1, len = 0;
    for (; n < s->len && s->at[n] != '"'; n++) {
        if (s->at[n] == '\\' && ++n == s->len)
            return false;
        if (!is_qtext(s->at[n]) || len == LOCAL_PART_OCTETS_MAX)
            return false;
        content_r[len++] = s->at[n];
    }
    if (n == s->len)
        return false;
    *len_r = len;
    take(s, n + 1);
    return true;
}

/* sub-domain = Let-dig [Ldh-str] */
static bool take_sub_domain(struct span *s)
{
    size_t n = 0;
    while (n < s->len && (is_let_dig(s->at[n]) || s->at[n] == '-'))
        n++;
    if (n == 0 || n > LABEL_OCTETS_MAX || s->at[0] == '-' || s->at[n - 1] == '-')
        return false;
    take(s, n);
    return true;
}

/* Domain = sub-domain *("." sub-domain) */
static bool is_domain(struct span s)
{
    if (s.len > DOMAIN_OCTETS_MAX || !take_sub_domain(&s))
        return false;
    while (span_take(&s, SPAN(".")))
        if (!take_sub_domain(&s))
            return false;
    return s.len == 0;
}

/* IPv4-address-literal = Snum 3("."  Snum) */
static bool is_ipv4(struct span s)
{
    for (int i = 0; i < 4; i++) {
        uint64_t number;
        size_t before = s.len;
        if (i > 0 && !span_take(&s, SPAN(".")))
            return false;
        before -= i > 0;
        if (!span_take_number(&s, 255, &number) || before - s.len > 3)
            return false;
    }
    return s.len == 0;
}

/* IPv6-addr, RFC 5321 §4.1.3 */
static bool is_ipv6(struct span s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    return span_find(s, '\0') == s.len && span_to_string(s, text, sizeof text) &&
           inet_pton(AF_INET6, text, &address) == 1;
}

/* General-address-literal = Standardized-tag ":" 1*dcontent */
static bool is_general_literal(struct span s)
{
    if (!take_sub_domain(&s) || !span_take(&s, SPAN(":")) || s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < '!' || s.at[i] > '~' || strchr("[\\]", s.at[i]))
            return false;
    return true;
}

/* address-literal = "[" ( ... ) "]" */
static bool is_address_literal(struct span s)
{
    if (s.len < 2 || s.len > DOMAIN_OCTETS_MAX || s.at[0] != '[' ||
        s.at[s.len - 1] != ']')
        return false;
    s = span_skip(span_first(s, s.len - 1), 1);
    struct span tag = SPAN("IPv6:");
    if (span_starts_nocase(s, tag))
        return is_ipv6(span_skip(s, tag.len));
    return is_ipv4(s) || is_general_literal(s);
}

static void put_lower(char *out, size_t *len, struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        out[(*len)++] = to_lower(s.at[i]);
}

/* The local-part in the one form that auth keeps: unquoted where it may be.  It has room
 * for a content of LOCAL_PART_OCTETS_MAX with a backslash before each octet. */
static void put_local_part(char *out, size_t *len, struct span content)
{
    struct span rest = content, atoms;
    if (take_dot_string(&rest, &atoms) && rest.len == 0) {
        put_lower(out, len, content);
        return;
    }
    out[(*len)++] = '"';
    for (size_t i = 0; i < content.len; i++) {
        if (content.at[i] == '"' || content.at[i] == '\\')
            out[(*len)++] = '\\';
        out[(*len)++] = to_lower(content.at[i]);
    }
    out[(*len)++] = '"';
}

/* Local-part = Dot-string / Quoted-string.  content_r points into s or into unquoted. */
static bool take_local_part(struct span *s, char unquoted[LOCAL_PART_OCTETS_MAX],
                            struct span *content_r)
{
    struct span before = *s;
    size_t len = 0;
    if (take_quoted_string(s, unquoted, &len))
        *content_r = span_at(unquoted, len);
    else if (!take_dot_string(s, content_r))
        return false;
    return before.len - s->len <= LOCAL_PART_OCTETS_MAX;
}

enum { LOCAL_ROOM = 2 * LOCAL_PART_OCTETS_MAX + 2 };

/* False: it cannot be compared, or is too long once it is folded. */
static bool put_local(char out[LOCAL_ROOM], size_t *len, struct span content)
{
    char folded[LOCAL_PART_OCTETS_MAX];
    size_t folded_len;
    if (utf8_is_beyond_ascii(content)) {
        if (!unicode_fold(content, folded, sizeof folded, &folded_len))
            return false;
        content = span_at(folded, folded_len);
    }
    put_local_part(out, len, content);
    return *len <= LOCAL_PART_OCTETS_MAX;
}

/* The domain as A-labels, in lower case, without a dot behind it. */
static bool put_domain(char out[DOMAIN_OCTETS_MAX], size_t *len, struct span domain)
{
    char labels[DOMAIN_OCTETS_MAX + 1];
    size_t labels_len;
    if (utf8_is_beyond_ascii(domain)) {
        if (!unicode_to_a_labels(domain, labels, sizeof labels, &labels_len))
            return false;
        domain = span_at(labels, labels_len);
    }
    if (domain.len > 1 && domain.at[domain.len - 1] == '.')
        domain.len--;
    if (!is_domain(domain) && !is_address_literal(domain))
        return false;
    put_lower(out, len, domain);
    return true;
}

bool address_canonical(struct span address, struct arena *arena,
                       struct span *canonical_r)
{
    char unquoted[LOCAL_PART_OCTETS_MAX], out[LOCAL_ROOM + 1 + DOMAIN_OCTETS_MAX];
    struct span rest = address, local;
    size_t len = 0, domain_len = 0;
    if (address.len > ADDRESS_OCTETS_MAX || !take_local_part(&rest, unquoted, &local) ||
        !span_take(&rest, SPAN("@")) || !put_local(out, &len, local))
        return false;
    out[len++] = '@';
    if (!put_domain(out + len, &domain_len, rest))
        return false;
    *canonical_r = arena_copy(arena, span_at(out, len + domain_len));
    return canonical_r->at != NULL;
}

struct span address_domain(struct span canonical)
{
    struct span rest = canonical, local;
    char unquoted[LOCAL_PART_OCTETS_MAX];
    if (!take_local_part(&rest, unquoted, &local) || rest.len == 0)
        return SPAN("");
    return span_skip(rest, 1);
}
