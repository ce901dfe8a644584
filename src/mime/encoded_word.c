#include "mime/encoded_word.h"

#include "config/limits.h"
#include "mime/charset.h"
#include "mime/lex.h"
#include "mime/transfer.h"

enum { CHARSET_NAME_MAX = 64 };

/* encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?=" */
struct encoded_word {
    struct span charset, text;
    bool base64;
};

/* What encoded words before here hold, in one charset, not yet converted. */
struct pending {
    char octets[MIME_TEXT_MAX];
    struct out held;
    struct span charset;
    bool is_there;
};

/* Up to the next "?", which goes too; false: there is none. */
static bool take_until_question(struct span *s, size_t max, struct span *what_r)
{
    size_t n = span_find(span_first(*s, s->len < max ? s->len : max), '?');
    steps(n);
    if (n >= max || n == s->len)
        return false;
    *what_r = span_first(*s, n);
    *s = span_skip(*s, n + 1);
    return true;
}

static bool has_line_or_space(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (lex_is_white(s.at[i]))
            return true;
    return false;
}

/* s begins with "=?". */
static bool take_word(struct span *s, struct encoded_word *word_r)
{
    struct span rest = span_skip(*s, 2), encoding;
    if (!take_until_question(&rest, CHARSET_NAME_MAX, &word_r->charset) ||
        !take_until_question(&rest, 2, &encoding) || encoding.len != 1 ||
        !take_until_question(&rest, SIZE_MAX, &word_r->text))
        return false;
    char e = encoding.at[0] | 0x20;
    if (!span_take(&rest, SPAN("=")) || (e != 'b' && e != 'q') ||
        word_r->charset.len == 0 || has_line_or_space(word_r->charset))
        return false;
    word_r->charset = span_first(word_r->charset, span_find(word_r->charset, '*'));
    word_r->base64 = e == 'b';
    *s = rest;
    return true;
}

/* §4.2: as quoted-printable, and "_" is a space. */
static void decode_q(struct span text, struct out *o)
{
    steps(text.len);
    while (text.len > 0) {
        size_t n = text.at[0] == '=' && text.len >= 3 ? 3 : 1;
        if (n == 3)
            transfer_decode(RECORD_QUOTED_PRINTABLE, span_first(text, 3), o);
        else
            out_put(o, text.at[0] == '_' ? ' ' : text.at[0]);
        text = span_skip(text, n);
    }
}

static void convert_pending(struct pending *p, struct out *o)
{
    SCRATCH char utf8[MIME_TEXT_MAX];
    struct out converted = OUT(utf8);
    if (!p->is_there)
        return;
    charset_to_utf8(charset_find(p->charset), out_span(&p->held), &converted);
    utf8_clean(out_span(&converted), o);
    if (out_is_cut(&converted) || out_is_cut(&p->held))
        o->wanted++;
    p->held = OUT(p->octets);
    p->is_there = false;
}

static void hold(struct pending *p, const struct encoded_word *word, struct out *o)
{
    if (p->is_there && !span_is_nocase(p->charset, word->charset))
        convert_pending(p, o);
    p->charset = word->charset;
    p->is_there = true;
    if (word->base64)
        transfer_decode(RECORD_BASE64, word->text, &p->held);
    else
        decode_q(word->text, &p->held);
}

/* How far it is to the next "=?". */
static size_t find_word(struct span text)
{
    const char *at = text.len ? memmem(text.at, text.len, "=?", 2) : NULL;
    size_t n = at ? (size_t)(at - text.at) : text.len;
    steps(n);
    return n;
}

void encoded_words_decode(struct span text, struct out *o)
{
    SCRATCH struct pending p;
    p.held = OUT(p.octets);
    p.is_there = false;
    while (text.len > 0) {
        struct encoded_word word;
        size_t n = find_word(text);
        struct span before = span_first(text, n);
        if (n > 0 && !(p.is_there && n < text.len && lex_trim(before).len == 0)) {
            convert_pending(&p, o);
            utf8_clean(before, o);
        }
        text = span_skip(text, n);
        if (text.len == 0)
            break;
        if (take_word(&text, &word)) {
            hold(&p, &word, o);
            continue;
        }
        convert_pending(&p, o);
        out_span_put(o, span_first(text, 2));
        text = span_skip(text, 2);
    }
    convert_pending(&p, o);
}

bool encoded_words_are_none(struct span text)
{
    return utf8_is_plain(text) && find_word(text) == text.len;
}
