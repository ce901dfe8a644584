/* downgrade - RFC 6858 §2: a header field with UTF-8 for who takes ASCII alone. */
#include "base/utf8.h"
#include "pop3/surrogate.h"

#include <ctype.h>

static struct span invalid = { "<invalid@internationalized-address.invalid>", 43 };

/* ---- writing; one thing that has no room spoils the field */

struct writer {
    struct buf *out;
    size_t column;
    bool failed;
};

static void put(struct writer *w, struct span text)
{
    w->failed |= buf_put(w->out, text) != 0;
    w->column += text.len;
}

static void fold(struct writer *w)
{
    put(w, SPAN("\r\n "));
    w->column = 1;
}

enum { LINE_MOST = 76, WORD_AROUND = 12, CHARACTER_MOST = 12 }; /* RFC 2047 §2 */

/* RFC 2047 §5 (3): what may stand for itself in a phrase, and so anywhere. */
static bool is_plain(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("!*+-/", c));
}

static void put_character(struct writer *w, struct span character)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < character.len; i++) {
        uint8_t c = (uint8_t)character.at[i];
        char escaped[3] = { '=', digits[c >> 4], digits[c & 15] };
        if (c == ' ')
            put(w, SPAN("_"));
        else if (is_plain((char)c))
            put(w, span_at(&c, 1));
        else
            put(w, span_at(escaped, 3));
    }
}

/* §2 and §4.2: words of the "Q" encoding, none cut within a character. */
static void put_words(struct writer *w, struct span text)
{
    while (text.len > 0) {
        if (w->column + WORD_AROUND + CHARACTER_MOST > LINE_MOST)
            fold(w);
        put(w, SPAN("=?utf-8?Q?"));
        while (text.len > 0 && w->column + 2 + CHARACTER_MOST <= LINE_MOST) {
            size_t n = utf8_length(text);
            n = n > 0 ? n : 1; /* cut short, for there was no room for it */
            put_character(w, span_first(text, n));
            text = span_skip(text, n);
        }
        put(w, SPAN("?="));
        if (text.len > 0)
            fold(w);
    }
}

/* ---- reading: all of it on unfolded text */

/* Where a scan of structured text (RFC 5322 §3.2) is. */
struct scan {
    bool quoted, literal, angle;
    unsigned comment;
};

/* Moves over one octet, or two where the first quotes the second; whether it stands
 * outside of everything. */
static bool step(struct scan *s, struct span *rest)
{
    char c = *rest->at;
    bool outside = !s->quoted && !s->literal && !s->angle && s->comment == 0;
    bool free = !s->quoted && !s->literal && s->comment == 0;

    if (c == '\\' && (s->quoted || s->literal || s->comment) && rest->len > 1)
        *rest = span_skip(*rest, 1);
    else if (c == '"' && !s->literal && s->comment == 0)
        s->quoted = !s->quoted;
    else if (c == '(' && !s->quoted && !s->literal)
        s->comment++;
    else if (c == ')' && s->comment > 0)
        s->comment--;
    else if (c == '[' && free)
        s->literal = true;
    else if (c == ']')
        s->literal = false;
    else if ((c == '<' || c == '>') && free)
        s->angle = c == '<';
    *rest = span_skip(*rest, 1);
    return outside;
}

/* The index of the first of `ends` that stands outside of everything, or text.len. */
static size_t find_outside(struct span text, const char *ends)
{
    struct scan scan = { 0 };

    for (struct span rest = text; rest.len > 0;) {
        size_t at = text.len - rest.len;
        char c = *rest.at;
        if (step(&scan, &rest) && c && strchr(ends, c))
            return at;
    }
    return text.len;
}

static struct span trim(struct span s)
{
    while (s.len > 0 && isspace((unsigned char)*s.at))
        s = span_skip(s, 1);
    while (s.len > 0 && isspace((unsigned char)s.at[s.len - 1]))
        s.len--;
    return s;
}

/* A display-name or an addr-spec without quotes and comments. */
static void put_unquoted(struct writer *w, struct buf *out, struct span phrase)
{
    struct scan scan = { 0 };

    while (phrase.len > 0) {
        bool was_comment = scan.comment > 0;
        struct span before = phrase;
        step(&scan, &phrase);
        char c = phrase.at[-1]; /* the one that was quoted, if one was */
        bool escaped = before.len - phrase.len == 2;
        if (!was_comment && scan.comment == 0 && (escaped || c != '"'))
            w->failed |= buf_put(out, span_at(&c, 1)) != 0;
    }
}

/* ---- §2.1: addresses */

