/* thread - see thread.h. */
#include "imap/thread.h"

#include "base/fiber.h"
#include "imap/grammar.h"
#include "imap/message.h"
#include "mime/fold.h"

#include <errno.h>

bool thread_take_algorithm(struct span *rest, enum threading_algorithm *algorithm_r)
{
    *algorithm_r = THREADING_REFERENCES;
    if (imap_take_word(rest, SPAN("REFERENCES")))
        return true;
    *algorithm_r = THREADING_ORDEREDSUBJECT;
    return imap_take_word(rest, SPAN("ORDEREDSUBJECT"));
}

/* False: nobody waits for it any more. */
static bool let_others(void *session)
{
    struct imap *s = session;
    return fiber_sleep(1) == 0 && !wire_error(s->wire);
}

static bool is_reply(const struct record *r, const struct record_envelope *e)
{
    char room[IMAP_SORT_TEXT_MAX];
    struct out base = OUT(room);

    return e->thread != 0 && base_subject(record_text(r, e->subject_decoded), &base);
}

/* §2.2: without a Date that can be read it is the time of arrival.  A message that is gone
 * meanwhile has no record. */
static int add_message(struct threading *t, uint32_t number,
                       const struct snapshot_row *row, struct span octets)
{
    struct thread_message m = { .number = number, .date = row->received };
    struct record_rows named = { 0 };
    struct record r;

    if (octets.len > 0) {
        record_open(octets, &r);
        struct record_envelope e = record_envelope(&r, record_part(&r, 0).envelope);
        m.date = e.zone == INT32_MIN ? row->received : e.time;
        m.subject = e.thread;
        m.is_reply = is_reply(&r, &e);
        if (e.ids.count > 0)
            m.id = record_text(&r, record_word(&r, e.ids.first));
        named = e.references.count > 0 ? e.references : e.replies;
        if (e.references.count == 0 && named.count > 1)
            named.count = 1; /* "the first" of In-Reply-To */
    }
    int error = threading_message(t, &m);
    for (uint32_t i = 0; i < named.count && !error; i++)
        error =
            threading_reference(t, record_text(&r, record_word(&r, named.first + i)));
    return error;
}

static int add_some(struct imap *s, struct threading *t, const uint32_t *found,
                    size_t count, bool uids)
{
    struct imap_records records = { 0 };
    size_t indexes[RECORDS_A_MESSAGE];

    for (size_t i = 0; i < count; i++)
        indexes[i] = found[i];
    int error = imap_records_ask(s, indexes, count, &records);
    for (size_t i = 0; i < count && !error; i++) {
        const struct snapshot_row *row = &s->mailbox.messages[found[i]].row;
        uint32_t number = uids ? row->uid : found[i] + 1;
        error = add_message(t, number, row, records.records[i]);
    }
    imap_records_close(&records);
    return error;
}

static void say(struct imap *s, struct threading *t, size_t count)
{
    struct buf b = { .max = IMAP_LINE_MAX * 2 };

    buf_put(&b, count > 0 ? SPAN("* THREAD ") : SPAN("* THREAD"));
    while (threading_say(t, &b)) {
        wire_put(s->wire, buf_span(&b));
        buf_clear(&b);
    }
    imap_put_line(s, &b);
    buf_free(&b);
}

int thread_indexes(struct imap *s, enum threading_algorithm algorithm,
                   const uint32_t *found, size_t count, bool uids)
{
    struct threading *t = threading_open(IMAP_THREAD_NAMED_MAX, let_others, s);
    int error = t ? 0 : -ENOMEM;

    for (size_t i = 0; i < count && !error; i += RECORDS_A_MESSAGE) {
        size_t some = count - i < RECORDS_A_MESSAGE ? count - i : RECORDS_A_MESSAGE;
        error =
            wire_error(s->wire) ? -ECANCELED : add_some(s, t, found + i, some, uids);
    }
    if (!error)
        error = threading_end(t, algorithm);
    if (!error)
        say(s, t, count);
    threading_close(&t);
    return error;
}
