#include "mime/parameter.h"

#include "config/limits.h"
#include "mime/charset.h"
#include "mime/encoded_word.h"
#include "mime/lex.h"

enum { PIECES_MAX = 4 * MIME_PARAMETERS_MAX, NO_SECTION = -1, NO_PIECE = -1 };

/* One "name*section*=value" as it stands. */
struct piece {
    struct span value; /* a quoted-string or a word */
    int16_t section;   /* or NO_SECTION */
    int16_t next;      /* of the same name and form, by section */
    bool extended;
};

/* A name, and its pieces in the three forms. */
struct named {
    struct span name;
    int16_t extended, sections, plain; /* the first piece, or NO_PIECE */
};

struct list {
    struct piece pieces[PIECES_MAX];
    struct named names[MIME_PARAMETERS_MAX];
    int16_t piece_count, name_count;
    bool is_cut, is_ambiguous;
};

/* ---- taking it apart */

static const struct lex_set value_ends = { { UINT64_C(1) << ';' } };

static bool take_value(struct span *s, struct span *value_r)
{
    struct out nowhere = { 0 };
    lex_skip(s, NULL);
    if (s->len == 0 || s->at[0] != '"')
        return lex_take_word(s, &value_ends, value_r);
    struct span before = *s;
    lex_take_quoted(s, &nowhere);
    *value_r = span_first(before, before.len - s->len);
    return true;
}

/* attribute [ "*" section ] [ "*" ] */
static bool split_name(struct span *name, int16_t *section_r, bool *extended_r)
{
    uint64_t section;
    struct span rest = span_skip(*name, span_find(*name, '*'));
    *name = span_first(*name, name->len - rest.len);
    *section_r = NO_SECTION;
    *extended_r = false;
    if (rest.len > 1) {
        rest = span_skip(rest, 1);
        if (!span_take_number(&rest, MIME_SECTIONS_MAX - 1, &section))
            return false;
        *section_r = (int16_t)section;
    }
    *extended_r = rest.len > 0;
    return name->len > 0 && (rest.len == 0 || span_is(rest, SPAN("*")));
}

static struct named *name_of(struct list *l, struct span name)
{
    steps((size_t)l->name_count);
    for (int16_t i = 0; i < l->name_count; i++)
        if (span_is_nocase(l->names[i].name, name))
            return &l->names[i];
    if (l->name_count == MIME_PARAMETERS_MAX)
        return NULL;
    struct named *n = &l->names[l->name_count++];
    *n = (struct named){ name, NO_PIECE, NO_PIECE, NO_PIECE };
    return n;
}

/* In its place; false: that one was there already. */
static bool insert(struct list *l, int16_t *at, int16_t piece)
{
    while (*at != NO_PIECE && l->pieces[*at].section < l->pieces[piece].section) {
        at = &l->pieces[*at].next;
        steps(1);
    }
    if (*at != NO_PIECE && l->pieces[*at].section == l->pieces[piece].section)
        return false;
    l->pieces[piece].next = *at;
    *at = piece;
    return true;
}

static void add(struct list *l, struct span name, struct span value)
{
    int16_t section;
    bool extended;
    if (!split_name(&name, &section, &extended)) {
        l->is_ambiguous = true;
        return;
    }
    struct named *n = l->piece_count < PIECES_MAX ? name_of(l, name) : NULL;
    if (!n) {
        l->is_cut = true;
        return;
    }
    int16_t *form = section != NO_SECTION ? &n->sections
                    : extended            ? &n->extended
                                          : &n->plain;
    l->pieces[l->piece_count] = (struct piece){ value, section, NO_PIECE, extended };
    if (insert(l, form, l->piece_count))
        l->piece_count++;
    else
        l->is_ambiguous = true;
}

static void skip_to_next(struct span *s)
{
    struct span word;
    struct out nowhere = { 0 };
    for (lex_skip(s, NULL); s->len > 0 && s->at[0] != ';'; lex_skip(s, NULL)) {
        if (s->at[0] == '"')
            lex_take_quoted(s, &nowhere);
        else if (!lex_take_word(s, &lex_tspecials, &word))
            steps(1), *s = span_skip(*s, 1);
    }
    *s = span_skip(*s, s->len > 0);
}

static void take_all(struct list *l, struct span s)
{
    struct span name, value;
    while (s.len > 0) {
        skip_to_next(&s);
        lex_skip(&s, NULL);
        if (!lex_take_word(&s, &lex_tspecials, &name))
            continue;
        lex_skip(&s, NULL);
        if (span_take(&s, SPAN("=")) && take_value(&s, &value))
            add(l, name, value);
    }
}

