/*
 * RFC 9051 §6.4.4: SEARCH; RFC 4731 and RFC 9394: its RETURN, and §6.4.4.1 (RFC 5182): SAVE.  Which
 * messages fit is search_match.c's.
 */
#include "imap/changes.h"
#include "imap/grammar.h"
#include "imap/partial_range.h"
#include "imap/search_match.h"
#include "imap/sort.h"
#include "imap/message.h"
#include "imap/thread.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PIECE = 32 << 10 };

enum result {
    RETURN_MIN = 1,
    RETURN_MAX = 2,
    RETURN_ALL = 4,
    RETURN_COUNT = 8,
    RETURN_SAVE = 16,
    RETURN_PARTIAL = 32,
};

struct searching {
    struct imap *s;
    bool uids;
    unsigned results; /* 0: RFC 3501's response */
    struct partial_range partial;
    struct sort *sort; /* SORT: what is found is told in that order; or NULL */
    bool threads;      /* THREAD: what is found is told in threads */
    enum threading_algorithm algorithm;
    struct search_match match;
    uint32_t *found; /* indexes, as they grow */
    size_t count;
    int error;
};

/* ---- what is asked for */

static bool take_result(struct span *rest, struct searching *f)
{
    static const char *const names[] = { "MIN", "MAX", "ALL", "COUNT", "SAVE" };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!imap_take_word(rest, span_of(names[i])))
            continue;
        f->results |= 1u << i;
        return true;
    }
    if ((f->results & RETURN_PARTIAL) || !imap_take_word(rest, SPAN("PARTIAL")))
        return false;
    f->results |= RETURN_PARTIAL;
    return imap_take_sp(rest) && imap_take_partial_range(rest, &f->partial);
}

/* search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP ...)] ")"
 * RFC 9394 §3.1: not both ALL and PARTIAL. */
static bool take_results(struct span *rest, struct searching *f)
{
    if (!imap_take_word(rest, SPAN("RETURN")))
        return true;
    if (!imap_take_sp(rest) || !span_take(rest, SPAN("(")))
        return false;
    while (!span_take(rest, SPAN(")"))) {
        if (!take_result(rest, f))
            return false;
        imap_take_sp(rest);
    }
    if (f->results == 0)
        f->results = RETURN_ALL;
    bool both = (f->results & RETURN_ALL) && (f->results & RETURN_PARTIAL);
    return !both && imap_take_sp(rest);
}

enum charset { CHARSET_GOOD, CHARSET_UNKNOWN, CHARSET_MALFORMED };

/* "CHARSET" SP charset SP: what is searched for is UTF-8, whatever it is called.  Of SORT and THREAD
 * (RFC 5256 §3) it is the charset alone, and always there. */
static enum charset take_charset(struct imap *s, struct span *rest, bool bare)
{
    struct span name;

