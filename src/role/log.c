/*
 * role log - a KEEPER: wire transcripts and events.
 *
 * Holds    the rings that all other roles write (ring.NAME.I), their doorbell, DIR/log.
 * Does     writes down what they say (role/recorder.h), and shows it to whoever may ask.
 *          Nobody ever waits for it: who writes faster than this reads loses the oldest.
 * May      read and write below DIR/log.  No network, no other directory.
 * Trusts   nobody: rings are shared with processes that a stranger may have taken over.
 */
#include "role/role.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "os/files.h"
#include "os/spawn.h"
#include "role/recorder.h"
#include "role/searches.h"

#include <errno.h>
#include <unistd.h>

static void wire(struct call *call, const void *question);

static const struct service services[] = {
    { MESSAGE_admin_wire, wire }, /* control: records from a cursor on, for a person */
    { 0, NULL },
};

static int doorbell = -1;
static struct watch bell_watch;
static struct timer poll_timer;
static struct list waiting; /* struct waiter: those that follow */
static bool stopping;

struct waiter {
    struct list link;
    struct fiber *fiber;
};

static void wake_waiting(void)
{
    LIST_FOR_EACH(link, &waiting)
    {
        fiber_wake(LIST_ENTRY(link, struct waiter, link)->fiber);
    }
}

/* ---- listening */

/* While something comes, look every TRANSCRIPT_POLL_MS: writers need no system call to
 * wake one who does not sleep. */
static void look(void *arg)
{
    (void)arg;
    size_t came = recorder_read();
    if (came > 0)
        wake_waiting();
    if (came > 0 || !recorder_sleep())
        loop_timer_set(&poll_timer, clock_in(TRANSCRIPT_POLL_MS * CLOCK_MS));
}

/* Reading the bell makes it writable, which the loop tells as well: that is no ring, and
 * to look then, when nothing can have come, would be to fall asleep at once. */
static void on_bell(void *arg, unsigned ready)
{
    uint64_t rings;
    if (!(ready & LOOP_READ))
        return;
    while (read(doorbell, &rings, sizeof rings) > 0)
        ;
    look(arg);
}

/* ---- services */

/* Until something comes, the deadline, or the end. */
static int wait_for_more(uint64_t deadline)
{
    struct waiter waiter = { .fiber = fiber_self() };
    list_push(&waiting, &waiter.link);
    int error = fiber_park(deadline);
    list_remove(&waiter.link);
    return stopping ? -ECANCELED : error;
}

/* A step is short, and rings are read between two of them. */
static ptrdiff_t look_on(struct search *search, char *records)
{
    ptrdiff_t n;
    while ((n = recorder_search(search, records, TRANSCRIPT_ANSWER_MAX)) == -EAGAIN)
        if (fiber_sleep(1) != 0 || stopping)
            return -ECANCELED;
    return n;
}

static void answer_with(struct call *call, struct searching *searching, bool wait,
                        char *records)
{
    struct search *search = searching_search(searching);
    uint64_t deadline = clock_in(TRANSCRIPT_WAIT_SECONDS * CLOCK_SECOND);
    ptrdiff_t n = look_on(search, records);
    while (n == 0 && wait && wait_for_more(deadline) == 0)
        n = look_on(search, records);
    if (n < 0) {
        answer_error(call, (int)n);
        return;
    }
    struct admin_wire_answer answer = { .search = searching_number(searching),
                                        .cursor = search_cursor(search),
                                        .records = span_at(records, (size_t)n) };
    answer_admin_wire(call, &answer);
}

static void wire(struct call *call, const void *question)
{
    const struct admin_wire *q = question;
    struct searching *searching;
    char *records = malloc(TRANSCRIPT_ANSWER_MAX);
    int error = records ? searches_take(q, &searching) : -ENOMEM;
    if (error) {
        answer_error(call, error);
    } else {
        answer_with(call, searching, q->wait, records);
        searches_give_back(searching);
    }
    free(records);
}

/* ---- life */

static void on_stop(void)
{
    stopping = true;
    look(NULL);
    wake_waiting();
}

static void take_ring(enum role role, int fd)
{
    struct ring_memory *memory = shared_map(fd, ring_memory_size(TRANSCRIPT_RING));
    if (memory)
        recorder_take(role, memory, TRANSCRIPT_RING);
    else
        log_event(LOG_ERROR, 0, "the ring of %s cannot be mapped", role_name(role));
}

static void take_rings(void)
{
    char name[32];
    for (enum role role = 0; role < ROLES; role++)
        for (unsigned i = 0; i < COPIES_MAX; i++) {
            snprintf(name, sizeof name, "ring.%s.%u", role_name(role), i);
            int fd = spawn_inherited(name);
            if (fd >= 0)
                take_ring(role, fd);
            fd_close(&fd);
        }
}

/* 0, or -errno: then it cannot serve. */
static int begin(const struct role_start *start)
{
    list_init(&waiting);
    int error = recorder_open(start->directory);
    if (error)
        return error;
    take_rings();
    doorbell = spawn_inherited("doorbell");
    bell_watch = (struct watch){ .on_ready = on_bell };
    if (doorbell >= 0)
        error = loop_watch(&bell_watch, doorbell);
    poll_timer = (struct timer){ .on_time = look };
    return error ? error : loop_timer_set(&poll_timer, clock_now());
}

int role_log(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_LOG, instance);
    int error = begin(&start);
    if (error) {
        log_event(LOG_ERROR, 0, "log: DIR/log cannot be used: %s", strerror(-error));
        return EXIT_FAILURE;
    }
    log_to(recorder_event);
    int code = role_serve(&start, services, SANDBOX_KEEPER, on_stop);
    recorder_read();
    log_to(NULL);
    recorder_close();
    return code;
}