/* ---- putting it together */

static void put_value(struct span value, struct out *o)
{
    if (value.len > 0 && value.at[0] == '"')
        lex_take_quoted(&value, o);
    else
        out_span_put(o, value);
}

static int hex_of(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* ext-octet = "%" 2(DIGIT / "A" / ... / "F") */
static void put_octets(struct span value, struct out *o)
{
    steps(value.len);
    while (value.len > 0) {
        bool may_be = value.at[0] == '%' && value.len >= 3;
        int high = may_be ? hex_of(value.at[1]) : -1;
        int low = may_be ? hex_of(value.at[2]) : -1;
        bool escaped = high >= 0 && low >= 0;
        out_put(o, escaped ? (char)(16 * high + low) : value.at[0]);
        value = span_skip(value, escaped ? 3 : 1);
    }
}

/* [charset] "'" [language] "'" goes; without the two there is no charset. */
static struct span take_charset(struct span *value)
{
    size_t first = span_find(*value, '\'');
    struct span rest = span_skip(*value, first);
    size_t second = rest.len > 0 ? span_find(span_skip(rest, 1), '\'') : 0;
    steps(first + second);
    if (rest.len == 0 || second == rest.len - 1)
        return SPAN("");
    struct span charset = span_first(*value, first);
    *value = span_skip(rest, second + 2);
    return charset;
}

/* The pieces of one form, one behind the other; the charset that the first one names. */
static struct span join(struct list *l, int16_t at, struct out *o, bool *extended_r)
{
    struct span charset = SPAN("");
    *extended_r = false;
    for (int16_t section = 0; at != NO_PIECE; at = l->pieces[at].next, section++) {
        const struct piece *p = &l->pieces[at];
        struct span value = p->value;
        if (p->section != NO_SECTION && p->section != section) {
            l->is_ambiguous = true; /* one is missing */
            return charset;
        }
        if (!p->extended) {
            put_value(value, o);
            continue;
        }
        if (value.len > 0 && value.at[0] == '"') /* it may not be quoted, but is */
            value = span_first(span_skip(value, 1), value.len - 1 - (value.len > 1));
        if (section == 0)
            charset = take_charset(&value);
        *extended_r = true;
        put_octets(value, o);
    }
    return charset;
}

void text_pair(struct maker *m, struct span raw, struct record_text *raw_r,
               struct record_text *decoded_r)
{
    *raw_r = *decoded_r = maker_text(m, raw);
    if (encoded_words_are_none(raw))
        return;
    struct out o = maker_begin(m);
    encoded_words_decode(raw, &o);
    *decoded_r = maker_end(m, &o);
}

static void put_extended(struct maker *m, struct span octets, struct span charset,
                         struct record_parameter *p)
{
    SCRATCH char utf8[MIME_TEXT_MAX];
    struct out converted = OUT(utf8);
    const struct charset *c = charset_find(charset.len > 0 ? charset : SPAN("utf-8"));
    charset_to_utf8(c, octets, &converted);
    struct out o = maker_begin(m);
    utf8_clean(out_span(&converted), &o);
    p->extended = 1;
    p->value = p->value_decoded = maker_end(m, &o);
}

static void make_row(struct maker *m, struct list *l, const struct named *n)
{
    SCRATCH char octets[MIME_TEXT_MAX];
    struct out joined = OUT(octets);
    struct record_parameter p = { .name = maker_text(m, n->name) };
    int16_t sections = n->sections != NO_PIECE && l->pieces[n->sections].section == 0
                           ? n->sections
                           : NO_PIECE;
    int16_t form = n->extended != NO_PIECE ? n->extended
                   : sections != NO_PIECE  ? sections
                                           : n->plain;
    if (form == NO_PIECE)
        return;
    bool extended;
    struct span charset = join(l, form, &joined, &extended);
    if (extended)
        put_extended(m, out_span(&joined), charset, &p);
    else
        text_pair(m, out_span(&joined), &p.value, &p.value_decoded);
    maker_add_parameter(m, &p);
}

struct record_rows parameters_read(struct maker *m, struct span value)
{
    SCRATCH struct list l;
    l.piece_count = l.name_count = 0;
    l.is_cut = l.is_ambiguous = false;
    take_all(&l, value);
    struct record_rows rows = { maker_parameters(m), 0 };
    for (int16_t i = 0; i < l.name_count; i++)
        make_row(m, &l, &l.names[i]);
    rows.count = maker_parameters(m) - rows.first;
    if (l.is_cut)
        m->head.flags |= RECORD_CUT;
    if (l.is_ambiguous)
        m->head.flags |= RECORD_AMBIGUOUS;
    return rows;
}
