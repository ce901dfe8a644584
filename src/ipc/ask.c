#include "base/clock.h"
#include "base/fiber.h"
#include "ipc/inside.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

static uint64_t patience = ASK_SECONDS * CLOCK_SECOND;

void ipc_patience(uint64_t nanoseconds)
{
    patience = nanoseconds;
}

/* --- those that wait for their answer on one channel --- */

int asks_open(struct asks *a)
{
    *a = (struct asks){ .mask = FIRST_SLOTS - 1 };
    a->slots = calloc(FIRST_SLOTS, sizeof(struct ask *));
    return a->slots ? 0 : -ENOMEM;
}

static void finish(struct asks *a, struct ask *question, int result)
{
    a->slots[question->id & a->mask] = NULL;
    a->count--;
    question->result = result;
    question->done = true;
    fiber_wake(question->fiber);
}

void asks_close(struct asks *a)
{
    for (size_t i = 0; a->slots && i <= a->mask; i++)
        if (a->slots[i])
            finish(a, a->slots[i], -EPIPE);
    free(a->slots);
    a->slots = NULL;
}

/* What did not meet in fewer slots does not meet in more. */
static int grow(struct asks *a)
{
    size_t mask = 2 * a->mask + 1;
    struct ask **slots = calloc(mask + 1, sizeof(struct ask *));
    if (!slots)
        return -ENOMEM;
    for (size_t i = 0; i <= a->mask; i++)
        if (a->slots[i])
            slots[a->slots[i]->id & mask] = a->slots[i];
    free(a->slots);
    a->slots = slots;
    a->mask = mask;
    return 0;
}

static int enrol(struct asks *a, struct ask *question)
{
    if (a->count > a->mask / 2) {
        int error = grow(a);
        if (error)
            return error;
    }
    while (a->slots[a->next_id & a->mask])
        a->next_id++;
    question->id = a->next_id++;
    a->slots[question->id & a->mask] = question;
    a->count++;
    return 0;
}

static struct ask *find(const struct asks *a, uint32_t id)
{
    struct ask *question = a->slots[id & a->mask];
    return question && question->id == id ? question : NULL;
}

const char *asks_answer(struct asks *a, const struct packet *packet,
                        struct decoder *from)
{
    struct ask *question = find(a, packet->id);
    const int *descriptors = from->descriptors;
    size_t count = from->descriptor_count;
    if (!question) { /* it gave up waiting */
        descriptors_close(descriptors, count);
        return NULL;
    }
    int result = packet->error;
    from->arena = question->arena;
    if (question->message != packet->message)
        result = -EBADMSG;
    else if (result == 0)
        result = packet_take(from, packet, question->answer);
    if (result)
        descriptors_close(descriptors, count);
    finish(a, question, result);
    return result == -EBADMSG ? "answered what cannot be read" : NULL;
}

/* --- asking --- */

struct waiter {
    struct list link;
    struct fiber *fiber;
};

static struct list waiters = { &waiters, &waiters };

void asks_channel_came(void)
{
    LIST_FOR_EACH(link, &waiters)
    {
        fiber_wake(LIST_ENTRY(link, struct waiter, link)->fiber);
    }
}

/* A role that is being restarted will be there in a moment. */
static int await_channel(enum message m, uint64_t deadline, struct channel **channel_r)
{
    struct waiter waiter = { .fiber = fiber_self() };
    int error = 0;
    list_push(&waiters, &waiter.link);
    while (!(*channel_r = channel_for(m)) && error == 0)
        error = fiber_park(deadline);
    list_remove(&waiter.link);
    if (*channel_r)
        return 0;
    return error == -ETIMEDOUT ? -EPIPE : error;
}

/* The channel may end meanwhile, and with it its asks: then this one is done. */
static int await_answer(struct channel *c, struct ask *question, uint64_t deadline)
{
    while (!question->done) {
        int error = fiber_park(deadline);
        if (question->done)
            break;
        if (error) {
            finish(&c->asks, question, error);
            break;
        }
    }
    return question->result;
}

int ask(enum message m, const void *question, void *answer, struct arena *arena)
{
    assert(fiber_self());
    assert(arena || !message_answer_has_spans(m));
    uint64_t deadline = clock_in(patience);
    struct channel *c;
    int error = await_channel(m, deadline, &c);
    if (error)
        return error;
    struct ask mine = {
        .message = m, .answer = answer, .arena = arena, .fiber = fiber_self()
    };
    error = enrol(&c->asks, &mine);
    if (error)
        return error;
    struct packet packet = { .message = m, .kind = PACKET_QUESTION, .id = mine.id };
    error = channel_say(c, &packet, question);
    if (error)
        finish(&c->asks, &mine, error);
    return await_answer(c, &mine, deadline);
}
