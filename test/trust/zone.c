#include "test/trust/zone.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>

enum { CNAME = ASK_PTR + 1, FAIL, CHAIN_MAX = 8, ANSWER_MAX = 256 };

struct zone_record {
    int kind;
    struct span name, value; /* one allocation: name.at */
};

static int find_kind(struct span word)
{
    static const char *const kinds[] = { "TXT", "A",     "AAAA", "MX",
                                         "PTR", "CNAME", "FAIL" };
    for (int i = 0; i < 7; i++)
        if (span_is(word, span_of(kinds[i])))
            return i;
    return -1;
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

size_t zone_unescape(char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; n++) {
        bool escaped = i + 3 < len && text[i] == '\\' && text[i + 1] == 'x';
        text[n] =
            escaped ? (char)(digit(text[i + 2]) << 4 | digit(text[i + 3])) : text[i];
        i += escaped ? 4 : 1;
    }
    return n;
}

static struct span take_word(struct span *line)
{
    size_t n = span_find(*line, '\t');
    struct span word = span_first(*line, n);
    *line = span_skip(*line, n + (n < line->len));
    return word;
}

static void add_line(struct zone *z, struct span line)
{
    int kind = find_kind(take_word(&line));
    struct span name = take_word(&line);
    size_t room = name.len + line.len + 17;
    char *at = malloc(room), address[64];

    assert(kind >= 0 && at);
    memcpy(at, name.at, name.len);
    char *value = at + name.len;
    size_t len = line.len;
    if (kind == ASK_A || kind == ASK_AAAA) {
        assert(span_to_string(line, address, sizeof(address)));
        len = kind == ASK_A ? 4 : 16;
        assert(inet_pton(kind == ASK_A ? AF_INET : AF_INET6, address, value) == 1);
    } else {
        memcpy(value, line.at, len);
        len = zone_unescape(value, len);
    }
    z->records = realloc(z->records, (z->count + 1) * sizeof(*z->records));
    assert(z->records);
    z->records[z->count++] =
        (struct zone_record){ kind, span_at(at, name.len), span_at(value, len) };
}

void zone_add(struct zone *z, const char *lines)
{
    struct span rest = span_of(lines);
    while (rest.len > 0) {
        size_t n = span_find(rest, '\n');
        if (n > 0)
            add_line(z, span_first(rest, n));
        rest = span_skip(rest, n + (n < rest.len));
    }
}

void zone_clear(struct zone *z)
{
    for (size_t i = 0; i < z->count; i++)
        free((char *)(uintptr_t)z->records[i].name.at);
    free(z->records);
    *z = (struct zone){ 0 };
}

static const struct zone_record *find_alias(const struct zone *z, struct span name)
{
    for (size_t i = 0; i < z->count; i++)
        if (z->records[i].kind == CNAME && span_is_nocase(z->records[i].name, name))
            return &z->records[i];
    return NULL;
}

static void gather(const struct zone *z, int kind, struct span name,
                   struct ask_answer *answer_r)
{
    bool fails = false, known = false;

    for (size_t i = 0; i < z->count; i++) {
        const struct zone_record *r = &z->records[i];
        if (!span_is_nocase(r->name, name))
            continue;
        known = true;
        fails |= r->kind == FAIL;
        if (r->kind == kind && answer_r->count < ANSWER_MAX)
            answer_r->rows[answer_r->count++] = r->value;
    }
    answer_r->outcome = answer_r->count > 0 ? ASK_FOUND
                        : fails             ? ASK_FAILED
                        : known             ? ASK_NO_DATA
                                            : ASK_NO_NAME;
}

void zone_ask(void *zone, enum ask_kind kind, struct span name, struct arena *arena,
              struct ask_answer *answer_r)
{
    struct zone *z = zone;
    const struct zone_record *alias;

    z->asked++;
    *answer_r = (struct ask_answer){ .outcome = ASK_FAILED };
    answer_r->rows = arena_alloc(arena, ANSWER_MAX * sizeof(struct span));
    if (!answer_r->rows)
        return;
    for (int i = 0; i < CHAIN_MAX && (alias = find_alias(z, name)); i++)
        name = alias->value;
    gather(z, (int)kind, name, answer_r);
}
