/* readings - see readings.h. */
#include "store/readings.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "ipc/channel.h"
#include "store/batch.h"
#include "store/core.h"
#include "store/folder.h"

#include <errno.h>
#include <stdlib.h>

/* An account in the line. */
struct turn {
    struct list link;
    struct readings *reading;
    uint64_t account;
    uint64_t lsn, last; /* it waits until that is filed; of the last message noted */
    uint64_t since, not_before;
    struct timer again; /* after a failure it stands in no line */
    uint64_t back_off;  /* milliseconds; 0: the last time was well */
};

struct readings {
    struct engine *engine;
    struct batch_threads threads;
    struct map *turns;
    struct list line;
    struct timer timer;
    unsigned under_way;
    bool stopped;
    uint64_t count, tries;
    bool busy; /* much comes in */
    uint64_t noted, noted_then, measured_at;
    uint64_t *accounts; /* those there were at the start, to be looked at */
    size_t account_count, account_next;
    struct timer look_timer;
};

/* ---- the line */

static int read_all(struct turn *t)
{
    struct readings *r = t->reading;
    struct batch_progress p = { .more = true };
    int error = 0;
    while (p.more && !error && !r->stopped) {
        error = batch_read(r->engine, &r->threads, t->account, &p);
        r->count += p.count;
    }
    return error;
}

static void pump(void *reading);

static void wait_until(struct readings *r, uint64_t time)
{
    if (r->timer.slot == 0 || time < r->timer.at)
        loop_timer_set(&r->timer, time);
}

static void drop_turn(struct turn *t)
{
    map_remove(t->reading->turns, MAP_KEY(t->account));
    list_remove(&t->link);
    loop_timer_clear(&t->again);
    free(t);
}

static void measure(struct readings *r)
{
    uint64_t now = clock_now(), passed = now - r->measured_at;
    if (passed < UNREAD_LAG_MS * CLOCK_MS)
        return;
    r->busy = (r->noted - r->noted_then) * CLOCK_SECOND / passed >= UNREAD_BUSY;
    r->noted_then = r->noted;
    r->measured_at = now;
}

/* When many accounts have mail, each is read less often and more of it together: a batch
 * costs much, and a message in it little.  When much comes in its delivery goes before
 * its reading, for a while. */
static uint64_t due_of(const struct readings *r, const struct turn *t)
{
    uint64_t lag = r->busy                                      ? UNREAD_BUSY_LAG_MS
                   : map_count(r->turns) > UNREAD_MANY_ACCOUNTS ? UNREAD_LONG_LAG_MS
                                                                : UNREAD_LAG_MS;
    uint64_t due = t->since + lag * CLOCK_MS;
    return due > t->not_before ? due : t->not_before;
}

/* Gone, damaged (whoever mends it says so), or the store has failed. */
static bool is_over(int error)
{
    return error == 0 || error == -ENOENT || error == -EUCLEAN || error == -EIO;
}

static void join_again(void *arg)
{
    struct turn *t = arg;
    t->since = t->not_before = 0;
    list_push(&t->reading->line, &t->link);
    pump(t->reading);
}

/* Others go on meanwhile, and one that fails for ever costs nearly nothing. */
static void try_later(struct turn *t)
{
    t->back_off = t->back_off ? 2 * t->back_off : UNREAD_RETRY_MS;
    if (t->back_off > UNREAD_RETRY_MOST_MS)
        t->back_off = UNREAD_RETRY_MOST_MS;
    t->again = (struct timer){ .on_time = join_again, .arg = t };
    if (t->reading->stopped ||
        loop_timer_set(&t->again, clock_in(t->back_off * CLOCK_MS)) != 0)
        drop_turn(t); /* with the next message, or after the next start */
}

static void take_turn(void *arg)
{
    struct turn *t = arg;
    struct readings *r = t->reading;
    uint64_t filed = applier_floor(r->engine->applier);
    r->tries++;
    int error = read_all(t);
    r->under_way--;
    if (is_over(error) && (t->last == 0 || t->last < filed)) {
        drop_turn(t);
    } else { /* what has come since was not filed when we looked, perhaps */
        t->lsn = t->last;
        t->since = clock_now();
        t->not_before = error ? clock_in(UNREAD_RETRY_MS * CLOCK_MS) : 0;
        if (!is_over(error)) {
            try_later(t);
        } else {
            t->back_off = 0;
            list_push(&r->line, &t->link);
        }
    }
    pump(r);
}

/* It has been filed, and some time has passed: many are read together. */
static bool is_due(const struct readings *r, const struct turn *t)
{
    return due_of(r, t) <= clock_now() &&
           (t->lsn == 0 || applier_floor(r->engine->applier) > t->lsn);
}

