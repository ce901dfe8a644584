#include "mime/lex.h"

_Thread_local uint64_t mime_steps;

#define BIT(c) (UINT64_C(1) << ((c)&63))

const struct lex_set lex_specials = { {
    BIT('(') | BIT(')') | BIT('<') | BIT('>') | BIT(':') | BIT(';') | BIT(',') |
        BIT('.') | BIT('"'),
    BIT('[') | BIT(']') | BIT('@') | BIT('\\'),
} };

const struct lex_set lex_tspecials = { {
    BIT('(') | BIT(')') | BIT('<') | BIT('>') | BIT(',') | BIT(';') | BIT(':') |
        BIT('"') | BIT('/') | BIT('?') | BIT('='),
    BIT('[') | BIT(']') | BIT('@') | BIT('\\'),
} };

static void advance(struct span *s, size_t n)
{
    steps(n);
    *s = span_skip(*s, n);
}

static void put_visible(struct out *out, char c)
{
    if (!lex_is_white(c) || c == ' ' || c == '\t')
        out_put(out, c);
}

/* ---- comments */

/* comment = "(" *([FWS] ccontent) [FWS] ")", nested: the octets within, to its end. */
static void take_comment(struct span *s, struct out *out)
{
    size_t i = 1;
    for (unsigned depth = 1; i < s->len; i++) {
        char c = s->at[i];
        if (c == '\\' && i + 1 < s->len)
            c = s->at[++i];
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            break;
        put_visible(out, c);
    }
    advance(s, i < s->len ? i + 1 : i);
}

void lex_skip(struct span *s, struct out *comment)
{
    struct out nowhere = { 0 };
    for (;;) {
        size_t n = 0;
        while (n < s->len && lex_is_white(s->at[n]))
            n++;
        advance(s, n);
        if (s->len == 0 || s->at[0] != '(')
            return;
        if (comment)
            comment->len = comment->wanted = 0;
        take_comment(s, comment ? comment : &nowhere);
    }
}

/* ---- words */

bool lex_take_word(struct span *s, const struct lex_set *stop, struct span *word_r)
{
    size_t n = 0;
    while (n < s->len && !lex_is_white(s->at[n]) && !lex_is_in(stop, s->at[n]))
        n++;
    *word_r = span_first(*s, n);
    advance(s, n);
    return n > 0;
}

void lex_take_quoted(struct span *s, struct out *out)
{
    size_t i = 1;
    for (; i < s->len && s->at[i] != '"'; i++) {
        if (s->at[i] == '\\' && i + 1 < s->len)
            i++;
        put_visible(out, s->at[i]);
    }
    advance(s, i < s->len ? i + 1 : i);
}

void lex_take_literal(struct span *s, struct out *out)
{
    size_t i = 0;
    for (; i < s->len && s->at[i] != ']'; i++)
        if (!lex_is_white(s->at[i]))
            out_put(out, s->at[i]);
    if (i < s->len)
        out_put(out, s->at[i++]);
    advance(s, i);
}

/* ---- whole values */

struct span lex_trim(struct span s)
{
    while (s.len > 0 && lex_is_white(s.at[0]))
        advance(&s, 1);
    while (s.len > 0 && lex_is_white(s.at[s.len - 1]))
        steps(1), s.len--;
    return s;
}

void lex_unfold(struct span value, struct out *out)
{
    value = lex_trim(value);
    steps(value.len);
    for (size_t i = 0; i < value.len; i++)
        put_visible(out, value.at[i]);
}
