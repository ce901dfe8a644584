/*
 * Who sends as whom (role/auth.h).
 *
 * A front that submits mail names nobody: it shows the handle that its login brought, and
 * auth remembers whose it is, until the front releases it or ends.  SENDERS_MAX are kept;
 * past that the oldest goes, and its session has to log in once more.
 */
#include "role/auth.h"

#include "base/list.h"
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

struct sender {
    uint64_t handle; /* the key in the map */
    enum role front;
    uint32_t instance;
    uint64_t account;
    struct list link; /* by age */
};

static struct map *senders; /* NULL: none yet */
static struct list by_age = { &by_age, &by_age };

static void forget(struct sender *s)
{
    map_remove(senders, MAP_KEY(s->handle));
    list_remove(&s->link);
    free(s);
}

static struct sender *oldest(void)
{
    return list_is_empty(&by_age) ? NULL : LIST_ENTRY(by_age.next, struct sender, link);
}

int auth_sender_put(const struct call *call, uint64_t handle, uint64_t account)
{
    if (!senders && !(senders = map_open()))
        return -ENOMEM;
    if (map_count(senders) >= SENDERS_MAX)
        forget(oldest());
    struct sender *s = malloc(sizeof *s);
    if (!s)
        return -ENOMEM;
    *s = (struct sender){ .handle = handle,
                          .front = call->from,
                          .instance = call->instance,
                          .account = account };
    int error = map_put(senders, MAP_KEY(s->handle), s);
    if (error)
        free(s);
    else
        list_push(&by_age, &s->link);
    return error;
}

/* On that front's channel only. */
static struct sender *sender_of(const struct call *call, uint64_t handle)
{
    struct sender *s = senders ? map_get(senders, MAP_KEY(handle)) : NULL;
    return s && s->front == call->from && s->instance == call->instance ? s : NULL;
}

void auth_on_sender(struct call *call, const void *question)
{
    const struct auth_sender *q = question;
    const struct sender *s = sender_of(call, q->handle);
    enum auth_verdict verdict =
        s ? directory_sender(auth.directory, s->account, q->address) : AUTH_BUSY;
    answer_auth_sender(call, &(struct auth_sender_answer){ (uint8_t)verdict });
}

void auth_on_release(struct call *call, const void *question)
{
    const struct auth_release *q = question;
    struct sender *s = sender_of(call, q->handle);
    if (s)
        forget(s);
}

void auth_on_end(struct channel *channel)
{
    LIST_FOR_EACH(link, &by_age)
    {
        struct sender *s = LIST_ENTRY(link, struct sender, link);
        if (s->front == channel_role(channel) &&
            s->instance == channel_instance(channel))
            forget(s);
    }
}