static bool begin_next(struct readings *r)
{
    if (list_is_empty(&r->line))
        return false;
    struct turn *t = LIST_ENTRY(r->line.next, struct turn, link);
    if (!is_due(r, t)) { /* the lag may become shorter meanwhile */
        uint64_t due = due_of(r, t), soon = clock_in(UNREAD_LAG_MS / 4 * CLOCK_MS);
        uint64_t later = clock_in(UNREAD_LAG_MS * CLOCK_MS);
        wait_until(r, due < soon ? soon : due < later ? due : later);
        return false;
    }
    if (fiber_go(take_turn, t) != 0) {
        wait_until(r, clock_in(UNREAD_RETRY_MS * CLOCK_MS));
        return false;
    }
    list_remove(&t->link);
    r->under_way++;
    return true;
}

static void pump(void *reading)
{
    struct readings *r = reading;
    if (r->stopped || r->engine->error || list_is_empty(&r->line))
        return;
    if (!ipc_peer(ROLE_PARSE, 0)) {
        wait_until(r, clock_in(UNREAD_RETRY_MS * CLOCK_MS));
        return;
    }
    measure(r);
    while (r->under_way < UNREAD_ACCOUNTS && begin_next(r))
        ;
}

static struct turn *new_turn(struct readings *r, uint64_t account)
{
    struct turn *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->reading = r;
    t->account = account;
    list_init(&t->link);
    if (map_put(r->turns, MAP_KEY(t->account), t) == 0)
        return t;
    free(t);
    return NULL;
}

void readings_note(struct readings *r, uint64_t account, uint64_t lsn)
{
    if (!r || r->stopped || account == QUEUE_ACCOUNT)
        return;
    struct turn *t = map_get(r->turns, MAP_KEY(account));
    r->noted++;
    if (t) {
        t->last = lsn > t->last ? lsn : t->last;
        return;
    }
    t = new_turn(r, account);
    if (!t)
        return; /* with the next message, or after the next start */
    t->lsn = t->last = lsn;
    t->since = clock_now();
    list_push(&r->line, &t->link);
    wait_until(r, due_of(r, t));
}

/* ---- after a start */

static int keep_account(uint64_t account, void *arg)
{
    struct readings *r = arg;
    uint64_t *more = realloc(r->accounts, (r->account_count + 1) * sizeof *r->accounts);
    if (!more)
        return -ENOMEM;
    r->accounts = more;
    r->accounts[r->account_count++] = account;
    return 0;
}

static void look_at_next(void *reading)
{
    struct readings *r = reading;
    if (r->stopped || r->account_next == r->account_count)
        return;
    readings_note(r, r->accounts[r->account_next++], 0);
    loop_timer_set(&r->look_timer, clock_in(UNREAD_LOOK_MS * CLOCK_MS));
}

static int look_at_all(struct readings *r)
{
    int error = folder_each(r->engine->shelf.store, keep_account, r);
    if (error)
        return error;
    r->look_timer = (struct timer){ .on_time = look_at_next, .arg = r };
    return loop_timer_set(&r->look_timer, clock_in(UNREAD_LAG_MS * CLOCK_MS));
}

/* ---- birth and end */

struct readings *readings_open(struct engine *e)
{
    struct readings *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->engine = e;
    r->turns = map_open();
    r->threads.pool = work_pool_open("reading", 1, UNREAD_ACCOUNTS);
    if (e->settings.text_index)
        r->threads.texts = texts_open(e->shelf.store, e->shelf.id);
    list_init(&r->line);
    r->timer = (struct timer){ .on_time = pump, .arg = r };
    if (!r->turns || !r->threads.pool ||
        (e->settings.text_index && !r->threads.texts) || look_at_all(r) != 0)
        readings_close(&r);
    return r;
}

void readings_stop(struct readings *r)
{
    if (!r)
        return;
    r->stopped = true;
    loop_timer_clear(&r->timer);
    loop_timer_clear(&r->look_timer);
    size_t cursor = 0;
    for (struct turn *t; r->turns && (t = map_next(r->turns, &cursor)) != NULL;)
        loop_timer_clear(&t->again);
}

void readings_close(struct readings **reading)
{
    struct readings *r = *reading;
    if (!r)
        return;
    readings_stop(r);
    *reading = NULL;
    if (r->under_way > 0)
        return; /* others still hold on to it: the process ends */
    size_t cursor = 0;
    for (struct turn *t; r->turns && (t = map_next(r->turns, &cursor)) != NULL;)
        drop_turn(t);
    if (r->turns)
        map_close(&r->turns);
    work_pool_close(&r->threads.pool);
    texts_close(&r->threads.texts);
    free(r->accounts);
    free(r);
}

struct texts *readings_texts(const struct readings *r)
{
    return r ? r->threads.texts : NULL;
}

bool readings_is_idle(const struct readings *r)
{
    return map_count(r->turns) == 0 && r->account_next == r->account_count;
}

uint64_t readings_count(const struct readings *r)
{
    return r->count;
}

uint64_t readings_tries(const struct readings *r)
{
    return r->tries;
}
