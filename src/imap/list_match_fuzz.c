/*
 * list_match_fuzz - the matcher against one that tries all there is, on short inputs: the
 * pattern up to the first line feed, then the name.
 */
#include "imap/list_match.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static bool naive(struct span p, struct span n)
{
    if (p.len == 0)
        return n.len == 0;
    if (*p.at == '*' || *p.at == '%') {
        if (naive(span_skip(p, 1), n))
            return true;
        return n.len > 0 && (*p.at == '*' || *n.at != '/') && naive(p, span_skip(n, 1));
    }
    return n.len > 0 && *p.at == *n.at && naive(span_skip(p, 1), span_skip(n, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span in = span_at(octets, len < 24 ? len : 24);
    size_t cut = span_find(in, '\n');
    struct span pattern = span_first(in, cut);
    struct span name = cut < in.len ? span_skip(in, cut + 1) : SPAN("");

    assert(list_match(pattern, name, LIST_EXACT) == naive(pattern, name));
    return 0;
}
