/*
 * RFC 5321 §4.1.2 and §4.1.3, in their order.  Every rule takes itself off the front of
 * *rest, or leaves it untouched.  Linear, without recursion.
 *
 * RFC 6531 §3.3 adds UTF-8 to what paths are made of.  A line that comes here is UTF-8 as
 * a whole, so here every octet beyond ASCII is a part of some character; whether the
 * transaction allows it, the command asks (smtp_refuses_path).
 *
 * Stricter than the ABNF: lengths of §4.5.3.1; no General-address-literal, because IPv6
 * is the only tag that was ever registered.  Laxer in one place: the name after HELO may
 * hold underscores, as names of Windows machines do.
 */
#include "smtp/session.h"

#include "base/utf8.h"

#include <arpa/inet.h>

static bool is_alpha(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Let-dig = ALPHA / DIGIT */
static bool is_let_dig(char c)
{
    return is_alpha(c) || is_digit(c);
}

/* Ldh-str = *( ALPHA / DIGIT / "-" ) Let-dig */
static bool is_ldh(char c)
{
    return is_let_dig(c) || c == '-';
}

/* RFC 6531 §3.3 UTF8-non-ascii, an octet of it */
static bool is_utf8(char c)
{
    return (uint8_t)c >= 0x80;
}

/* RFC 5322 §3.2.3 atext =/ UTF8-non-ascii */
static bool is_atext(char c)
{
    return is_let_dig(c) || is_utf8(c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* qtextSMTP = %d32-33 / %d35-91 / %d93-126, =/ UTF8-non-ascii */
static bool is_qtext(char c)
{
    return is_utf8(c) || (c >= 32 && c <= 126 && c != '"' && c != '\\');
}

static size_t count_while(struct span s, bool (*is)(char))
{
    size_t n = 0;
    while (n < s.len && is(s.at[n]))
        n++;
    return n;
}

static bool starts_with(struct span s, char c)
{
    return s.len > 0 && *s.at == c;
}

/* Success of a rule: what lies between *rest and `after` is taken. */
static bool took(struct span *rest, struct span after, struct span *taken_r)
{
    *taken_r = span_first(*rest, rest->len - after.len);
    *rest = after;
    return true;
}

static bool take_domain(struct span *rest, struct span *domain_r);
static bool take_address_literal(struct span *rest, struct span *literal_r);
static bool take_mailbox(struct span *rest, struct span *mailbox_r);

/* A-d-l      = At-domain *( "," At-domain )
 * At-domain  = "@" Domain
 * with the ":" that follows it in Path; §4.1.2 has it accepted and ignored */
static bool take_source_route(struct span *rest)
{
    struct span s = *rest, domain;

    do {
        if (!span_take(&s, SPAN("@")) || !take_domain(&s, &domain))
            return false;
    } while (span_take(&s, SPAN(",")));
    if (!span_take(&s, SPAN(":")))
        return false;
    *rest = s;
    return true;
}

/* Path = "<" [ A-d-l ":" ] Mailbox ">" */
static bool take_path(struct span *rest, struct span *mailbox_r)
{
    struct span s = *rest;

    if (!span_take(&s, SPAN("<")))
        return false;
    if (starts_with(s, '@') && !take_source_route(&s))
        return false;
    if (!take_mailbox(&s, mailbox_r) || !span_take(&s, SPAN(">")))
        return false;
    if (rest->len - s.len > PATH_OCTETS_MAX)
        return false;
    *rest = s;
    return true;
}

/* Reverse-path = Path / "<>" */
bool smtp_take_reverse_path(struct span *rest, struct arg *arg_r)
{
    struct span s = *rest;

    span_take(&s, SPAN(" ")); /* the textbook's space, see smtp.h */
    if (span_take(&s, SPAN("<>")))
        arg_r->text = span_first(s, 0);
    else if (!take_path(&s, &arg_r->text))
        return false;
    *rest = s;
    return true;
}

/* Forward-path = Path; §4.1.1.3 adds "<Postmaster>" */
bool smtp_take_forward_path(struct span *rest, struct arg *arg_r)
{
    static const struct span postmaster = { "<postmaster>", 12 };
    struct span s = *rest;

    span_take(&s, SPAN(" "));
    if (span_starts_nocase(s, postmaster)) {
        arg_r->text = span_first(span_skip(s, 1), postmaster.len - 2);
        s = span_skip(s, postmaster.len);
    } else if (!take_path(&s, &arg_r->text)) {
        return false;
    }
    *rest = s;
    return true;
}

/* Mail-parameters = esmtp-param *(SP esmtp-param) */
bool smtp_take_mail_parameters(struct span *rest, struct arg *arg_r)
{
    struct span s = *rest, keyword, value;

    do {
        if (!smtp_take_esmtp_param(&s, &keyword, &value))
            return false;
    } while (span_take(&s, SPAN(" ")));
    return took(rest, s, &arg_r->text);
}

/* esmtp-value = 1*(%d33-60 / %d62-126) */
static bool is_esmtp_value(char c)
{
    return c >= 33 && c <= 126 && c != '=';
}

/* esmtp-param   = esmtp-keyword ["=" esmtp-value]
 * esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-") */
bool smtp_take_esmtp_param(struct span *rest, struct span *keyword_r,
                           struct span *value_r)
{
    struct span s = *rest;
    size_t n = count_while(s, is_ldh);

    if (n == 0 || !is_let_dig(*s.at))
        return false;
    *keyword_r = span_first(s, n);
    s = span_skip(s, n);
    *value_r = span_first(s, 0);
    if (span_take(&s, SPAN("="))) {
        n = count_while(s, is_esmtp_value);
        if (n == 0)
            return false;
        *value_r = span_first(s, n);
        s = span_skip(s, n);
    }
    *rest = s;
    return true;
}

/* Domain     = sub-domain *("." sub-domain)
 * sub-domain = Let-dig [Ldh-str] */
static bool take_labels(struct span *rest, bool (*is)(char), struct span *domain_r)
{
    struct span s = *rest;

    do {
        size_t n = count_while(s, is);
        if (n == 0 || *s.at == '-' || s.at[n - 1] == '-')
            return false;
        s = span_skip(s, n);
    } while (span_take(&s, SPAN(".")));
    if (rest->len - s.len > DOMAIN_OCTETS_MAX)
        return false;
    return took(rest, s, domain_r);
}

/* sub-domain =/ U-label, RFC 6531 §3.3 */
static bool is_ldh_or_utf8(char c)
{
    return is_ldh(c) || is_utf8(c);
}

static bool take_domain(struct span *rest, struct span *domain_r)
{
    return take_labels(rest, is_ldh_or_utf8, domain_r);
}

static bool is_ldh_or_underscore(char c)
{
    return is_ldh(c) || c == '_';
}

/* ehlo = "EHLO" SP ( Domain / address-literal ) CRLF */
bool smtp_take_client(struct span *rest, struct arg *arg_r)
{
    if (starts_with(*rest, '['))
        return take_address_literal(rest, &arg_r->text);
    return take_labels(rest, is_ldh_or_underscore, &arg_r->text);
}

/* address-literal      = "[" ( IPv4-address-literal / IPv6-address-literal ) "]"
 * IPv6-address-literal = "IPv6:" IPv6-addr */
static bool take_address_literal(struct span *rest, struct span *literal_r)
{
    static const struct span tag = { "IPv6:", 5 };
    char address[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    struct span s = *rest;

    if (!span_take(&s, SPAN("[")))
        return false;
    bool six = span_starts_nocase(s, tag);
    if (six)
        s = span_skip(s, tag.len);
    struct span inner = span_first(s, span_find(s, ']'));
    if (inner.len == s.len || memchr(inner.at, '\0', inner.len) ||
        !span_to_string(inner, address, sizeof(address)) ||
        inet_pton(six ? AF_INET6 : AF_INET, address, &binary) != 1)
        return false;
    return took(rest, span_skip(s, inner.len + 1), literal_r);
}

/* Dot-string = Atom *("."  Atom) */
static bool take_dot_string(struct span *rest)
{
    struct span s = *rest;

    do {
        size_t n = count_while(s, is_atext);
        if (n == 0)
            return false;
        s = span_skip(s, n);
    } while (span_take(&s, SPAN(".")));
    *rest = s;
    return true;
}

/* Quoted-string   = DQUOTE *QcontentSMTP DQUOTE
 * QcontentSMTP    = qtextSMTP / quoted-pairSMTP
 * quoted-pairSMTP = %d92 %d32-126 */
static bool take_quoted_string(struct span *rest)
{
    struct span s = *rest;

    if (!span_take(&s, SPAN("\"")))
        return false;
    while (!starts_with(s, '"')) {
        if (span_take(&s, SPAN("\\"))) {
            if (s.len == 0 || *s.at < 32 || *s.at > 126)
                return false;
        } else if (s.len == 0 || !is_qtext(*s.at)) {
            return false;
        }
        s = span_skip(s, 1);
    }
    *rest = span_skip(s, 1);
    return true;
}

/* Local-part = Dot-string / Quoted-string */
static bool take_local_part(struct span *rest)
{
    struct span s = *rest;
    bool taken = starts_with(s, '"') ? take_quoted_string(&s) : take_dot_string(&s);

    if (!taken || rest->len - s.len > LOCAL_PART_OCTETS_MAX)
        return false;
    *rest = s;
    return true;
}

/* Mailbox = Local-part "@" ( Domain / address-literal ) */
static bool take_mailbox(struct span *rest, struct span *mailbox_r)
{
    struct span s = *rest, host;

    if (!take_local_part(&s) || !span_take(&s, SPAN("@")))
        return false;
    if (!(starts_with(s, '[') ? take_address_literal(&s, &host)
                              : take_domain(&s, &host)))
        return false;
    return took(rest, s, mailbox_r);
}

/* All that is left: for VRFY, uLocal-part / uMailbox as loosely as String is taken */
bool smtp_take_octets(struct span *rest, struct arg *arg_r)
{
    arg_r->text = *rest;
    *rest = span_skip(*rest, rest->len);
    return arg_r->text.len > 0;
}

/* String, and every other free text to the end of the line: ASCII. */
bool smtp_take_string(struct span *rest, struct arg *arg_r)
{
    return !utf8_is_beyond_ascii(*rest) && smtp_take_octets(rest, arg_r);
}

/* For what holds a mailbox and nothing else. */
bool smtp_take_mailbox(struct span *rest, struct arg *arg_r)
{
    return take_mailbox(rest, &arg_r->text);
}

/* ---- RFC 4954 §8 */

/* RFC 4422 §3.1: mech-char = %x41-5A / DIGIT / HYPHEN / UNDERSCORE; in any case here */
static bool is_mechanism(char c)
{
    return is_ldh(c) || c == '_';
}

/* sasl-mech = 1*20mech-char */
bool smtp_take_mechanism(struct span *rest, struct arg *arg_r)
{
    size_t n = count_while(*rest, is_mechanism);

    if (n == 0 || n > 20)
        return false;
    return took(rest, span_skip(*rest, n), &arg_r->text);
}

/* base64-char and "=", whose order sasl looks at */
static bool is_base64(char c)
{
    return is_let_dig(c) || c == '+' || c == '/' || c == '=';
}

/* initial-response = base64 / "="; what is neither is left to sasl, which has the word
 * for it */
bool smtp_take_initial_response(struct span *rest, struct arg *arg_r)
{
    size_t n = count_while(*rest, is_base64);

    if (n == 0)
        return false;
    return took(rest, span_skip(*rest, n), &arg_r->text);
}

/* ---- RFC 3030 §2 */

/* chunk-size = 1*DIGIT; as many of them as fit 64 bits whatever they are (S04) */
bool smtp_take_chunk_size(struct span *rest, struct arg *arg_r)
{
    enum { DIGITS_MAX = 19 };
    struct span s = *rest;
    size_t n = count_while(s, is_digit);

    if (n == 0 || n > DIGITS_MAX || !span_take_number(&s, UINT64_MAX, &arg_r->number))
        return false;
    return took(rest, s, &arg_r->text);
}

/* end-marker = "LAST" */
bool smtp_take_end_marker(struct span *rest, struct arg *arg_r)
{
    static const struct span last = { "LAST", 4 };

    if (!span_starts_nocase(*rest, last))
        return false;
    return took(rest, span_skip(*rest, last.len), &arg_r->text);
}
