/* fetch_att - see fetch_att.h. */
#include "imap/fetch_att.h"

#include "config/limits.h"
#include "imap/grammar.h"

#include <inttypes.h>

/* ---- sections */

/* *("." nz-number) and the first; the dot behind the last number stays where a word
 * follows it. */
static bool take_path(struct span *rest, struct arena *arena, struct fetch_att *a)
{
    uint32_t path[MIME_DEPTH_MAX + 1];
    struct span at = *rest;

    while (a->depth <= MIME_DEPTH_MAX && imap_take_nz_number(&at, &path[a->depth])) {
        a->depth++;
        *rest = at;
        if (!span_take(&at, SPAN(".")))
            break;
    }
    if (a->depth > MIME_DEPTH_MAX)
        return false;
    a->path = arena_alloc(arena, (a->depth + 1) * sizeof(*a->path));
    if (a->path && a->depth > 0)
        memcpy(a->path, path, a->depth * sizeof(*path));
    return a->path != NULL;
}

/* header-list = "(" header-fld-name *(SP header-fld-name) ")" */
static bool take_fields(struct span *rest, struct arena *arena, struct fetch_att *a)
{
    if (!imap_take_sp(rest) || !span_take(rest, SPAN("(")))
        return false;
    size_t room = 1;
    for (size_t i = 0; i < rest->len && rest->at[i] != ')'; i++)
        room += rest->at[i] == ' ';
    if (room > IMAP_FIELDS_MAX)
        return false;
    a->fields = arena_alloc(arena, room * sizeof(*a->fields));
    do {
        if (!a->fields || a->field_count == room ||
            !imap_take_astring(rest, arena, &a->fields[a->field_count]))
            return false;
        a->field_count++;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

/* section-msgtext, and "MIME" behind a part's number. */
static bool take_text(struct span *rest, struct arena *arena, struct fetch_att *a)
{
    if (imap_take_word(rest, SPAN("HEADER.FIELDS.NOT"))) {
        a->text = SECTION_FIELDS_NOT;
        return take_fields(rest, arena, a);
    }
    if (imap_take_word(rest, SPAN("HEADER.FIELDS"))) {
        a->text = SECTION_FIELDS;
        return take_fields(rest, arena, a);
    }
    if (imap_take_word(rest, SPAN("HEADER")))
        a->text = SECTION_HEADER;
    else if (imap_take_word(rest, SPAN("TEXT")))
        a->text = SECTION_TEXT;
    else if (a->depth > 0 && imap_take_word(rest, SPAN("MIME")))
        a->text = SECTION_MIME;
    else
        return false;
    return true;
}

/* section-spec = section-msgtext / (section-part ["." section-text]) */
static bool take_section(struct span *rest, struct arena *arena, struct fetch_att *a)
{
    if (!span_take(rest, SPAN("[")) || !take_path(rest, arena, a))
        return false;
    if (span_take(rest, SPAN("]")))
        return true;
    bool whole =
        a->kind == FETCH_SECTION && (a->depth == 0 || span_take(rest, SPAN(".")));
    return whole && take_text(rest, arena, a) && span_take(rest, SPAN("]"));
}

/* partial = "<" number64 "." nz-number64 ">" */
static bool take_partial(struct span *rest, struct fetch_att *a)
{
    if (!span_take(rest, SPAN("<")))
        return true;
    a->partial = true;
    return imap_take_number(rest, &a->from) && span_take(rest, SPAN(".")) &&
           imap_take_number(rest, &a->count) && a->count > 0 &&
           span_take(rest, SPAN(">"));
}

/* ---- what the response calls it */

static int put_fields(struct buf *b, const struct fetch_att *a)
{
    int error = buf_put(b, SPAN(" ("));

    for (size_t i = 0; !error && i < a->field_count; i++) {
        error = i > 0 ? buf_put(b, SPAN(" ")) : 0;
        if (!error)
            error = imap_put_astring(b, a->fields[i], false);
    }
    return error ? error : buf_put(b, SPAN(")"));
}

static int put_section(struct buf *b, const struct fetch_att *a)
{
    static const char *const names[] = {
        [SECTION_WHOLE] = "",
        [SECTION_HEADER] = "HEADER",
        [SECTION_FIELDS] = "HEADER.FIELDS",
        [SECTION_FIELDS_NOT] = "HEADER.FIELDS.NOT",
        [SECTION_TEXT] = "TEXT",
        [SECTION_MIME] = "MIME",
    };
    int error = 0;

    for (size_t i = 0; !error && i < a->depth; i++)
        error = buf_printf(b, "%s%" PRIu32, i > 0 ? "." : "", a->path[i]);
    if (!error && a->text != SECTION_WHOLE)
        error = buf_printf(b, "%s%s", a->depth > 0 ? "." : "", names[a->text]);
    if (!error && (a->text == SECTION_FIELDS || a->text == SECTION_FIELDS_NOT))
        error = put_fields(b, a);
    return error;
}

static bool make_label(struct arena *arena, struct fetch_att *a)
{
    static const char *const names[] = {
        [FETCH_SECTION] = "BODY",
        [FETCH_BINARY] = "BINARY",
        [FETCH_BINARY_SIZE] = "BINARY.SIZE",
    };
    struct buf b = { .max = IMAP_COMMAND_MAX };
    int error = buf_printf(&b, "%s[", names[a->kind]);

    if (!error)
        error = put_section(&b, a);
    if (!error)
        error = buf_put(&b, SPAN("]"));
    if (!error && a->partial)
        error = buf_printf(&b, "<%" PRIu64 ">", a->from);
    if (!error)
        a->label = arena_copy(arena, buf_span(&b));
    buf_free(&b);
    return !error && a->label.at;
}

/* ---- attributes */

/* The name up to "[", which stays; false: it is none of these. */
static bool take_name(struct span *rest, struct fetch_att *a)
{
    static const struct {
        const char *name;
        enum fetch_kind kind;
        bool peek;
    } names[] = {
        { "BODY.PEEK[", FETCH_SECTION, true },
        { "BODY[", FETCH_SECTION, false },
        { "BINARY.PEEK[", FETCH_BINARY, true },
        { "BINARY.SIZE[", FETCH_BINARY_SIZE, true },
        { "BINARY[", FETCH_BINARY, false },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!span_starts_nocase(*rest, span_of(names[i].name)))
            continue;
        *rest = span_skip(*rest, strlen(names[i].name) - 1);
        *a = (struct fetch_att){ .kind = names[i].kind, .peek = names[i].peek };
        return true;
    }
    return false;
}

static bool take_body(struct span *rest, struct arena *arena, struct fetch_att *a)
{
    return take_section(rest, arena, a) &&
           (a->kind == FETCH_BINARY_SIZE || take_partial(rest, a)) &&
           make_label(arena, a);
}

/* RFC 8970 §3.1: PREVIEW, or PREVIEW (LAZY). */
static bool take_preview_modifiers(struct span *rest)
{
    struct span at = *rest;

    if (span_take(&at, SPAN(" (")) && imap_take_word(&at, SPAN("LAZY"))) {
        if (!span_take(&at, SPAN(")")))
            return false;
        *rest = at;
    }
    return true;
}

static bool take_att(struct span *rest, struct arena *arena, struct fetch_att *a)
{
    static const struct {
        const char *name;
        struct fetch_att att;
    } names[] = {
        { "UID", { .kind = FETCH_UID } },
        { "FLAGS", { .kind = FETCH_FLAGS } },
        { "INTERNALDATE", { .kind = FETCH_INTERNALDATE } },
        { "RFC822.SIZE", { .kind = FETCH_SIZE } },
        { "MODSEQ", { .kind = FETCH_MODSEQ } },
        { "EMAILID", { .kind = FETCH_EMAILID } },
        { "THREADID", { .kind = FETCH_THREADID } },
        { "SAVEDATE", { .kind = FETCH_SAVEDATE } },
        { "ENVELOPE", { .kind = FETCH_ENVELOPE } },
        { "BODY", { .kind = FETCH_BODY } },
        { "BODYSTRUCTURE", { .kind = FETCH_BODYSTRUCTURE } },
        { "PREVIEW", { .kind = FETCH_PREVIEW } },
        { "RFC822.HEADER",
          { .kind = FETCH_SECTION, .text = SECTION_HEADER, .peek = true } },
        { "RFC822.TEXT", { .kind = FETCH_SECTION, .text = SECTION_TEXT } },
        { "RFC822", { .kind = FETCH_SECTION, .text = SECTION_WHOLE } },
    };

    if (take_name(rest, a))
        return take_body(rest, arena, a);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!imap_take_word(rest, span_of(names[i].name)))
            continue;
        *a = names[i].att;
        a->label = span_of(names[i].name);
        return a->kind != FETCH_PREVIEW || take_preview_modifiers(rest);
    }
    return false;
}

