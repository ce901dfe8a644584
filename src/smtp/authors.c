#include "smtp/authors.h"

#include "base/buf.h"
#include "mime/address.h"

static bool needs_quotes(struct span local_part)
{
    for (size_t i = 0; i < local_part.len; i++)
        if (memchr(" \"(),:;<>@[\\]", local_part.at[i], 13))
            return true;
    return local_part.len == 0;
}

/* As Mailbox, RFC 5321 §4.1.2; what is too long for it is nobody's. */
static void print_mailbox(const struct address *a, char *out, size_t size)
{
    struct buf text = { .max = size - 1 };
    bool quoted = needs_quotes(a->local_part);

    buf_put(&text, quoted ? SPAN("\"") : SPAN(""));
    for (size_t i = 0; i < a->local_part.len; i++) {
        if (quoted && memchr("\"\\", a->local_part.at[i], 2))
            buf_put(&text, SPAN("\\"));
        buf_put(&text, span_at(a->local_part.at + i, 1));
    }
    if (quoted)
        buf_put(&text, SPAN("\""));
    buf_put(&text, SPAN("@"));
    if (buf_put(&text, a->domain))
        buf_clear(&text);
    span_to_string(buf_span(&text), out, size);
    buf_free(&text);
}

static void on_address(const struct address *a, void *arg)
{
    struct authors *authors = arg;

    if (a->kind != RECORD_MAILBOX)
        return;
    if (authors->count < SUBMITTED_AUTHORS_MAX)
        print_mailbox(a, authors->address[authors->count], sizeof(authors->address[0]));
    authors->count++;
}

/* Past a quoted string or comment, quoted pairs in it and all. */
static size_t skip_hidden(struct span s, char close)
{
    size_t depth = 1, n = 1;

    for (; n < s.len && depth > 0; n++) {
        if (s.at[n] == '\\')
            n++;
        else if (s.at[n] == close)
            depth--;
        else if (close == ')' && s.at[n] == '(')
            depth++;
    }
    return n < s.len ? n : s.len;
}

static size_t count_ats(struct span s)
{
    size_t count = 0;

    while (s.len > 0) {
        char c = *s.at;
        count += c == '@';
        s = span_skip(s, c == '"'   ? skip_hidden(s, '"')
                         : c == '(' ? skip_hidden(s, ')')
                                    : 1);
    }
    return count;
}

enum authors_form authors_read(struct span value, struct authors *authors_r)
{
    memset(authors_r, 0, sizeof(*authors_r));
    if (!addresses_read(value, on_address, authors_r) ||
        authors_r->count > SUBMITTED_AUTHORS_MAX)
        return AUTHORS_TOO_MANY;
    return count_ats(value) == authors_r->count ? AUTHORS_GOOD : AUTHORS_UNCLEAR;
}