/* name: as it stands there, or empty. */
static void put_mailbox(struct writer *w, struct span name, struct span address)
{
    struct buf words = { .max = w->out->max };
    bool is_ascii = !utf8_is_beyond_ascii(address);
    size_t room = is_ascii ? address.len + 2 : invalid.len;

    w->failed |= address.len == 0;
    put_unquoted(w, &words, name.len > 0 ? name : address);
    if (name.len > 0 && !utf8_is_beyond_ascii(name))
        put(w, name);
    else if (name.len > 0 || !is_ascii)
        put_words(w, trim(buf_span(&words)));
    buf_free(&words);
    if (w->column + 1 + room > LINE_MOST)
        fold(w);
    else if (name.len > 0 || !is_ascii)
        put(w, SPAN(" "));
    if (is_ascii) {
        put(w, SPAN("<"));
        put(w, address);
        put(w, SPAN(">"));
    } else {
        put(w, invalid);
    }
}

/* What stands between two separators: a mailbox, or a group's name. */
static void put_element(struct writer *w, struct span element, bool is_group)
{
    struct span rest = span_skip(element, find_outside(element, "<"));

    element = trim(element);
    if (!utf8_is_beyond_ascii(element)) {
        put(w, element);
    } else if (is_group) {
        struct buf name = { .max = w->out->max };
        put_unquoted(w, &name, element);
        put_words(w, buf_span(&name));
        buf_free(&name);
    } else if (rest.len > 0) {
        struct span name = span_first(element, (size_t)(rest.at - element.at));
        rest = span_skip(rest, 1);
        put_mailbox(w, trim(name), trim(span_first(rest, span_find(rest, '>'))));
    } else {
        struct buf address = { .max = w->out->max };
        put_unquoted(w, &address, element);
        put_mailbox(w, SPAN(""), trim(buf_span(&address)));
        buf_free(&address);
    }
}

static void put_addresses(struct writer *w, struct span text)
{
    while (text.len > 0) {
        size_t n = find_outside(text, ",:;");
        bool is_group = n < text.len && text.at[n] == ':';
        put_element(w, span_first(text, n), is_group);
        if (n == text.len)
            return;
        put(w, span_first(span_skip(text, n), 1));
        text = trim(span_skip(text, n + 1));
        if (text.len > 0)
            fold(w);
    }
}

/* ---- §2.2: parameters; §2.3: text */

static void put_parameters(struct writer *w, struct span text)
{
    for (bool first = true; text.len > 0; first = false) {
        size_t n = find_outside(text, ";");
        struct span part = trim(span_first(text, n));
        bool is_ascii = !utf8_is_beyond_ascii(part);
        w->failed |= first && !is_ascii;
        if (!first && is_ascii && part.len > 0) {
            put(w, SPAN(";"));
            fold(w);
        }
        if (is_ascii)
            put(w, part);
        text = span_skip(text, n < text.len ? n + 1 : n);
    }
}

/* ---- fields */

/* clang-format off */
static const struct form {
    const char *name;
    void (*put)(struct writer *, struct span text);
} forms[] = {
    { "Bcc",                        put_addresses  },
    { "Cc",                         put_addresses  },
    { "Comments",                   put_words      },
    { "Content-Description",        put_words      },
    { "Content-Disposition",        put_parameters },
    { "Content-Type",               put_parameters },
    { "Disposition-Notification-To", put_addresses },
    { "From",                       put_addresses  },
    { "Reply-To",                   put_addresses  },
    { "Resent-Bcc",                 put_addresses  },
    { "Resent-Cc",                  put_addresses  },
    { "Resent-From",                put_addresses  },
    { "Resent-Reply-To",            put_addresses  },
    { "Resent-Sender",              put_addresses  },
    { "Resent-To",                  put_addresses  },
    { "Sender",                     put_addresses  },
    { "Subject",                    put_words      },
    { "To",                         put_addresses  },
};
/* clang-format on */

static const struct form *form_of(struct span name)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (span_is_nocase(span_of(forms[i].name), name))
            return &forms[i];
    return NULL;
}

/* RFC 5322 §2.2.3: CRLF goes; the white space behind it stays. */
static int unfold(struct span body, struct buf *text_r)
{
    for (size_t i = 0; i < body.len; i++)
        if (body.at[i] != '\r' && body.at[i] != '\n' &&
            buf_put(text_r, span_first(span_skip(body, i), 1)))
            return -1;
    return 0;
}

void downgrade_field(struct span field, struct buf *said_r)
{
    struct buf text = { .max = field.len };
    size_t colon = span_find(field, ':');
    const struct form *form = form_of(trim(span_first(field, colon)));
    struct writer w = { .out = said_r };

    w.failed = !form || unfold(span_skip(field, colon + 1), &text);
    if (!w.failed) {
        put(&w, span_of(form->name));
        put(&w, SPAN(": "));
        form->put(&w, trim(buf_span(&text)));
        w.failed |= buf_put(said_r, SPAN("\r\n")) != 0;
    }
    buf_free(&text);
    if (w.failed)
        buf_clear(said_r);
}