/* "ALL", "FAST", "FULL": not within a list. */
static bool take_macro(struct span *rest, struct arena *arena,
                       struct fetch_atts *atts_r)
{
    static const enum fetch_kind kinds[] = { FETCH_FLAGS, FETCH_INTERNALDATE,
                                             FETCH_SIZE, FETCH_ENVELOPE, FETCH_BODY };
    static const char *const names[] = { "FLAGS", "INTERNALDATE", "RFC822.SIZE",
                                         "ENVELOPE", "BODY" };
    size_t count = imap_take_word(rest, SPAN("FAST"))   ? 3
                   : imap_take_word(rest, SPAN("ALL"))  ? 4
                   : imap_take_word(rest, SPAN("FULL")) ? 5
                                                        : 0;

    if (count == 0)
        return false;
    atts_r->atts = arena_alloc(arena, count * sizeof(*atts_r->atts));
    atts_r->count = atts_r->atts ? count : 0;
    for (size_t i = 0; i < atts_r->count; i++)
        atts_r->atts[i] =
            (struct fetch_att){ .kind = kinds[i], .label = span_of(names[i]) };
    return atts_r->count > 0;
}

bool fetch_atts_take(struct span *rest, struct arena *arena, struct fetch_atts *atts_r)
{
    size_t room = 1;

    *atts_r = (struct fetch_atts){ 0 };
    if (take_macro(rest, arena, atts_r))
        return true;
    bool list = span_take(rest, SPAN("("));
    for (size_t i = 0; list && i < rest->len && room < IMAP_FETCH_ATTS_MAX; i++)
        room += rest->at[i] == ' ';
    atts_r->atts = arena_alloc(arena, room * sizeof(*atts_r->atts));
    if (!atts_r->atts)
        return false;
    do {
        if (atts_r->count == room ||
            !take_att(rest, arena, &atts_r->atts[atts_r->count]))
            return false;
        atts_r->count++;
    } while (list && imap_take_sp(rest));
    return !list || span_take(rest, SPAN(")"));
}
