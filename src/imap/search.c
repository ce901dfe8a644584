/*
 * RFC 9051 §6.4.4: SEARCH; RFC 4731: its RETURN.  Which messages fit is search_match.c's.
 */
#include "imap/grammar.h"
#include "imap/search_match.h"
#include "imap/message.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PIECE = 32 << 10 };

enum result { RETURN_MIN = 1, RETURN_MAX = 2, RETURN_ALL = 4, RETURN_COUNT = 8 };

struct searching {
    struct imap *s;
    bool uids;
    unsigned results; /* 0: RFC 3501's response */
    struct search_match match;
    uint32_t *found; /* uids or numbers, as they grow */
    size_t count;
    int error;
};

/* ---- what is asked for */

/* search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP ...)] ")" */
static bool take_results(struct span *rest, unsigned *results_r)
{
    static const char *const names[] = { "MIN", "MAX", "ALL", "COUNT" };

    if (!imap_take_word(rest, SPAN("RETURN")))
        return true;
    if (!imap_take_sp(rest) || !span_take(rest, SPAN("(")))
        return false;
    while (!span_take(rest, SPAN(")"))) {
        unsigned i = 0;
        while (i < 4 && !imap_take_word(rest, span_of(names[i])))
            i++;
        if (i == 4)
            return false;
        *results_r |= 1u << i;
        imap_take_sp(rest);
    }
    if (*results_r == 0)
        *results_r = RETURN_ALL;
    return imap_take_sp(rest);
}

enum charset { CHARSET_GOOD, CHARSET_UNKNOWN, CHARSET_MALFORMED };

/* "CHARSET" SP charset SP: what is searched for is UTF-8, whatever it is called. */
static enum charset take_charset(struct imap *s, struct span *rest)
{
    struct span name;

    if (!imap_take_word(rest, SPAN("CHARSET")))
        return CHARSET_GOOD;
    if (!imap_take_sp(rest) || !imap_take_astring(rest, s->arena, &name) ||
        !imap_take_sp(rest))
        return CHARSET_MALFORMED;
    return span_is_nocase(name, SPAN("UTF-8")) || span_is_nocase(name, SPAN("US-ASCII"))
               ? CHARSET_GOOD
               : CHARSET_UNKNOWN;
}

/* ---- looking */

static void search_batch(struct searching *f, size_t from, size_t count)
{
    size_t indexes[RECORDS_A_MESSAGE];
    struct imap_records records = { 0 };

    for (size_t i = 0; i < count; i++)
        indexes[i] = from + i;
    if (f->match.needs_record)
        f->error = imap_records_ask(f->s, indexes, count, &records);
    for (size_t i = 0; i < count && !f->error; i++) {
        struct span record = f->match.needs_record ? records.records[i] : SPAN("");
        bool fits = false;
        f->error = search_match(&f->match, from + i, record, &fits);
        if (fits)
            f->found[f->count++] = f->uids ? f->s->mailbox.messages[from + i].row.uid
                                           : (uint32_t)(from + i + 1);
    }
    imap_records_close(&records);
}

static void search_all(struct searching *f)
{
    size_t count = f->s->mailbox.count;

    f->found = calloc(count + 1, sizeof(*f->found));
    if (!f->found)
        return;
    for (size_t i = 0; i < count && !f->error && !wire_error(f->s->wire);) {
        size_t some = count - i < RECORDS_A_MESSAGE ? count - i : RECORDS_A_MESSAGE;
        search_batch(f, i, some);
        i += some;
    }
}

/* ---- telling */

static void leave_when_large(struct imap *s, struct buf *b)
{
    if (b->len < PIECE)
        return;
    wire_put(s->wire, buf_span(b));
    buf_clear(b);
}

static void say_found(struct searching *f)
{
    struct buf b = { .max = 2 * PIECE };

    buf_put(&b, SPAN("* SEARCH"));
    for (size_t i = 0; i < f->count; i++) {
        buf_printf(&b, " %" PRIu32, f->found[i]);
        leave_when_large(f->s, &b);
    }
    imap_put_line(f->s, &b);
    buf_free(&b);
}

static void put_all(struct searching *f, struct buf *b)
{
    struct sequence_writer w = { .to = b };

    buf_put(b, SPAN(" ALL "));
    for (size_t i = 0; i < f->count; i++) {
        sequence_put(&w, f->found[i]);
        leave_when_large(f->s, b);
    }
    sequence_put_end(&w);
}

/* RFC 4731 §3.1, RFC 9051 §7.3.4 */
static void say_results(struct searching *f)
{
    struct buf b = { .max = 2 * PIECE };

    buf_put(&b, SPAN("* ESEARCH (TAG "));
    imap_put_string(&b, f->s->tag, false);
    buf_printf(&b, ")%s", f->uids ? " UID" : "");
    if (f->count > 0 && (f->results & RETURN_MIN))
        buf_printf(&b, " MIN %" PRIu32, f->found[0]);
    if (f->count > 0 && (f->results & RETURN_MAX))
        buf_printf(&b, " MAX %" PRIu32, f->found[f->count - 1]);
    if (f->results & RETURN_COUNT)
        buf_printf(&b, " COUNT %zu", f->count);
    if (f->count > 0 && (f->results & RETURN_ALL))
        put_all(f, &b);
    imap_put_line(f->s, &b);
    buf_free(&b);
}

static void end(struct searching *f)
{
    if (f->error || !f->found) {
        imap_reply_error(f->s, f->error);
        return;
    }
    if (f->results)
        say_results(f);
    else
        say_found(f);
    wire_note(f->s->wire, "%zu messages fit", f->count);
    if (f->uids)
        imap_noop(f->s, NULL); /* §7.5.1: numbers may change here */
    else
        imap_reply(f->s, "OK done");
}

static void search(struct imap *s, struct span rest, bool uids)
{
    struct searching f = { .s = s, .uids = uids };
    enum charset charset = CHARSET_MALFORMED;

    if (take_results(&rest, &f.results))
        charset = take_charset(s, &rest);
    if (charset == CHARSET_UNKNOWN) {
        imap_reply(s, "NO [BADCHARSET (US-ASCII UTF-8)] no such charset");
        return;
    }
    if (charset == CHARSET_MALFORMED || !search_match_open(&f.match, s, &rest) ||
        rest.len > 0) {
        imap_reply_bad(s, "SEARCH has keys");
        return;
    }
    search_all(&f);
    end(&f);
    free(f.found);
}

void imap_search(void *session, const struct arg *args)
{
    search(session, args[0].text, false);
}

void imap_uid_search(void *session, const struct arg *args)
{
    search(session, args[0].text, true);
}
