/*
 * No path outside the home reaches files: what path_check lets through is walked here as a
 * kernel would, and never goes up.  The octets up to the first NUL are a path, the others a
 * pattern, which a second, naive matcher judges too.
 */
#include "files/path.h"

#include "base/utf8.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct span path)
{
    size_t i = 0;
    assert(path.len > 0 && path.len <= FILES_PATH_MAX && path.at[0] == '/');
    assert(span_find(path, '\0') == path.len);
    while (path.len > 1 && i < path.len) {
        size_t from = ++i;
        while (i < path.len && path.at[i] != '/')
            i++;
        struct span part = span_at(path.at + from, i - from);
        assert(part.len > 0 && part.len <= FILES_NAME_MAX);
        assert(!span_is(part, SPAN(".")) && !span_is(part, SPAN("..")));
    }
}

/* Octet by octet, by trying everything; for patterns of "*" and "?" over ASCII. */
static bool naive(struct span p, struct span s)
{
    if (p.len == 0)
        return s.len == 0;
    if (p.at[0] == '*')
        return naive(span_skip(p, 1), s) || (s.len > 0 && naive(p, span_skip(s, 1)));
    return s.len > 0 && (p.at[0] == '?' || p.at[0] == s.at[0]) &&
           naive(span_skip(p, 1), span_skip(s, 1));
}

static void match(struct span pattern, struct span name)
{
    bool matches = pattern_matches(pattern, name);
    if (pattern.len > 0 && pattern.len < 12 && name.len < 24 &&
        span_find(pattern, '[') == pattern.len && !utf8_is_beyond_ascii(name))
        assert(matches == naive(pattern, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = span_at(data, size), name;
    struct span path = span_first(all, span_find(all, '\0'));
    struct span pattern = span_skip(all, path.len < size ? path.len + 1 : size);
    if (path_check(path) != 0)
        return 0;
    walk(path);
    if (!pattern_is_sound(pattern))
        return 0;
    while (path_take(&path, &name))
        match(pattern, name);
    return 0;
}
