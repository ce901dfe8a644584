#include "base/fiber.h"
#include "ipc/inside.h"

#include <assert.h>
#include <errno.h>

const char takes_no_answers[] = "does not take its answers";

static enum role self = ROLES;
static const struct service *services[MESSAGES];

void ipc_serve(enum role role, const struct service *table)
{
    self = role;
    memset(services, 0, sizeof services);
    for (; table && table->run; table++) {
        assert(!services[table->message]);
        services[table->message] = table;
    }
}

enum role ipc_self(void)
{
    return self;
}

static void call_end(struct block *b)
{
    list_remove(&b->link);
    struct channel *c = b->call.channel;
    block_give(b);
    if (!c)
        return;
    c->call_count--;
    if (c->unread)
        loop_defer(&c->turn_end);
}

static void run(void *arg)
{
    struct block *b = arg;
    b->service->run(&b->call, &b->question);
    assert(b->call.answered || message_is_tell(b->call.message));
    call_end(b);
}

int call_begin(struct channel *c, struct block *b, const struct packet *packet)
{
    b->service = services[packet->message];
    if (!b->service)
        return -ENOSYS;
    int error = fiber_go(run, b);
    if (error)
        return error;
    b->call = (struct call){ .channel = c,
                             .from = c->role,
                             .instance = c->instance,
                             .message = packet->message,
                             .id = packet->id };
    list_push(&c->calls, &b->link);
    c->call_count++;
    return 0;
}

void calls_orphan(struct channel *c)
{
    LIST_FOR_EACH(link, &c->calls)
    {
        LIST_ENTRY(link, struct block, link)->call.channel = NULL;
        list_remove(link);
    }
    c->call_count = 0;
}

/* An answer that cannot be sent becomes its error; for want of room even for that the
 * peer, which does not take its answers, is given up. */
void call_answer(struct call *call, int error, const void *fields)
{
    assert(!call->answered && !message_is_tell(call->message));
    call->answered = true;
    if (!call->channel)
        return;
    struct packet packet = {
        .message = call->message, .kind = PACKET_ANSWER, .id = call->id, .error = error
    };
    int failed = channel_say(call->channel, &packet, fields);
    if (failed && failed != -EAGAIN) {
        packet.error = failed;
        failed = channel_say(call->channel, &packet, NULL);
    }
    if (failed)
        channel_break(call->channel, takes_no_answers);
}

void answer_error(struct call *call, int error)
{
    assert(error < 0 && error >= -PACKET_ERROR_MAX);
    call_answer(call, error, NULL);
}
