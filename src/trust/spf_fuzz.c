/*
 * spf_fuzz - a zone of the fuzzer's own, one record a line, and a check over it: bounded
 * questions (D04), an answer, an explanation of nothing but text.
 */
#include "trust/spf.h"

#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

enum { ROWS_MAX = 12 };

struct lines {
    struct span text;
    unsigned asked;
};

/* The first octet of a name's question says where in the text its answer begins; TXT
 * records are lines, and so are names; addresses are what stands there. */
static void answer(void *arg, enum ask_kind kind, struct span name, struct arena *arena,
                   struct ask_answer *answer_r)
{
    struct lines *l = arg;
    struct span rest = l->text;
    size_t skip = name.len % 5, width = kind == ASK_A ? 4 : 16;

    assert(name.len <= 253);
    l->asked++;
    answer_r->outcome = ASK_NO_NAME;
    answer_r->rows = arena_alloc(arena, ROWS_MAX * sizeof(struct span));
    if (!answer_r->rows)
        return;
    while (rest.len > 0 && answer_r->count < ROWS_MAX) {
        size_t n = span_find(rest, '\n');
        struct span line = span_first(rest, n);
        rest = span_skip(rest, n + (n < rest.len));
        if (skip > 0 && skip--)
            continue;
        if ((kind == ASK_A || kind == ASK_AAAA) && line.len < width)
            break;
        if (kind == ASK_A || kind == ASK_AAAA)
            line.len = width;
        answer_r->rows[answer_r->count++] = line;
        if (kind == ASK_TXT)
            break;
    }
    if (answer_r->count > 0)
        answer_r->outcome = ASK_FOUND;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct lines lines = { .text = span_at(octets, len) };
    struct ask ask = { answer, &lines, arena_open(8 << 20) };
    struct spf_client client = { .helo = SPAN("mail.crepes.fr"),
                                 .local_part = SPAN("al-ice+x"),
                                 .domain = SPAN("crepes.fr"),
                                 .receiver = SPAN("hamburger.edu"),
                                 .v6 = len % 2 };
    struct spf_answer found;

    if (!ask.arena)
        return 0;
    client.address[0] = client.address[15] = (uint8_t)(len > 0 ? octets[0] : 0);
    spf_check(&client, &ask, &found);
    assert(found.lookups <= SPF_LOOKUPS_MAX + 1);
    assert(lines.asked <= (SPF_LOOKUPS_MAX + 1) * (SPF_NAMES_MAX + 2) * 2);
    for (size_t i = 0; i < found.explanation.len; i++)
        assert(found.explanation.at[i] >= 0x20 && found.explanation.at[i] < 0x7f);
    arena_close(&ask.arena);
    return 0;
}
