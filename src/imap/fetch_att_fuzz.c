/*
 * fetch_att_fuzz - what is taken for attributes stands in the response under a name that
 * is read as the same attribute.
 */
#include "imap/fetch_att.h"

#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void check_again(const struct fetch_att *a, struct arena *arena)
{
    struct span label = a->label;
    struct fetch_atts again;

    assert(label.len > 0);
    if (a->partial) /* its name has no count */
        label.len =
            span_find(label, '<') < label.len ? span_find(label, '<') : label.len;
    assert(fetch_atts_take(&label, arena, &again) || a->partial);
    assert(again.count != 1 ||
           (again.atts[0].kind == a->kind && again.atts[0].depth == a->depth &&
            again.atts[0].field_count == a->field_count) ||
           a->partial);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct arena *arena = arena_open(1 << 24);
    struct span rest = span_at(octets, len < IMAP_LINE_MAX ? len : IMAP_LINE_MAX);
    struct fetch_atts atts;

    if (fetch_atts_take(&rest, arena, &atts)) {
        assert(atts.count > 0 && atts.count <= IMAP_FETCH_ATTS_MAX);
        for (size_t i = 0; i < atts.count; i++)
            check_again(&atts.atts[i], arena);
    }
    arena_close(&arena);
    return 0;
}
