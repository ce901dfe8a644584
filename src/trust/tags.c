#include "trust/tags.h"

#include "base/base64.h"

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct span tag_trim(struct span s)
{
    while (s.len > 0 && is_white(s.at[0]))
        s = span_skip(s, 1);
    while (s.len > 0 && is_white(s.at[s.len - 1]))
        s.len--;
    return s;
}

/* tag-name = ALPHA *ALNUMPUNC, ALNUMPUNC = ALPHA / DIGIT / "_" */
static bool is_tag_name(struct span s)
{
    if (s.len == 0 || !is_alnum(s.at[0]) || (s.at[0] >= '0' && s.at[0] <= '9'))
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (!is_alnum(s.at[i]) && s.at[i] != '_')
            return false;
    return true;
}

/* VALCHAR = %x21-3A / %x3C-7E, with FWS between; RFC 8616 §5 lets UTF-8 in */
static bool is_tag_value(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_white(s.at[i]) && ((unsigned char)s.at[i] < 0x21 || s.at[i] == 0x7f))
            return false;
    return true;
}

/* tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS] */
static bool read_tag(struct span spec, struct tags *tags)
{
    size_t equals = span_find(spec, '=');
    struct tag t = { .name = tag_trim(span_first(spec, equals)) };

    if (equals == spec.len || tags->count == TAGS_MAX || !is_tag_name(t.name))
        return false;
    t.raw = span_skip(spec, equals + 1);
    t.value = tag_trim(t.raw);
    for (unsigned i = 0; i < tags->count; i++)
        if (span_is(tags->tags[i].name, t.name))
            return false;
    tags->tags[tags->count++] = t;
    return is_tag_value(t.value);
}

/* tag-list = tag-spec *( ";" tag-spec ) [ ";" ] */
bool tags_read(struct span list, struct tags *tags_r)
{
    tags_r->count = 0;
    while (list.len > 0) {
        size_t n = span_find(list, ';');
        struct span spec = span_first(list, n);
        bool last = n + 1 >= list.len || tag_trim(span_skip(list, n + 1)).len == 0;
        list = span_skip(list, n + (n < list.len));
        if (!read_tag(spec, tags_r))
            return false;
        if (last)
            break;
    }
    return tags_r->count > 0;
}

const struct tag *tags_find(const struct tags *tags, const char *name)
{
    for (unsigned i = 0; i < tags->count; i++)
        if (span_is(tags->tags[i].name, span_of(name)))
            return &tags->tags[i];
    return NULL;
}

struct span tags_value(const struct tags *tags, const char *name)
{
    const struct tag *t = tags_find(tags, name);
    return t ? t->value : SPAN("");
}

bool tag_number(struct span value, uint64_t max, uint64_t *number_r)
{
    return span_take_number(&value, max, number_r) && value.len == 0;
}

bool tag_take_word(struct span *list, char separator, struct span *word_r)
{
    if (list->len == 0)
        return false;
    size_t n = span_find(*list, separator);
    *word_r = tag_trim(span_first(*list, n));
    *list = span_skip(*list, n + (n < list->len));
    return true;
}

bool tag_has_word(struct span list, char separator, const char *word)
{
    struct span one;
    while (tag_take_word(&list, separator, &one))
        if (span_is_nocase(one, span_of(word)))
            return true;
    return false;
}

struct span tag_base64(struct span value, struct arena *arena)
{
    char *text = arena_alloc(arena, value.len + 1);
    char *octets = arena_alloc(arena, value.len + 1);
    size_t n = 0, len;

    if (!text || !octets)
        return span_at(NULL, 0);
    for (size_t i = 0; i < value.len; i++)
        if (!is_white(value.at[i]))
            text[n++] = value.at[i];
    if (!base64_decode(span_at(text, n), octets, value.len, &len))
        return span_at(NULL, 0);
    return span_at(octets, len);
}

bool tag_is_domain(struct span s)
{
    size_t label = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '.' && (label == 0 || i + 1 == s.len))
            return false;
        if (s.at[i] != '.' && !is_alnum(s.at[i]) && s.at[i] != '-' && s.at[i] != '_')
            return false;
        label = s.at[i] == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return s.len > 0 && s.len <= 253;
}

bool tag_is_within(struct span name, struct span domain)
{
    if (name.len <= domain.len)
        return span_is_nocase(name, domain);
    size_t more = name.len - domain.len;
    return name.at[more - 1] == '.' && span_is_nocase(span_skip(name, more), domain);
}
