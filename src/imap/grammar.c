/* grammar - see grammar.h; RFC 9051 §9. */
#include "imap/grammar.h"

#include "base/utf8.h"
#include "config/limits.h"
#include "wire/literal.h"

#include <ctype.h>

/* ATOM-CHAR = <any CHAR except atom-specials> */
bool imap_is_atom_char(char c)
{
    return c > 0x20 && c < 0x7f && !strchr("(){%*\"\\]", c);
}

/* ASTRING-CHAR = ATOM-CHAR / resp-specials */
bool imap_is_astring_char(char c)
{
    return imap_is_atom_char(c) || c == ']';
}

static bool is_list_char(char c)
{
    return imap_is_astring_char(c) || c == '%' || c == '*';
}

/* ATOM-CHAR but "+", with resp-specials */
static bool is_tag_char(char c)
{
    return imap_is_astring_char(c) && c != '+';
}

static bool take_run(struct span *rest, bool (*is)(char), struct span *run_r)
{
    size_t n = 0;

    while (n < rest->len && is(rest->at[n]))
        n++;
    *run_r = span_first(*rest, n);
    *rest = span_skip(*rest, n);
    return n > 0;
}

bool imap_take_sp(struct span *rest)
{
    return span_take(rest, SPAN(" "));
}

bool imap_take_atom(struct span *rest, struct span *atom_r)
{
    return take_run(rest, imap_is_atom_char, atom_r);
}

bool imap_take_word(struct span *rest, struct span word)
{
    if (!span_starts_nocase(*rest, word) ||
        (rest->len > word.len && imap_is_atom_char(rest->at[word.len])))
        return false;
    *rest = span_skip(*rest, word.len);
    return true;
}

/* tag = 1*<any ASTRING-CHAR except "+"> */
bool imap_take_tag(struct span *rest, struct span *tag_r)
{
    struct span at = *rest;

    if (!take_run(&at, is_tag_char, tag_r) || tag_r->len > IMAP_TAG_MAX)
        return false;
    *rest = at;
    return true;
}

/* ---- strings */

/* Where the quoted string ends, and how many quoted-specials it has. */
static bool measure_quoted(struct span s, size_t *end_r, size_t *escapes_r)
{
    *escapes_r = 0;
    for (size_t i = 1; i < s.len; i++) {
        if (s.at[i] == '"') {
            *end_r = i;
            return true;
        }
        if (s.at[i] == '\r' || s.at[i] == '\n' || s.at[i] == '\0')
            return false;
        if (s.at[i] != '\\')
            continue;
        i++;
        ++*escapes_r;
        if (i == s.len || (s.at[i] != '"' && s.at[i] != '\\'))
            return false;
    }
    return false;
}

/* quoted = DQUOTE *QUOTED-CHAR DQUOTE */
static bool take_quoted(struct span *rest, struct arena *arena, struct span *text_r)
{
    size_t end, escapes;

    if (!measure_quoted(*rest, &end, &escapes))
        return false;
    struct span inside = span_at(rest->at + 1, end - 1);
    *rest = span_skip(*rest, end + 1);
    *text_r = inside;
    if (escapes == 0)
        return true;
    char *text = arena_alloc(arena, inside.len);
    if (!text)
        return false;
    *text_r = span_at(text, 0);
    for (size_t i = 0; i < inside.len; i++) {
        i += inside.at[i] == '\\';
        text[text_r->len++] = inside.at[i];
    }
    return true;
}

/* literal = "{" number64 ["+"] "}" CRLF *CHAR8 */
static bool take_literal(struct span *rest, struct span *text_r)
{
    struct literal literal;
    struct span at = *rest;

    if (!literal_take(&at, &literal) || literal.binary ||
        !span_take(&at, SPAN("\r\n")) || literal.size > at.len)
        return false;
    *text_r = span_first(at, (size_t)literal.size);
    *rest = span_skip(at, (size_t)literal.size);
    return span_find(*text_r, '\0') == text_r->len;
}

