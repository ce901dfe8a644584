/* dot - any octets, in parts of any size, against the naive reader. */
#include "wire/dot.h"
#include "wire/dot_oracle.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_part(struct dot_reader *d, struct span part, struct outcome *o)
{
    struct span rest = part, piece;
    while ((piece = dot_take(d, &rest)).len > 0) {
        memcpy(o->text + o->len, piece.at, piece.len);
        o->len += piece.len;
    }
    assert(rest.len == 0 || d->ended);
    o->consumed += part.len - rest.len;
}

/* The first octet says how the rest is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct outcome got, wanted;
    if (size < 1 || size > ORACLE_OCTETS_MAX)
        return 0;
    size_t step = data[0] % 16 + 1;
    struct span in = span_at(data + 1, size - 1);
    struct dot_reader d = { .line_max = ORACLE_LINE_MAX };
    got = (struct outcome){ .len = 0 };
    for (size_t at = 0; at < in.len && !d.ended; at += step) {
        size_t len = in.len - at < step ? in.len - at : step;
        char *part = malloc(len);
        if (!part)
            return 0;
        memcpy(part, in.at + at, len);
        read_part(&d, span_at(part, len), &got);
        free(part);
    }
    wanted = oracle_read(in);
    assert(span_is(span_at(got.text, got.len), span_at(wanted.text, wanted.len)));
    assert(got.consumed == wanted.consumed);
    assert(d.bare == wanted.bare && d.long_line == wanted.long_line);
    assert(d.ended == wanted.ended);
    return 0;
}
