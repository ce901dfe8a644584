#include "store/reader.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/list.h"
#include "base/log.h"
#include "base/own.h"
#include "ipc/channel.h"
#include "mime/maker.h"
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

static int open_found(const struct parse_message_answer *a, struct found *f,
                      struct span *octets_r)
{
    uint64_t len = (uint64_t)a->record + a->text;
    if (a->record > RECORD_OCTETS_MAX || a->text > SEARCH_TEXT_MAX)
        return -EBADMSG;
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

static int take_answer(const struct parse_message *q,
                       const struct parse_message_answer *a, struct found *f)
{
    struct span octets;
    struct record record;
    int error = open_found(a, f, &octets);
    if (error)
        return error;
    f->record = span_first(octets, a->record);
    f->text = span_skip(octets, a->record);
    if (!record_is_sound(f->record))
        return -EBADMSG;
    record_open(f->record, &record);
    return record.head.size == q->size && record.head.text == a->text ? 0 : -EBADMSG;
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

static int ask_once(const struct parse_message *q, bool alone, struct found *f)
{
    struct parse_message_answer answer = { .sealed = -1 };
    *f = (struct found){ 0 };
    int error = enter(alone);
    if (error)
        return error;
    error = await_parse(alone);
    if (!error && !(f->arena = arena_open(2 * MESSAGE_OCTETS_MAX)))
        error = -ENOMEM;
    if (!error)
        error = ask_parse_message(q, &answer, f->arena);
    leave();
    if (!error) {
        error = take_answer(q, &answer, f);
        fd_close(&answer.sealed);
    }
    if (error)
        found_close(f);
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

static int give_up(const struct parse_message *q, int why, struct found *f)
{
    *f = (struct found){ 0 };
    int error = record_opaque((uint32_t)q->size, &f->opaque);
    if (error)
        return error;
    f->record = buf_span(&f->opaque);
    reader.given_up++;
    log_event(LOG_WARNING, 0,
              "a message of %" PRIu64
              " octets cannot be read (%s): it is kept as one part",
              q->size, strerror(-why));
    return 0;
}

int reader_ask(const struct parse_message *q, struct found *f)
{
    int error = ask_once(q, false, f);
    if (is_its_fault(error))
        error = ask_once(q, true, f);
    return is_its_fault(error) ? give_up(q, error, f) : error;
}

uint64_t reader_given_up(void)
{
    return reader.given_up;
}
