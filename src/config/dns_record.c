/* dns_record - see dns_record.h. */
#include "config/dns_record.h"

#include "config/network.h"

#include <ctype.h>

static const char *const kind_names[DNS_KINDS] = {
    [DNS_A] = "A",       [DNS_AAAA] = "AAAA", [DNS_MX] = "MX",       [DNS_TXT] = "TXT",
    [DNS_TLSA] = "TLSA", [DNS_PTR] = "PTR",   [DNS_CNAME] = "CNAME",
};

const char *dns_kind_name(enum dns_kind kind)
{
    return kind_names[kind];
}

enum dns_kind dns_kind_named(struct span name)
{
    enum dns_kind kind = DNS_A;
    while (kind < DNS_KINDS && !span_is_nocase(name, span_of(kind_names[kind])))
        kind++;
    return kind;
}

bool dns_name_is_good(struct span name)
{
    if (name.len > DNS_NAME_MAX)
        return false;
    while (name.len > 0) {
        size_t len = span_find(name, '.');
        if (len == 0 || len > DNS_LABEL_MAX || len + 1 == name.len)
            return false;
        for (size_t i = 0; i < len; i++)
            if (name.at[i] <= ' ' || name.at[i] > '~' || name.at[i] == '\\' ||
                name.at[i] == '"')
                return false;
        name = span_skip(name, len < name.len ? len + 1 : len);
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_space(struct span *s)
{
    while (s->len > 0 && is_space(*s->at))
        *s = span_skip(*s, 1);
}

/* The next word, and the space behind it. */
static struct span take_word(struct span *s)
{
    size_t len = 0;
    while (len < s->len && !is_space(s->at[len]))
        len++;
    struct span word = span_first(*s, len);
    *s = span_skip(*s, len);
    skip_space(s);
    return word;
}

static bool take_name(struct span *s, struct span *name_r)
{
    *name_r = take_word(s);
    if (name_r->len == 0)
        return false;
    if (name_r->at[name_r->len - 1] == '.')
        name_r->len--;
    return dns_name_is_good(*name_r) && span_find(*name_r, '*') == name_r->len;
}

static bool put(struct dns_record *r, struct span octets)
{
    if (octets.len > sizeof r->row - r->len)
        return false;
    if (octets.len > 0)
        memcpy(r->row + r->len, octets.at, octets.len);
    r->len += octets.len;
    return true;
}

static bool put_octet(struct dns_record *r, uint64_t octet)
{
    return put(r, span_at(&(uint8_t){ (uint8_t)octet }, 1));
}

/* ---- the data of each kind */

static bool take_address(struct dns_record *r, struct span *s)
{
    enum { V4_AT = NETWORK_OCTETS - 4 };
    struct ip ip;
    bool v4 = r->kind == DNS_A;
    if (!ip_parse(take_word(s), &ip) || ip_is_v4(&ip) != v4)
        return false;
    return put(r, v4 ? span_at(ip.at + V4_AT, 4) : span_at(ip.at, sizeof ip.at));
}

static bool take_host(struct dns_record *r, struct span *s)
{
    struct span name;
    return take_name(s, &name) && put(r, name);
}

static bool take_mx(struct dns_record *r, struct span *s)
{
    uint64_t preference;
    struct span word = take_word(s);
    return span_take_number(&word, UINT16_MAX, &preference) && word.len == 0 &&
           put_octet(r, preference >> 8) && put_octet(r, preference) && take_host(r, s);
}

/* What stands between quotes; "\" takes the octet behind it as it is. */
static bool take_quoted(struct dns_record *r, struct span *s)
{
    if (!span_take(s, SPAN("\"")))
        return false;
    while (s->len > 0 && *s->at != '"') {
        if (*s->at == '\\')
            *s = span_skip(*s, 1);
        if (s->len == 0 || !put(r, span_first(*s, 1)))
            return false;
        *s = span_skip(*s, 1);
    }
    bool ended = span_take(s, SPAN("\""));
    skip_space(s);
    return ended;
}

static bool take_text(struct dns_record *r, struct span *s)
{
    if (s->len == 0)
        return false;
    if (*s->at == '"') {
        while (s->len > 0)
            if (!take_quoted(r, s))
                return false;
        return true;
    }
    bool good = put(r, *s);
    *s = span_skip(*s, s->len);
    return good;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, tolower((unsigned char)c), sizeof digits - 1);
    return at ? (int)(at - digits) : -1;
}

/* RFC 6698 §2.2 */
static bool take_tlsa(struct dns_record *r, struct span *s)
{
    for (int i = 0; i < 3; i++) {
        uint64_t number;
        struct span word = take_word(s);
        if (!span_take_number(&word, UINT8_MAX, &number) || word.len > 0 ||
            !put_octet(r, number))
            return false;
    }
    if (s->len == 0)
        return false;
    while (s->len > 0) {
        struct span digits = take_word(s);
        if (digits.len % 2)
            return false;
        for (size_t i = 0; i < digits.len; i += 2) {
            int high = hex_value(digits.at[i]), low = hex_value(digits.at[i + 1]);
            if (high < 0 || low < 0 ||
                !put_octet(r, (unsigned)high << 4 | (unsigned)low))
                return false;
        }
    }
    return true;
}

static const struct {
    bool (*take)(struct dns_record *, struct span *);
    const char *form;
} kinds[DNS_KINDS] = {
    [DNS_A] = { take_address, "NAME A and an IPv4 address" },
    [DNS_AAAA] = { take_address, "NAME AAAA and an IPv6 address" },
    [DNS_MX] = { take_mx, "NAME MX, a number up to 65535 and a host, as in "
                          "'hamburger.edu. MX 10 mail.hamburger.edu.'" },
    [DNS_TXT] = { take_text, "NAME TXT and a text" },
    [DNS_TLSA] = { take_tlsa, "NAME TLSA, three numbers up to 255 and hexadecimal "
                              "octets" },
    [DNS_PTR] = { take_host, "NAME PTR and a name" },
    [DNS_CNAME] = { take_host, "NAME CNAME and a name" },
};

const char *dns_record_parse(struct span text, struct dns_record *r)
{
    static const char form[] =
        "NAME KIND DATA, where KIND is A, AAAA, MX, TXT, TLSA, PTR or CNAME";
    r->len = 0;
    skip_space(&text);
    while (text.len > 0 && is_space(text.at[text.len - 1]))
        text.len--;
    for (size_t i = 0; i < text.len; i++)
        if (iscntrl((unsigned char)text.at[i]) && text.at[i] != '\t')
            return "one line of text";
    if (text.len >= DNS_RECORD_MAX)
        return "shorter than 1024 octets";
    struct span rest = text;
    r->insecure = span_is(take_word(&rest), SPAN("insecure"));
    if (!r->insecure)
        rest = text;
    if (!take_name(&rest, &r->name))
        return form;
    struct span kind = take_word(&rest);
    if (span_is_nocase(kind, SPAN("IN")))
        kind = take_word(&rest);
    r->kind = dns_kind_named(kind);
    if (r->kind == DNS_KINDS)
        return form;
    return kinds[r->kind].take(r, &rest) && rest.len == 0 ? NULL : kinds[r->kind].form;
}