bool imap_take_string(struct span *rest, struct arena *arena, struct span *text_r)
{
    if (rest->len > 0 && *rest->at == '"')
        return take_quoted(rest, arena, text_r);
    return take_literal(rest, text_r);
}

static bool is_string(struct span rest)
{
    return rest.len > 0 && (*rest.at == '"' || *rest.at == '{');
}

/* astring = 1*ASTRING-CHAR / string */
bool imap_take_astring(struct span *rest, struct arena *arena, struct span *text_r)
{
    return is_string(*rest) ? imap_take_string(rest, arena, text_r)
                            : take_run(rest, imap_is_astring_char, text_r);
}

/* nstring = string / nil */
bool imap_take_nstring(struct span *rest, struct arena *arena, struct span *text_r)
{
    *text_r = (struct span){ 0 };
    return imap_take_word(rest, SPAN("NIL")) || imap_take_string(rest, arena, text_r);
}

/* list-mailbox = 1*list-char / string */
bool imap_take_list_mailbox(struct span *rest, struct arena *arena, struct span *text_r)
{
    return is_string(*rest) ? imap_take_string(rest, arena, text_r)
                            : take_run(rest, is_list_char, text_r);
}

/* ---- numbers and flags */

bool imap_take_number(struct span *rest, uint64_t *number_r)
{
    return span_take_number(rest, INT64_MAX, number_r);
}

bool imap_take_nz_number(struct span *rest, uint32_t *number_r)
{
    uint64_t number;

    if (!span_take_number(rest, UINT32_MAX, &number) || number == 0)
        return false;
    *number_r = (uint32_t)number;
    return true;
}

/* flag = "\Answered" / ... / flag-keyword / flag-extension */
bool imap_take_flag(struct span *rest, struct span *flag_r)
{
    struct span at = *rest, name;

    span_take(&at, SPAN("\\"));
    if (!imap_take_atom(&at, &name))
        return false;
    *flag_r = span_first(*rest, (size_t)(at.at - rest->at));
    *rest = at;
    return true;
}

/* ---- writing strings */

static bool can_be_quoted(struct span s, bool utf8)
{
    if (s.len > IMAP_QUOTED_MAX ||
        (utf8_is_beyond_ascii(s) && !(utf8 && utf8_is_text(s))))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '\r' || s.at[i] == '\n' || s.at[i] == '\0')
            return false;
    return true;
}

static int put_quoted(struct buf *b, struct span s)
{
    int error = buf_put(b, SPAN("\""));

    while (!error && s.len > 0) {
        size_t n = 0;
        while (n < s.len && s.at[n] != '"' && s.at[n] != '\\')
            n++;
        error = buf_put(b, span_first(s, n));
        s = span_skip(s, n);
        if (error || s.len == 0)
            break;
        error = buf_put(b, SPAN("\\"));
        if (!error)
            error = buf_put(b, span_first(s, 1));
        s = span_skip(s, 1);
    }
    return error ? error : buf_put(b, SPAN("\""));
}

int imap_put_string(struct buf *b, struct span s, bool utf8)
{
    if (can_be_quoted(s, utf8))
        return put_quoted(b, s);
    int error = buf_printf(b, "{%zu}\r\n", s.len);
    return error ? error : buf_put(b, s);
}

int imap_put_nstring(struct buf *b, struct span s, bool utf8)
{
    return s.at ? imap_put_string(b, s, utf8) : buf_put(b, SPAN("NIL"));
}

int imap_put_astring(struct buf *b, struct span s, bool utf8)
{
    struct span rest = s, run;

    if (take_run(&rest, imap_is_astring_char, &run) && rest.len == 0 &&
        s.len <= IMAP_QUOTED_MAX && !span_is_nocase(s, SPAN("NIL")))
        return buf_put(b, s);
    return imap_put_string(b, s, utf8);
}
