/* filename - parameters by name, and names that are fit for a file; see parameter.h. */
#include "mime/parameter.h"

#include "config/limits.h"
#include "mime/charset.h"

struct record_text parameter_find(const struct maker *m, struct record_rows rows,
                                  struct span name, bool decoded)
{
    for (uint32_t i = 0; i < rows.count; i++) {
        struct record_parameter p;
        memcpy(&p, m->parameters.at + (rows.first + i) * sizeof p, sizeof p);
        if (span_is_nocase(maker_string(m, p.name), name))
            return decoded ? p.value_decoded : p.value;
    }
    return (struct record_text){ 0, 0 };
}

static struct span behind_directories(struct span name)
{
    size_t n = name.len;
    while (n > 0 && name.at[n - 1] != '/' && name.at[n - 1] != '\\')
        n--;
    return span_skip(name, n);
}

static struct span without_dots_around(struct span name)
{
    while (name.len > 0 && (name.at[0] == '.' || name.at[0] == ' '))
        name = span_skip(name, 1);
    while (name.len > 0 &&
           (name.at[name.len - 1] == '.' || name.at[name.len - 1] == ' '))
        name.len--;
    return name;
}

/* Marks that turn the direction of what follows: "exe.txt" may end in ".exe". */
static bool turns(uint32_t c)
{
    return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

struct record_text filename_make(struct maker *m, struct record_text decoded)
{
    char octets[FILENAME_OCTETS_MAX];
    struct out o = OUT(octets);
    struct span name =
        without_dots_around(behind_directories(maker_string(m, decoded)));
    while (name.len > 0) {
        uint32_t c = utf8_take(&name);
        if (!turns(c))
            out_put_character(&o, c);
    }
    struct span made = without_dots_around(out_span(&o));
    return made.len > 0 ? maker_text(m, made) : (struct record_text){ 0, 0 };
}
