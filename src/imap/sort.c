/* sort - see sort.h. */
#include "imap/sort.h"

#include "base/fiber.h"
#include "imap/grammar.h"
#include "imap/message.h"
#include "mime/fold.h"

#include <errno.h>
#include <stdlib.h>

/* ---- criteria */

static bool take_criterion(struct span *rest, struct sort_criterion *c)
{
    static const char *const names[] = { "ARRIVAL",     "CC",        "DATE",
                                         "DISPLAYFROM", "DISPLAYTO", "FROM",
                                         "SIZE",        "SUBJECT",   "TO" };

    c->reverse = imap_take_word(rest, SPAN("REVERSE"));
    if (c->reverse && !imap_take_sp(rest))
        return false;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!imap_take_word(rest, span_of(names[i])))
            continue;
        c->kind = (enum sort_kind)i;
        return true;
    }
    return false;
}

bool sort_take(struct span *rest, struct sort *sort_r)
{
    sort_r->count = 0;
    if (!span_take(rest, SPAN("(")))
        return false;
    do {
        if (sort_r->count == IMAP_SORT_CRITERIA_MAX ||
            !take_criterion(rest, &sort_r->criteria[sort_r->count]))
            return false;
        sort_r->count++;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

/* ---- what is compared */

struct value {
    int64_t number;
    struct span text;
};

struct sorting {
    struct imap *s;
    const struct sort *sort;
    struct arena *arena;
    struct value *values; /* sort->count of each message */
    uint32_t *indexes;
    size_t count, compared;
};

/* The first address; false: there is none. */
static bool first_of(const struct record *r, struct record_rows rows,
                     struct record_address *first_r)
{
    if (rows.count == 0)
        return false;
    *first_r = record_address(r, rows.first);
    return true;
}

/* §3: "[IMAP] addr-mailbox of the first address"; a group's is its name. */
static struct span mailbox_of(const struct record *r, struct record_rows rows)
{
    struct record_address a;

    if (!first_of(r, rows, &a))
        return SPAN("");
    return record_text(r, a.kind == RECORD_MAILBOX ? a.local_part : a.name_decoded);
}

/* RFC 5957 §3: the display name, or the address. */
static struct span display_of(const struct record *r, struct record_rows rows,
                              struct out *address)
{
    struct record_address a;

    if (!first_of(r, rows, &a))
        return SPAN("");
    struct span name = record_text(r, a.name_decoded);
    if (name.len > 0 || a.kind != RECORD_MAILBOX)
        return name;
    out_span_put(address, record_text(r, a.local_part));
    out_span_put(address, SPAN("@"));
    out_span_put(address, record_text(r, a.domain));
    return out_span(address);
}

static struct span folded(struct sorting *g, struct span text)
{
    char room[IMAP_SORT_TEXT_MAX];
    struct out o = OUT(room);

    fold(text, &o);
    return arena_copy(g->arena, out_span(&o));
}

static bool is_text(enum sort_kind kind)
{
    return kind != SORT_ARRIVAL && kind != SORT_DATE && kind != SORT_SIZE;
}

static struct span text_of(struct sorting *g, const struct record *r,
                           const struct record_envelope *e, enum sort_kind kind)
{
    char room[2 * IMAP_SORT_TEXT_MAX];
    struct out address = OUT(room);

    switch (kind) {
    case SORT_SUBJECT: /* folded already */
        return e->base_subject.at > 0
                   ? arena_copy(g->arena, record_text(r, e->base_subject))
                   : arena_copy(g->arena, SPAN(""));
    case SORT_CC:
        return folded(g, mailbox_of(r, e->cc));
    case SORT_FROM:
        return folded(g, mailbox_of(r, e->from));
    case SORT_TO:
        return folded(g, mailbox_of(r, e->to));
    case SORT_DISPLAYFROM:
        return folded(g, display_of(r, e->from, &address));
    default:
        return folded(g, display_of(r, e->to, &address));
    }
}

/* §2.2: without a Date that can be read it is the time of arrival. */
static struct value value_of(struct sorting *g, const struct snapshot_row *row,
                             const struct record *r, enum sort_kind kind)
{
    struct record_envelope e = { .zone = INT32_MIN };

    if (r)
        e = record_envelope(r, record_part(r, 0).envelope);
    switch (kind) {
    case SORT_ARRIVAL:
        return (struct value){ .number = row->received };
    case SORT_DATE:
        return (struct value){ .number = e.zone == INT32_MIN ? row->received : e.time };
    case SORT_SIZE:
        return (struct value){ .number = (int64_t)row->size };
    default:
        return (struct value){ .text = r ? text_of(g, r, &e, kind) : SPAN("") };
    }
}

/* A message that is gone meanwhile has no record: it sorts as an empty one. */
static int collect(struct sorting *g, size_t from, size_t count)
{
    struct imap_records records = { 0 };
    size_t indexes[RECORDS_A_MESSAGE];

    for (size_t i = 0; i < count; i++)
        indexes[i] = g->indexes[from + i];
    int error = imap_records_ask(g->s, indexes, count, &records);
    for (size_t i = 0; i < count && !error; i++) {
        const struct snapshot_row *row = &g->s->mailbox.messages[indexes[i]].row;
        struct value *values = &g->values[(from + i) * g->sort->count];
        struct record r;
        bool there = records.records[i].len > 0;
        if (there)
            record_open(records.records[i], &r);
        for (size_t k = 0; k < g->sort->count; k++) {
            values[k] = value_of(g, row, there ? &r : NULL, g->sort->criteria[k].kind);
            if (there && is_text(g->sort->criteria[k].kind) && !values[k].text.at)
                error = -ENOMEM;
        }
    }
    imap_records_close(&records);
    return error;
}

/* ---- order */

static int by_value(const struct value *a, const struct value *b)
{
    size_t least = a->text.len < b->text.len ? a->text.len : b->text.len;
    int order = (a->number > b->number) - (a->number < b->number);

    if (order == 0 && least > 0)
        order = memcmp(a->text.at, b->text.at, least);
    if (order == 0)
        order = (a->text.len > b->text.len) - (a->text.len < b->text.len);
    return order;
}

/* Places in `values` are those of the messages by number, which decide at last. */
static bool is_before(const struct sorting *g, uint32_t a, uint32_t b)
{
    const struct value *x = &g->values[a * g->sort->count];
    const struct value *y = &g->values[b * g->sort->count];

    for (size_t k = 0; k < g->sort->count; k++) {
        int order = by_value(&x[k], &y[k]);
        if (order != 0)
            return (order < 0) != g->sort->criteria[k].reverse;
    }
    return a < b;
}

/* False: nobody waits for it any more. */
static bool count_comparison(struct sorting *g)
{
    if (++g->compared % IMAP_SORT_SLICE != 0)
        return true;
    return fiber_sleep(1) == 0 && !wire_error(g->s->wire);
}

/* [from, middle) and [middle, to), each in order, become one. */
static bool merge(struct sorting *g, const uint32_t *in, uint32_t *out, size_t from,
                  size_t middle, size_t to)
{
    size_t a = from, b = middle;

    for (size_t i = from; i < to; i++) {
        if (!count_comparison(g))
            return false;
        bool first = a < middle && (b >= to || !is_before(g, in[b], in[a]));
        out[i] = first ? in[a++] : in[b++];
    }
    return true;
}

/* From runs of one on, each twice as long as the last.  The result is in *in_r. */
static bool merge_all(struct sorting *g, uint32_t **in_r, uint32_t **out_r)
{
    for (size_t run = 1; run < g->count; run *= 2) {
        for (size_t from = 0; from < g->count; from += 2 * run) {
            size_t middle = from + run < g->count ? from + run : g->count;
            size_t to = middle + run < g->count ? middle + run : g->count;
            if (!merge(g, *in_r, *out_r, from, middle, to))
                return false;
        }
        uint32_t *in = *in_r;
        *in_r = *out_r;
        *out_r = in;
    }
    return true;
}

static int order(struct sorting *g)
{
    uint32_t *places = calloc(g->count, sizeof(*places));
    uint32_t *others = calloc(g->count, sizeof(*others));
    int error = places && others ? 0 : -ENOMEM;

    for (size_t i = 0; i < g->count && !error; i++)
        places[i] = (uint32_t)i;
    if (!error && !merge_all(g, &places, &others))
        error = -ECANCELED;
    for (size_t i = 0; i < g->count && !error; i++)
        others[i] = g->indexes[places[i]];
    if (!error)
        memcpy(g->indexes, others, g->count * sizeof(*others));
    free(places);
    free(others);
    return error;
}

int sort_indexes(struct imap *s, const struct sort *sort, uint32_t *indexes,
                 size_t count)
{
    struct sorting g = { .s = s, .sort = sort, .indexes = indexes, .count = count };
    int error = 0;

    if (count < 2)
        return 0;
    g.arena = arena_open(IMAP_SORT_MAX);
    if (count <= IMAP_SORT_MAX / sizeof(*g.values) / sort->count)
        g.values = calloc(count * sort->count, sizeof(*g.values));
    if (!g.arena || !g.values)
        error = -ENOMEM;
    for (size_t i = 0; i < count && !error; i += RECORDS_A_MESSAGE) {
        size_t some = count - i < RECORDS_A_MESSAGE ? count - i : RECORDS_A_MESSAGE;
        error = wire_error(s->wire) ? -ECANCELED : collect(&g, i, some);
    }
    if (!error)
        error = order(&g);
    free(g.values);
    arena_close(&g.arena);
    return error;
}
