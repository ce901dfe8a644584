/* order - room in the journal, and the order of entries; see core.h. */
#include "store/core.h"

#include "base/clock.h"
#include "store/quota.h"

#include <assert.h>
#include <errno.h>

/* The ring must not reach the checkpoint's segment; not too much may wait to be filed; and
 * a new journal's segments must have been filled. */
bool order_has_room(const struct engine *e, size_t length)
{
    uint64_t at = journal_place(&e->journal, e->end, length);
    uint64_t checkpoint = checkpointer_lsn(e->checkpointer);
    return at / e->journal.size < checkpoint / e->journal.size + JOURNAL_SEGMENTS &&
           at < checkpointer_filled(e->checkpointer) &&
           at + length <= applier_floor(e->applier) + BACKLOG_OCTETS_MAX;
}

static int why_none(const struct engine *e)
{
    int error = applier_error(e->applier);
    return error ? error : -EAGAIN;
}

static int wait_for_room(struct engine *e, size_t length, uint64_t *deadline)
{
    if (!*deadline)
        *deadline = clock_in(STORE_WAIT_SECONDS * CLOCK_SECOND);
    applier_watch(e->applier);
    if (order_has_room(e, length)) /* just before it would have told */
        return 0;
    int error = engine_wait(e, &e->want_room, *deadline);
    return error == -ETIMEDOUT ? why_none(e) : error;
}

int order_room(struct engine *e, size_t length)
{
    uint64_t deadline = 0;
    int error = e->error;
    while (!error) {
        if (!e->padding)
            e->padding = entry_new(ENTRY_PADDING, 0, 0, 0);
        if (!e->padding)
            return -ENOMEM;
        if (order_has_room(e, length))
            return 0;
        error = wait_for_room(e, length, &deadline);
    }
    return error;
}

void order_hand_over(struct engine *e)
{
    loop_undefer(&e->hand_over);
    if (e->first_new)
        committer_put(e->committer, e->first_new, e->last_new);
    e->first_new = e->last_new = NULL;
}

static void hand_over(void *arg)
{
    order_hand_over(arg);
}

/* At the turn's end: all that was ordered in it shares a lock and an fdatasync. */
static void push(struct engine *e, struct entry *entry, uint64_t lsn)
{
    entry_seal(entry->head, lsn, e->epoch);
    entry->next = NULL;
    if (e->first_new)
        e->last_new->next = entry;
    else
        e->first_new = entry;
    e->last_new = entry;
    e->end = lsn + entry->head->length;
    e->last = lsn;
    e->hand_over.run = hand_over;
    e->hand_over.arg = e;
    loop_defer(&e->hand_over);
    engine_tick(e);
}

static void pad(struct engine *e, uint64_t to)
{
    uint64_t rest = to - e->end;
    if (rest >= ENTRY_HEAD) {
        struct entry *padding = e->padding;
        e->padding = NULL;
        assert(padding);
        padding->head->length = (uint32_t)rest;
        push(e, padding, e->end);
    }
    e->end = to;
}

uint64_t order(struct engine *e, struct entry *entry)
{
    assert(!e->error && order_has_room(e, entry->head->length));
    uint64_t at = journal_place(&e->journal, e->end, entry->head->length);
    if (at != e->end)
        pad(e, at);
    push(e, entry, at);
    return at;
}

int order_durable(struct engine *e, uint64_t lsn)
{
    while (e->durable < lsn) {
        int error = engine_wait(e, &e->want_durable, CLOCK_NEVER);
        if (error)
            return error;
    }
    return e->error;
}

/* ---- before it */

static int know_all(struct engine *e, const uint64_t *accounts, size_t count)
{
    struct head *h;
    int error = 0;
    for (size_t i = 0; i < count && !error; i++)
        error = head_get(e, accounts[i], &h);
    return error;
}

static bool is_ready(struct engine *e, const struct order *o)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct head *h = map_get(e->heads, MAP_KEY(o->accounts[i]));
        if (!h || !h->known || !quota_allows(e, h, o->size))
            return false;
    }
    return true;
}

int order_ask_all(struct engine *e, const struct order *o)
{
    int error = know_all(e, o->accounts, o->count);
    return error ? error : quota_ask(e, o->accounts, o->count, o->size);
}

int order_prepare(struct engine *e, const struct order *o)
{
    int error;
    do {
        error = order_ask_all(e, o);
        if (!error)
            error = order_room(e, o->length);
    } while (!error && !is_ready(e, o));
    return error;
}
