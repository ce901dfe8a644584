/* literal - see literal.h. */
#include "wire/literal.h"

#include "base/buf.h"

bool literal_take(struct span *rest, struct literal *literal_r)
{
    struct span at = *rest;

    *literal_r = (struct literal){ .binary = span_take(&at, SPAN("~")) };
    if (!span_take(&at, SPAN("{")) ||
        !span_take_number(&at, INT64_MAX, &literal_r->size))
        return false;
    literal_r->at_once = span_take(&at, SPAN("+"));
    if (!span_take(&at, SPAN("}")))
        return false;
    *rest = at;
    return true;
}

bool literal_of_line(struct span line, struct literal *literal_r)
{
    size_t at = line.len;

    if (line.len == 0 || line.at[line.len - 1] != '}')
        return false;
    while (at > 0 && line.at[at - 1] != '{')
        at--;
    if (at == 0)
        return false;
    at -= at > 1 && line.at[at - 2] == '~' ? 2 : 1;
    struct span rest = span_skip(line, at);
    return literal_take(&rest, literal_r) && rest.len == 0;
}

/* to: NULL: they are dropped. */
static bool read_octets(struct wire *w, uint64_t size, struct buf *to)
{
    while (size > 0 && wire_fill(w)) {
        struct span some = wire_input(w);
        if (some.len > size)
            some.len = (size_t)size;
        if (to && buf_put(to, some))
            return false;
        wire_consume(w, some.len);
        size -= some.len;
    }
    return size == 0;
}

bool literal_read(struct wire *w, uint64_t size, struct buf *to)
{
    return read_octets(w, size, to);
}

bool literal_drop(struct wire *w, uint64_t size)
{
    return read_octets(w, size, NULL);
}
