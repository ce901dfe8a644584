/* glob - see glob.h. */
#include "base/glob.h"

#include "base/utf8.h"

/* One character off the front, as a number that orders as UTF-8 does; *s is not empty. */
static uint32_t take_character(struct span *s)
{
    size_t len = utf8_length(*s);
    uint32_t character = 0;
    if (len == 0)
        len = 1;
    for (size_t i = 0; i < len; i++)
        character = character << 8 | (unsigned char)s->at[i];
    *s = span_skip(*s, len);
    return character;
}

/* A character of a set, which a backslash makes an ordinary one. */
static uint32_t take_member(struct span *set)
{
    if (set->len > 1 && set->at[0] == '\\')
        *set = span_skip(*set, 1);
    return take_character(set);
}

/* The set behind "[" up to its "]", which as the first member is an ordinary one;
 * false, and nothing is taken, when there is no "]". */
static bool take_set(struct span *pattern, struct span *set_r)
{
    struct span rest = *pattern;
    size_t first = rest.len > 0 && (rest.at[0] == '!' || rest.at[0] == '^') ? 1 : 0;
    size_t at = first;
    while (at < rest.len && (rest.at[at] != ']' || at == first))
        at += rest.at[at] == '\\' ? 2 : 1;
    if (at >= rest.len)
        return false;
    *set_r = span_first(rest, at);
    *pattern = span_skip(rest, at + 1);
    return true;
}

static bool is_member(struct span set, uint32_t character)
{
    bool wanted = true;
    if (set.at[0] == '!' || set.at[0] == '^') {
        wanted = false;
        set = span_skip(set, 1);
    }
    while (set.len > 0) {
        uint32_t first = take_member(&set), last = first;
        if (set.len > 1 && set.at[0] == '-') {
            set = span_skip(set, 1);
            last = take_member(&set);
        }
        if (first <= character && character <= last)
            return wanted;
    }
    return !wanted;
}

/* One step of the pattern, which is no star, against one character of the name. */
static bool take_step(struct span *pattern, struct span *name)
{
    struct span after = *pattern, set;
    uint32_t character = take_character(name);
    uint32_t step = take_character(&after);
    bool matches;
    if (step == '[' && take_set(&after, &set)) {
        matches = is_member(set, character);
    } else if (step == '\\' && after.len > 0) {
        matches = take_character(&after) == character;
    } else {
        matches = step == '?' || step == character;
    }
    *pattern = after;
    return matches;
}

bool glob_matches(struct span pattern, struct span name)
{
    struct span after_star = { 0 }, tried = { 0 };
    bool star = false;
    while (name.len > 0) {
        if (span_take(&pattern, SPAN("*"))) {
            star = true;
            after_star = pattern;
            tried = name;
        } else if (pattern.len == 0 || !take_step(&pattern, &name)) {
            if (!star)
                return false;
            take_character(&tried); /* the star takes one more */
            pattern = after_star;
            name = tried;
        }
    }
    while (span_take(&pattern, SPAN("*")))
        ;
    return pattern.len == 0;
}

bool glob_is_pattern(struct span s)
{
    while (s.len > 0) {
        struct span set;
        uint32_t character = take_character(&s);
        if (character == '*' || character == '?' ||
            (character == '[' && take_set(&s, &set)))
            return true;
        if (character == '\\' && s.len > 0)
            take_character(&s);
    }
    return false;
}
