#include "trust/spf_record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum { TEXT_MAX = 160 };

/* i: the address with a dot between its octets, or its nibbles (§7.3). */
static struct span put_dotted(const struct spf_client *c, char text[TEXT_MAX])
{
    int n = 0;
    if (!c->v6)
        n = snprintf(text, TEXT_MAX, "%u.%u.%u.%u", c->address[0], c->address[1],
                     c->address[2], c->address[3]);
    for (unsigned i = 0; c->v6 && i < 16; i++)
        n += snprintf(text + n, TEXT_MAX - (size_t)n, "%s%x.%x", i ? "." : "",
                      c->address[i] >> 4, c->address[i] & 15);
    return span_at(text, (size_t)n);
}

static struct span put_readable(const struct spf_client *c, char text[TEXT_MAX])
{
    inet_ntop(c->v6 ? AF_INET6 : AF_INET, c->address, text, TEXT_MAX);
    return span_of(text);
}

static struct span local_part(const struct spf_client *c)
{
    return c->local_part.len ? c->local_part : SPAN("postmaster");
}

/* What the letters stand for that are not simply a fact. */
static struct span find_made(const struct spf_macros *m, char letter,
                             char text[TEXT_MAX])
{
    switch (letter) {
    case 'i':
        return put_dotted(m->client, text);
    case 'c':
        return put_readable(m->client, text);
    case 't':
        snprintf(text, TEXT_MAX, "%" PRIu64, m->client->seconds);
        return span_of(text);
    case 'p':
        return m->validated(m->arg);
    default: /* 'v' */
        return m->client->v6 ? SPAN("ip6") : SPAN("in-addr");
    }
}

/* One macro-letter's value, in up to three pieces: s is local-part "@" domain. */
static unsigned find_value(const struct spf_macros *m, char letter, char text[TEXT_MAX],
                           struct span pieces_r[3])
{
    const struct spf_client *c = m->client;
    unsigned n = 0;

    if (letter == 's' || letter == 'l')
        pieces_r[n++] = local_part(c);
    if (letter == 's')
        pieces_r[n++] = SPAN("@");
    if (letter == 's' || letter == 'o')
        pieces_r[n++] = c->domain;
    if (letter == 'd')
        pieces_r[n++] = m->domain;
    if (letter == 'h')
        pieces_r[n++] = c->helo;
    if (letter == 'r')
        pieces_r[n++] = c->receiver;
    if (n == 0)
        pieces_r[n++] = find_made(m, letter, text);
    return n;
}

struct transformers {
    char letter; /* as it stands: a capital escapes (§7.3) */
    uint64_t keep;
    bool reverse;
    struct span delimiters; /* "" is "." */
};

/* Of a good macro-string: what stands between "%{" and "}". */
static struct transformers read_transformers(struct span in)
{
    struct transformers t = { .letter = in.at[0], .keep = UINT32_MAX };

    in = span_skip(in, 1);
    span_take_number(&in, UINT32_MAX, &t.keep);
    if (in.len > 0 && (in.at[0] | 0x20) == 'r') {
        t.reverse = true;
        in = span_skip(in, 1);
    }
    t.delimiters = in.len ? in : SPAN(".");
    return t;
}

/* Only unreserved characters (RFC 3986) stand for themselves where the letter is a
 * capital. */
static int put_escaped(struct buf *out, struct span s, bool escape)
{
    int error = 0;
    if (!escape)
        return buf_put(out, s);
    for (size_t i = 0; i < s.len && !error; i++) {
        unsigned char c = (unsigned char)s.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || (c && strchr("-._~", c));
        error =
            plain ? buf_put(out, span_at(s.at + i, 1)) : buf_printf(out, "%%%02X", c);
    }
    return error;
}

static size_t part_length(struct span s, struct span delimiters)
{
    size_t n = 0;
    while (n < s.len && span_find(delimiters, s.at[n]) == delimiters.len)
        n++;
    return n;
}

static size_t last_part_length(struct span s, struct span delimiters)
{
    size_t n = 0;
    while (n < s.len && span_find(delimiters, s.at[s.len - 1 - n]) == delimiters.len)
        n++;
    return n;
}

/* The parts in reverse order, of which the last `keep` (which stood first) remain. */
static int put_reversed(struct buf *out, struct span value,
                        const struct transformers *t)
{
    bool escape = t->letter < 'a', first = true;
    uint64_t parts = 1, skip;
    int error = 0;

    for (size_t i = 0; i < value.len; i++)
        parts += span_find(t->delimiters, value.at[i]) < t->delimiters.len;
    skip = parts > t->keep ? parts - t->keep : 0;
    for (uint64_t i = 0; i < parts && !error; i++) {
        size_t n = last_part_length(value, t->delimiters);
        struct span part = span_skip(value, value.len - n);
        value.len -= n + (i + 1 < parts);
        if (i < skip)
            continue;
        error = first ? 0 : buf_put(out, SPAN("."));
        first = false;
        if (!error)
            error = put_escaped(out, part, escape);
    }
    return error;
}

/* The last `keep` parts, in their order. */
static int put_parts(struct buf *out, struct span value, const struct transformers *t)
{
    bool escape = t->letter < 'a', first = true;
    uint64_t parts = 1, skip;
    int error = 0;

    for (size_t i = 0; i < value.len; i++)
        parts += span_find(t->delimiters, value.at[i]) < t->delimiters.len;
    skip = parts > t->keep ? parts - t->keep : 0;
    for (uint64_t i = 0; i < parts && !error; i++) {
        size_t n = part_length(value, t->delimiters);
        struct span part = span_first(value, n);
        value = span_skip(value, n + (i + 1 < parts));
        if (i < skip)
            continue;
        error = first ? 0 : buf_put(out, SPAN("."));
        first = false;
        if (!error)
            error = put_escaped(out, part, escape);
    }
    return error;
}

static int put_macro(const struct spf_macros *m, struct span in, struct buf *out)
{
    struct transformers t = read_transformers(in);
    struct buf value = { .max = out->max };
    struct span pieces[3];
    char text[TEXT_MAX];
    int error = 0;
    unsigned n = find_value(m, (char)(t.letter | 0x20), text, pieces);

    for (unsigned i = 0; i < n && !error; i++)
        error = buf_put(&value, pieces[i]);
    if (!error && t.reverse)
        error = put_reversed(out, buf_span(&value), &t);
    else if (!error)
        error = put_parts(out, buf_span(&value), &t);
    buf_free(&value);
    return error;
}

int spf_expand(const struct spf_macros *m, struct span text, struct buf *out)
{
    int error = 0;

    while (text.len > 0 && !error) {
        size_t plain = span_find(text, '%');
        error = buf_put(out, span_first(text, plain));
        text = span_skip(text, plain);
        if (text.len < 2 || error)
            break;
        size_t end = text.at[1] == '{' ? span_find(text, '}') + 1 : 2;
        if (text.at[1] == '{')
            error = put_macro(m, span_at(text.at + 2, end - 3), out);
        else
            error = buf_put(out, text.at[1] == '%'   ? SPAN("%")
                                 : text.at[1] == '_' ? SPAN(" ")
                                                     : SPAN("%20"));
        text = span_skip(text, end);
    }
    return error;
}
