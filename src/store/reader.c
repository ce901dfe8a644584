#include "store/reader.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/list.h"
#include "base/log.h"
#include "base/own.h"
#include "ipc/channel.h"
#include "mime/maker.h"
#include "mime/service.h"
#include "os/files.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

enum { LOOK_MS = 20 };

/* ---- who may ask now: all together, or one alone */

struct waiter {
    struct list link;
    struct fiber *fiber;
};

static struct {
    unsigned under_way, want_alone;
    bool is_alone;
    struct list waiting;
    uint64_t given_up;
} reader = { .waiting = { &reader.waiting, &reader.waiting } };

static int wait_turn(void)
{
    struct waiter w = { .fiber = fiber_self() };
    list_push(&reader.waiting, &w.link);
    int error = fiber_park(CLOCK_NEVER);
    list_remove(&w.link);
    return error;
}

static void next_turn(void)
{
    LIST_FOR_EACH(link, &reader.waiting)
    fiber_wake(LIST_ENTRY(link, struct waiter, link)->fiber);
}

static int enter(bool alone)
{
    int error = 0;
    reader.want_alone += alone;
    while (!error &&
           (reader.is_alone || (alone ? reader.under_way > 0 : reader.want_alone > 0)))
        error = wait_turn();
    reader.want_alone -= alone;
    if (error) {
        next_turn();
        return error;
    }
    reader.under_way++;
    reader.is_alone = alone;
    return 0;
}

static void leave(void)
{
    reader.under_way--;
    reader.is_alone = false;
    next_turn();
}

/* ---- the answer */

static size_t count_of(const struct parse_messages *q)
{
    return q->sizes.len / sizeof(uint32_t);
}

static uint32_t size_of(const struct parse_messages *q, size_t i)
{
    uint32_t size;
    memcpy(&size, q->sizes.at + i * sizeof size, sizeof size);
    return size;
}

/* What the answer says of the i-th message; false: no answer says that. */
static bool take_lengths(const struct parse_messages_answer *a, size_t i,
                         struct parse_found *lengths_r)
{
    memcpy(lengths_r, a->lengths.at + i * sizeof *lengths_r, sizeof *lengths_r);
    return lengths_r->record <= RECORD_OCTETS_MAX && lengths_r->text <= SEARCH_TEXT_MAX;
}

static int sum_lengths(const struct parse_messages *q,
                       const struct parse_messages_answer *a, uint64_t *sum_r)
{
    struct parse_found lengths;
    *sum_r = 0;
    if (a->lengths.len != count_of(q) * sizeof lengths)
        return -EBADMSG;
    for (size_t i = 0; i < count_of(q); i++) {
        if (!take_lengths(a, i, &lengths))
            return -EBADMSG;
        *sum_r += (uint64_t)lengths.record + lengths.text;
    }
    return 0;
}

static int open_found(const struct parse_messages_answer *a, uint64_t len,
                      struct found *f, struct span *octets_r)
{
    if (a->sealed < 0) {
        *octets_r = a->found;
        return a->found.len == len ? 0 : -EBADMSG;
    }
    const void *mapped = sealed_map(a->sealed, len);
    if (!mapped)
        return -EBADMSG;
    f->mapped = (void *)(uintptr_t)mapped;
    f->mapped_len = len;
    *octets_r = span_at(mapped, len);
    return 0;
}

/* Takes one message's part off what was found. */
static int take_one(uint32_t size, const struct parse_found *lengths,
                    struct span *octets, struct found *f)
{
    struct record record;
    f->record = span_first(*octets, lengths->record);
    *octets = span_skip(*octets, lengths->record);
    f->text = span_first(*octets, lengths->text);
    *octets = span_skip(*octets, lengths->text);
    if (!record_is_sound(f->record))
        return -EBADMSG;
    record_open(f->record, &record);
    return record.head.size == size && record.head.text == lengths->text ? 0 : -EBADMSG;
}

static int take_answer(const struct parse_messages *q,
                       const struct parse_messages_answer *a, struct found *found)
{
    struct span octets;
    struct parse_found lengths;
    uint64_t len;
    int error = sum_lengths(q, a, &len);
    if (!error)
        error = open_found(a, len, &found[0], &octets);
    for (size_t i = 0; i < count_of(q) && !error; i++) {
        take_lengths(a, i, &lengths);
        error = take_one(size_of(q, i), &lengths, &octets, &found[i]);
    }
    return error;
}

/* Who is alone waits for parse to be started again. */
static int await_parse(bool alone)
{
    uint64_t until = clock_in(ASK_SECONDS * CLOCK_SECOND);
    int error = 0;
    while (!ipc_peer(ROLE_PARSE, 0) && !error)
        error =
            alone && clock_now() < until ? fiber_sleep(LOOK_MS * CLOCK_MS) : -ENOTCONN;
    return error;
}

static int ask_once(const struct parse_messages *q, bool alone, struct found *found)
{
    struct parse_messages_answer answer = { .sealed = -1 };
    for (size_t i = 0; i < count_of(q); i++)
        found[i] = (struct found){ 0 };
    int error = enter(alone);
    if (error)
        return error;
    error = await_parse(alone);
    if (!error && !(found[0].arena = arena_open(2 * MESSAGE_OCTETS_MAX)))
        error = -ENOMEM;
    if (!error)
        error = ask_parse_messages(q, &answer, found[0].arena);
    leave();
    if (!error) {
        error = take_answer(q, &answer, found);
        fd_close(&answer.sealed);
    }
    if (error)
        found_close(&found[0]);
    return error;
}

void found_close(struct found *f)
{
    if (f->mapped)
        munmap(f->mapped, f->mapped_len);
    arena_close(&f->arena);
    buf_free(&f->opaque);
    *f = (struct found){ 0 };
}

/* ---- asking */

/* Is it for the message that it failed? */
static bool is_its_fault(int error)
{
    return error != 0 && error != -EAGAIN && error != -ECANCELED && error != -ENOTCONN;
}

static int give_up(uint32_t size, int why, struct found *f)
{
    *f = (struct found){ 0 };
    int error = record_opaque(size, &f->opaque);
    if (error)
        return error;
    f->record = buf_span(&f->opaque);
    reader.given_up++;
    log_event(LOG_WARNING, 0,
              "a message of %" PRIu32
              " octets cannot be read (%s): it is kept as one part",
              size, strerror(-why));
    return 0;
}

static int ask_alone(const struct parse_messages *q, struct found *f)
{
    int error = ask_once(q, true, f);
    return is_its_fault(error) ? give_up(size_of(q, 0), error, f) : error;
}

static int ask_each(const struct parse_messages *q, struct found *found)
{
    struct parse_messages one = *q;
    int error = 0;
    size_t i = 0;
    for (; i < count_of(q) && !error; i++) {
        uint32_t size = size_of(q, i);
        one.sizes = span_at(q->sizes.at + i * sizeof size, sizeof size);
        if (q->file < 0)
            one.body.len = size;
        error = ask_alone(&one, &found[i]);
        one.offset += size;
        if (q->file < 0)
            one.body.at += size;
    }
    for (size_t k = 0; k < i && error; k++)
        found_close(&found[k]);
    return error;
}

int reader_ask(const struct parse_messages *q, struct found *found)
{
    int error = ask_once(q, false, found);
    return is_its_fault(error) ? ask_each(q, found) : error;
}

uint64_t reader_given_up(void)
{
    return reader.given_up;
}
