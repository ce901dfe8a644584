#include "mime/fold.h"

#include "mime/charset.h"

#include <utf8proc.h>

enum { DECOMPOSED_MAX = 32 }; /* one character becomes at most 18 */

static bool is_space(uint32_t c)
{
    return c <= ' ' || (c >= 127 && c <= 0xa0) || (c >= 0x2000 && c <= 0x200b) ||
           c == 0x2028 || c == 0x2029 || c == 0x3000 || c == 0xfeff;
}

/* What is not ASCII. */
static void put_folded(uint32_t c, struct out *o)
{
    utf8proc_int32_t to[DECOMPOSED_MAX];
    int boundary = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)c, to, DECOMPOSED_MAX,
                                UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
                                    UTF8PROC_IGNORE,
                                &boundary);
    if (n < 0 || n > DECOMPOSED_MAX) {
        out_put_character(o, c);
        return;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out_put_character(o, (uint32_t)to[i]);
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* ---- ASCII, eight octets at a time, which is nearly all there is */

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))
#define HIGH        EACH(0x80)

/* The high bit of every octet that is `least` or more; all are ASCII. */
static uint64_t at_least(uint64_t word, unsigned least)
{
    return (word + EACH(0x80 - least)) & HIGH;
}

static uint64_t lower_word(uint64_t word)
{
    uint64_t upper = at_least(word, 'A') & ~at_least(word, 'Z' + 1);
    return word | upper >> 2; /* 0x80 >> 2 is 0x20 */
}

static uint64_t white_in(uint64_t word)
{
    return (~at_least(word, '!') & HIGH) | at_least(word, 127);
}

/* White octets become spaces. */
static uint64_t with_spaces(uint64_t word, uint64_t white)
{
    uint64_t octets = (white >> 7) * 0xff;
    return (word & ~octets) | (octets & EACH(' '));
}

/* What came before: was there anything, and is a space due? */
struct folding {
    bool any, space;
};

/* As long as it is ASCII without two white octets side by side: those, and what is not
 * ASCII, are for fold_one. */
static size_t fold_words(struct folding *f, struct span s, struct out *o)
{
    size_t i = 0, before = o->len;
    uint64_t word, last = f->space || !f->any;
    for (; s.len - i >= sizeof word && o->max - o->len > sizeof word;
         i += sizeof word) {
        memcpy(&word, s.at + i, sizeof word);
        uint64_t white = white_in(word);
        if ((word & HIGH) || (white & (white << 8 | last << 7)))
            break;
        if (f->space)
            o->at[o->len++] = ' ';
        word = with_spaces(lower_word(word), white);
        memcpy(o->at + o->len, &word, sizeof word);
        last = white >> 63; /* the octet that stands last in memory */
        o->len += sizeof word - last;
        f->space = last;
        f->any = true;
    }
    o->wanted += o->len - before;
    return i;
}

static void fold_one(struct folding *f, uint32_t c, struct out *o)
{
    if (is_space(c)) {
        f->space = f->any;
        return;
    }
    if (f->space)
        out_put(o, ' ');
    *f = (struct folding){ .any = true };
    if (c < 0x80)
        out_put(o, to_lower((char)c));
    else
        put_folded(c, o);
}

void fold(struct span utf8, struct out *o)
{
    struct folding f = { 0 };
    steps(utf8.len);
    while (utf8.len > 0) {
        utf8 = span_skip(utf8, fold_words(&f, utf8, o));
        if (utf8.len > 0)
            fold_one(&f, utf8_take(&utf8), o);
    }
}

/* ---- base subject, RFC 5256 §2.1 and §5; on folded text, where WSP is one space */

static void take_space(struct span *s)
{
    span_take(s, SPAN(" "));
}

/* subj-blob = "[" *BLOBCHAR "]" *WSP, BLOBCHAR: anything but "[" and "]" */
static bool take_blob(struct span *s)
{
    if (s->len == 0 || s->at[0] != '[')
        return false;
    size_t n = 1;
    while (n < s->len && s->at[n] != '[' && s->at[n] != ']')
        n++;
    steps(n);
    if (n == s->len || s->at[n] != ']')
        return false;
    *s = span_skip(*s, n + 1);
    take_space(s);
    return true;
}

/* subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":" */
static bool take_refwd(struct span *s)
{
    struct span rest = *s;
    if (!span_take(&rest, SPAN("re")) && !span_take(&rest, SPAN("fwd")) &&
        !span_take(&rest, SPAN("fw")))
        return false;
    take_space(&rest);
    take_blob(&rest);
    if (!span_take(&rest, SPAN(":")))
        return false;
    take_space(&rest);
    *s = rest;
    return true;
}

/* subj-trailer = "(fwd)" / WSP */
static bool drop_trailers(struct span *s)
{
    struct span trailer = SPAN("(fwd)");
    for (bool any = false;; any = true) {
        if (s->len > 0 && s->at[s->len - 1] == ' ')
            s->len--;
        if (s->len < trailer.len ||
            !span_is(span_skip(*s, s->len - trailer.len), trailer))
            return any;
        s->len -= trailer.len;
    }
}

/* Steps 3 to 5: *(*subj-blob subj-refwd), then blobs, as long as something is left.  All
 * blobs of a run are taken at once, so that nothing is read twice. */
static bool drop_leaders(struct span *s)
{
    bool any = false;
    for (bool more = true; more; any |= more) {
        struct span rest = *s, last = *s;
        while (last = rest, take_blob(&rest))
            if (rest.len > 0)
                *s = rest; /* step 4: it may go for good */
        rest = last;
        more = take_refwd(&rest);
        if (more)
            *s = rest;
    }
    return any;
}

/* Step 6: subj-fwd = subj-fwd-hdr subject subj-fwd-trl = "[fwd:" ... "]" */
static bool unwrap(struct span *s)
{
    struct span hdr = SPAN("[fwd:");
    if (s->len <= hdr.len || !span_is(span_first(*s, hdr.len), hdr) ||
        s->at[s->len - 1] != ']')
        return false;
    *s = span_skip(span_first(*s, s->len - 1), hdr.len);
    take_space(s);
    return true;
}

bool base_subject(struct span utf8, struct out *o)
{
    size_t before = o->len;
    bool is_reply = false, wrapped;
    fold(utf8, o);
    struct span s = span_skip(out_span(o), before);
    do {
        is_reply |= drop_trailers(&s);
        is_reply |= drop_leaders(&s);
        is_reply |= wrapped = unwrap(&s);
    } while (wrapped);
    if (s.len > 0)
        memmove(o->at + before, s.at, s.len);
    o->len = before + s.len;
    o->wanted = o->len;
    return is_reply;
}
