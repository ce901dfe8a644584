/*
 * gate - replies wait until what they promise is on the disk.
 *
 * Holds of one wire grow in position and lsn.  The wires that have one stand in a list
 * by the lsn of their first hold: what becomes durable opens a run at its front.
 */
#include "wire/connection.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct list waiting = { &waiting, &waiting };
static uint64_t durable;
static bool lost; /* just now: who knows an lsn already must not wait for it */
static struct deferred end_of_loss;

static uint64_t first_lsn(const struct list *link)
{
    return LIST_ENTRY(link, const struct wire, gate)->holds[0].lsn;
}

/* From the back: a new lsn is nearly always the highest. */
static void enqueue(struct wire *w)
{
    struct list *before = waiting.prev;
    while (before != &waiting && first_lsn(before) > w->holds[0].lsn)
        before = before->prev;
    list_push(before->next, &w->gate);
}

static bool grow(struct wire *w)
{
    if (w->holds && w->hold_count < w->hold_room)
        return true;
    uint32_t room = w->hold_room ? w->hold_room * 2 : 2;
    struct hold *holds = reallocarray(w->holds, room, sizeof(*holds));
    if (!holds)
        return false;
    w->holds = holds;
    w->hold_room = room;
    return true;
}

void gate_leave(struct wire *w)
{
    list_remove(&w->gate);
    free(w->holds);
    w->holds = NULL;
    w->hold_count = w->hold_room = 0;
}

size_t gate_open_octets(const struct wire *w)
{
    return w->hold_count > 0 ? (size_t)(w->holds[0].from - w->sent) : w->output.len;
}

/* What may go goes, at best; then the peer sees the end. */
static void lose(struct wire *w)
{
    output_send(w);
    shutdown(w->fd, SHUT_RDWR);
    connection_fail(w, -EIO, MUTE);
}

void wire_hold(struct wire *w, uint64_t lsn)
{
    if (lsn <= durable || w->mute)
        return;
    if (lost) {
        lose(w);
        return;
    }
    struct hold hold = { w->sent + w->output.len, lsn };
    struct hold *last = w->hold_count > 0 ? &w->holds[w->hold_count - 1] : NULL;
    if (last && last->lsn >= lsn)
        return;
    if (!grow(w)) {
        connection_fail(w, -ENOMEM, MUTE);
        return;
    }
    w->holds[w->hold_count++] = hold;
    if (w->hold_count == 1)
        enqueue(w);
}

static void open_holds(struct wire *w)
{
    uint32_t open = 0;
    while (open < w->hold_count && w->holds[open].lsn <= durable)
        open++;
    assert(open > 0);
    w->hold_count -= open;
    if (w->hold_count == 0) {
        gate_leave(w);
        return;
    }
    memmove(w->holds, w->holds + open, w->hold_count * sizeof(w->holds[0]));
    list_remove(&w->gate);
    enqueue(w);
}

void wire_durable(uint64_t lsn)
{
    if (lsn <= durable)
        return;
    durable = lsn;
    while (!list_is_empty(&waiting) && first_lsn(waiting.next) <= lsn) {
        struct wire *w = LIST_ENTRY(waiting.next, struct wire, gate);
        open_holds(w);
        output_send(w);
        connection_wake(w, LOOP_WRITE);
    }
}

static void loss_is_over(void *arg)
{
    (void)arg;
    lost = false;
}

/* A fiber that has just been woken with its lsn has not called wire_hold yet.  It runs
 * before this turn's end; until then no hold is granted: a store that starts again may
 * give the same lsn to something else. */
void wire_never_durable(void)
{
    lost = true;
    end_of_loss.run = loss_is_over;
    loop_defer(&end_of_loss);
    while (!list_is_empty(&waiting))
        lose(LIST_ENTRY(waiting.next, struct wire, gate));
}

uint64_t wire_durable_so_far(void)
{
    return durable;
}
