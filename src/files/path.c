/* path - see path.h. */
#include "files/path.h"

#include "base/utf8.h"

#include <errno.h>

static bool has_controls(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)s.at[i] < 0x20 || s.at[i] == 0x7f)
            return true;
    return false;
}

bool path_is_name(struct span name)
{
    return name.len > 0 && name.len <= FILES_NAME_MAX && !span_is(name, SPAN(".")) &&
           !span_is(name, SPAN("..")) && span_find(name, '/') == name.len &&
           !has_controls(name) && utf8_is_text(name);
}

bool path_is_root(struct span path)
{
    return span_is(path, SPAN("/"));
}

bool path_take(struct span *path, struct span *name_r)
{
    if (path->len < 2 || path->at[0] != '/')
        return false;
    struct span rest = span_skip(*path, 1);
    *name_r = span_first(rest, span_find(rest, '/'));
    *path = span_skip(rest, name_r->len);
    return true;
}

int path_check(struct span path)
{
    struct span name;
    size_t depth = 0;
    if (path.len > FILES_PATH_MAX)
        return -ENAMETOOLONG;
    if (path_is_root(path))
        return 0;
    if (path.len == 0)
        return -EINVAL;
    while (path_take(&path, &name)) {
        if (name.len > FILES_NAME_MAX || ++depth > FILES_DEPTH_MAX)
            return -ENAMETOOLONG;
        if (!path_is_name(name))
            return -EINVAL;
    }
    return path.len == 0 ? 0 : -EINVAL;
}

struct span path_name(struct span path)
{
    size_t at = path.len;
    while (at > 0 && path.at[at - 1] != '/')
        at--;
    return span_skip(path, at);
}

struct span path_parent(struct span path)
{
    size_t name = path_name(path).len;
    return span_first(path, path.len > name ? path.len - name - 1 : 0);
}

bool path_is_in(struct span path, struct span tree)
{
    return span_take(&path, tree) && (path.len == 0 || path.at[0] == '/');
}

/* ---- patterns */

/* One character of the pattern against one of the name, both octet by octet: of a
 * character beyond ASCII "?" matches all octets, "[...]" none. */
struct step {
    size_t pattern, name; /* octets taken; pattern 0: they do not match */
};

/* How many octets the character has; 1 for what is none. */
static size_t length(struct span s)
{
    size_t n = utf8_length(s);
    return n ? n : 1;
}

/* "[a-c]", "[!a]", "[]]"; without an end it is an ordinary "[". */
static struct step match_set(struct span p, char c)
{
    size_t i = 1;
    bool negated = i < p.len && (p.at[i] == '!' || p.at[i] == '^'), is_in = false;
    i += negated;
    for (size_t first = i; i < p.len && (p.at[i] != ']' || i == first);) {
        uint8_t from = (uint8_t)p.at[i], to = from;
        if (i + 2 < p.len && p.at[i + 1] == '-' && p.at[i + 2] != ']') {
            to = (uint8_t)p.at[i + 2];
            i += 2;
        }
        is_in |= from <= (uint8_t)c && (uint8_t)c <= to;
        i++;
    }
    if (i >= p.len)
        return (struct step){ c == '[', c == '[' };
    return is_in != negated ? (struct step){ i + 1, 1 } : (struct step){ 0, 0 };
}

static struct step match_one(struct span p, struct span name)
{
    if (p.len == 0 || name.len == 0)
        return (struct step){ 0, 0 };
    if (p.at[0] == '?')
        return (struct step){ 1, length(name) };
    if (p.at[0] == '[' && (uint8_t)name.at[0] < 0x80)
        return match_set(p, name.at[0]);
    return (struct step){ p.at[0] == name.at[0], 1 };
}

/* Only the last star need ever take more: what stands before it has its match. */
bool pattern_matches(struct span pattern, struct span name)
{
    struct span p = pattern, star = { NULL, 0 }, tried = name;
    if (pattern.len == 0)
        return true;
    while (name.len > 0) {
        struct step s = match_one(p, name);
        if (p.len > 0 && p.at[0] == '*') {
            star = p = span_skip(p, 1);
            tried = name;
        } else if (s.pattern > 0) {
            p = span_skip(p, s.pattern);
            name = span_skip(name, s.name);
        } else if (star.at) {
            p = star;
            name = tried = span_skip(tried, length(tried));
        } else {
            return false;
        }
    }
    while (p.len > 0 && p.at[0] == '*')
        p = span_skip(p, 1);
    return p.len == 0;
}

bool pattern_is_sound(struct span pattern)
{
    size_t stars = 0;
    for (size_t i = 0; i < pattern.len; i++)
        stars += pattern.at[i] == '*';
    return pattern.len <= FILES_NAME_MAX && stars <= FILES_STARS_MAX &&
           span_find(pattern, '/') == pattern.len && !has_controls(pattern) &&
           utf8_is_text(pattern);
}
