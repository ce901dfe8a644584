/* surrogate - see surrogate.h: from octets to fields. */
#include "pop3/surrogate.h"

#include "base/utf8.h"
#include "config/limits.h"

/* The usual message has a short header of ASCII, and its end is in the first batch. */
bool surrogate_is_needed(struct span beginning)
{
    static const char end[] = "\r\n\r\n";
    const char *at = beginning.len ? memmem(beginning.at, beginning.len, end, 4) : NULL;

    return !at ||
           utf8_is_beyond_ascii(span_first(beginning, (size_t)(at - beginning.at)));
}

void surrogate_open(struct surrogate *s)
{
    *s = (struct surrogate){
        .field = { .max = POP3_FIELD_MAX },
        .said = { .max = POP3_FIELD_MAX * 4 },
    };
}

void surrogate_close(struct surrogate *s)
{
    buf_free(&s->field);
    buf_free(&s->said);
}

/* The whole field has come. */
static struct span say_field(struct surrogate *s)
{
    struct span field = buf_span(&s->field);

    buf_clear(&s->said);
    if (!s->excised && utf8_is_beyond_ascii(field) && utf8_is_text(field))
        downgrade_field(field, &s->said);
    else if (!s->excised && buf_put(&s->said, field))
        buf_clear(&s->said);
    buf_clear(&s->field);
    s->excised = false;
    return buf_span(&s->said);
}

static void take_line(struct surrogate *s, struct span *input)
{
    size_t lf = span_find(*input, '\n');
    size_t n = lf < input->len ? lf + 1 : lf;

    if (!s->excised && buf_put(&s->field, span_first(*input, n)))
        s->excised = true;
    s->in_line = lf == input->len;
    *input = span_skip(*input, n);
}

static bool is_fold(char c)
{
    return c == ' ' || c == '\t';
}

struct span surrogate_take(struct surrogate *s, struct span *input)
{
    while (input->len > 0 && !s->in_body) {
        bool between = !s->in_line && !is_fold(*input->at);
        if (between && (s->field.len > 0 || s->excised)) {
            struct span said = say_field(s);
            if (said.len > 0)
                return said;
        } else if (between && (*input->at == '\r' || *input->at == '\n')) {
            s->in_body = true;
        } else {
            take_line(s, input);
        }
    }
    struct span rest = *input;
    *input = span_skip(rest, rest.len);
    return rest;
}

struct span surrogate_end(struct surrogate *s)
{
    return s->in_body ? SPAN("") : say_field(s);
}