    if (!bare && !imap_take_word(rest, SPAN("CHARSET")))
        return CHARSET_GOOD;
    if ((!bare && !imap_take_sp(rest)) || !imap_take_astring(rest, s->arena, &name) ||
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
            f->found[f->count++] = (uint32_t)(from + i);
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

static uint32_t number_of(const struct searching *f, size_t at)
{
    uint32_t index = f->found[at];
    return f->uids ? f->s->mailbox.messages[index].row.uid : index + 1;
}

static void leave_when_large(struct imap *s, struct buf *b)
{
    if (b->len < PIECE)
        return;
    wire_put(s->wire, buf_span(b));
    buf_clear(b);
}

/* RFC 7162 §3.1.6, §3.1.10 (RFC 4731 §3.2): the greatest of what is told; of MIN and MAX
 * alone, of these. */
static uint64_t modseq_of(const struct searching *f)
{
    const unsigned ends = RETURN_MIN | RETURN_MAX;
    bool all = !(f->results & ends) || (f->results & ~(ends | RETURN_SAVE));
    uint64_t modseq = 0;

    for (size_t i = 0; i < f->count; i++) {
        bool told = all || (i == 0 && (f->results & RETURN_MIN)) ||
                    (i == f->count - 1 && (f->results & RETURN_MAX));
        uint64_t its = f->s->mailbox.messages[f->found[i]].row.modseq;
        if (told && its > modseq)
            modseq = its;
    }
    return modseq;
}

static bool tells_modseq(const struct searching *f)
{
    return f->match.needs_modseqs && f->count > 0;
}

static void say_found(struct searching *f)
{
    struct buf b = { .max = 2 * PIECE };

    buf_printf(&b, "* %s", f->sort ? "SORT" : "SEARCH");
    for (size_t i = 0; i < f->count; i++) {
        buf_printf(&b, " %" PRIu32, number_of(f, i));
        leave_when_large(f->s, &b);
    }
    if (tells_modseq(f))
        buf_printf(&b, " (MODSEQ %" PRIu64 ")", modseq_of(f));
    imap_put_line(f->s, &b);
    buf_free(&b);
}

static void put_numbers(struct searching *f, struct buf *b, size_t from, size_t count)
{
    struct sequence_writer w = { .to = b };

    for (size_t i = from; i < from + count; i++) {
        sequence_put(&w, number_of(f, i));
        leave_when_large(f->s, b);
    }
    sequence_put_end(&w);
}

/* ret-data-partial = "PARTIAL" SP "(" partial-range SP partial-results ")" */
static void put_partial(struct searching *f, struct buf *b)
{
    size_t from, count = partial_range_of(&f->partial, f->count, &from);

    buf_printf(b, " PARTIAL (%.*s ", SPAN_ARG(f->partial.said));
    if (count > 0)
        put_numbers(f, b, from, count);
    else
        buf_put(b, SPAN("NIL"));
    buf_put(b, SPAN(")"));
}

/* RFC 4731 §3.1, RFC 9051 §7.3.4 */
static void say_results(struct searching *f)
{
    struct buf b = { .max = 2 * PIECE };

    buf_put(&b, SPAN("* ESEARCH (TAG "));
    imap_put_string(&b, f->s->tag, false);
    buf_printf(&b, ")%s", f->uids ? " UID" : "");
    if (f->count > 0 && (f->results & RETURN_MIN))
        buf_printf(&b, " MIN %" PRIu32, number_of(f, 0));
    if (f->count > 0 && (f->results & RETURN_MAX))
        buf_printf(&b, " MAX %" PRIu32, number_of(f, f->count - 1));
    if (f->results & RETURN_COUNT)
        buf_printf(&b, " COUNT %zu", f->count);
    if (f->count > 0 && (f->results & RETURN_ALL)) {
        buf_put(&b, SPAN(" ALL "));
        put_numbers(f, &b, 0, f->count);
    }
    if (f->results & RETURN_PARTIAL)
        put_partial(f, &b);
    if (tells_modseq(f))
        buf_printf(&b, " MODSEQ %" PRIu64, modseq_of(f));
    imap_put_line(f->s, &b);
    buf_free(&b);
}

/* ---- saving */

/* §6.4.4.1: what MIN, MAX and PARTIAL told of, where nothing asked for all. */
static void keep_told(struct searching *f)
{
    size_t from = 0, count = 0, kept = 0, all = f->count;

    if (f->results & RETURN_PARTIAL)
        count = partial_range_of(&f->partial, all, &from);
    for (size_t i = 0; i < all; i++) {
        bool told = (i >= from && i - from < count) ||
                    (i == 0 && (f->results & RETURN_MIN)) ||
                    (i == all - 1 && (f->results & RETURN_MAX));
        if (told)
            f->found[kept++] = f->found[i];
    }
    f->count = kept;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void save(struct searching *f)
{
    const unsigned some = RETURN_MIN | RETURN_MAX | RETURN_PARTIAL;

    if ((f->results & some) && !(f->results & (RETURN_ALL | RETURN_COUNT)))
        keep_told(f);
    if (f->sort && f->count > 1)
        qsort(f->found, f->count, sizeof(*f->found), by_number);
    if (!imap_save(f->s, f->found, f->count))
        f->error = -ENOMEM;
}

static void tell(struct searching *f)
{
    if (f->threads) {
        f->error = thread_indexes(f->s, f->algorithm, f->found, f->count, f->uids);
        return;
    }
    if (f->results == 0 && f->s->rev2 && !f->sort) /* RFC 9051 §6.4.4 */
        f->results = RETURN_ALL;
    if (f->results == 0)
        say_found(f);
    else if (f->results != RETURN_SAVE)
        say_results(f);
}

/* "If the SEARCH fails, the saved result is empty." */
static void end(struct searching *f)
{
    if (!f->error && f->found)
        tell(f);
    if (!f->error && f->found && (f->results & RETURN_SAVE))
        save(f);
    if (f->error || !f->found) {
        if (f->results & RETURN_SAVE)
            imap_forget_saved(f->s);
        imap_reply_error(f->s, f->error);
        return;
    }
    wire_note(f->s->wire, "%zu messages fit", f->count);
    if (f->uids)
        imap_noop(f->s, NULL); /* §7.5.1: numbers may change here */
    else
        imap_reply(f->s, "OK done");
}

/* A SEARCH that was to save, and fails, has saved nothing. */
static bool refuse(struct searching *f, const char *why)
{
    if (f->results & RETURN_SAVE)
        imap_forget_saved(f->s);
    imap_reply(f->s, "NO %s", why);
    return false;
}

static bool take_order(struct span *rest, struct searching *f)
{
    if (f->threads)
        return thread_take_algorithm(rest, &f->algorithm) && imap_take_sp(rest);
    return !f->sort || (sort_take(rest, f->sort) && imap_take_sp(rest));
}

/* False: it is none, and has been answered. */
static bool read_program(struct searching *f, struct span rest)
{
    enum charset charset = CHARSET_MALFORMED;
    enum search_opened opened = SEARCH_NO_KEYS;

    if ((f->threads || take_results(&rest, f)) && take_order(&rest, f))
        charset = take_charset(f->s, &rest, f->threads || f->sort);
    if (charset == CHARSET_UNKNOWN)
        return refuse(f, "[BADCHARSET (US-ASCII UTF-8)] no such charset");
    if (charset == CHARSET_GOOD)
        opened = search_match_open(&f->match, f->s, &rest);
    if (opened == SEARCH_NO_KEYS || rest.len > 0) {
        imap_reply_bad(f->s,
                       f->match.uses_numbers ? imap_uid_required : "SEARCH has keys");
        return false;
    }
    if (opened == SEARCH_TOO_MANY_TEXTS)
        return refuse(f, "[LIMIT] too many texts to look for in bodies");
    return true;
}

static void run(struct searching *f, struct span rest)
{
    if (!read_program(f, rest))
        return;
    if (f->match.needs_modseqs)
        f->error = condstore_enable(f->s);
    if (!f->error)
        f->error = search_texts_find(&f->match);
    if (!f->error)
        search_all(f);
    if (!f->error && f->found && f->sort)
        f->error = sort_indexes(f->s, f->sort, f->found, f->count);
    end(f);
    search_texts_close(&f->match);
    free(f->found);
}

static void search(struct imap *s, struct span rest, bool uids, struct sort *sort)
{
    run(&(struct searching){ .s = s, .uids = uids, .sort = sort }, rest);
}

void imap_search(void *session, const struct arg *args)
{
    search(session, args[0].text, false, NULL);
}

void imap_uid_search(void *session, const struct arg *args)
{
    search(session, args[0].text, true, NULL);
}

/* RFC 5256 §3, RFC 5267 §3 */
void imap_sort(void *session, const struct arg *args)
{
    search(session, args[0].text, false, &(struct sort){ 0 });
}

void imap_uid_sort(void *session, const struct arg *args)
{
    search(session, args[0].text, true, &(struct sort){ 0 });
}

/* RFC 5256 §3 */
void imap_thread(void *session, const struct arg *args)
{
    run(&(struct searching){ .s = session, .threads = true }, args[0].text);
}

void imap_uid_thread(void *session, const struct arg *args)
{
    run(&(struct searching){ .s = session, .threads = true, .uids = true },
        args[0].text);
}
