/* handles - see handles.h. */
#include "role/handles.h"

#include "base/clock.h"
#include "base/map.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>

/* What all sessions of an account have. */
struct holder {
    uint64_t account;
    size_t handles, rows;
    struct list all; /* its handles */
};

static struct map *handles, *holders;
static void (*on_drop)(const struct handle *);

/* ---- holders */

static struct holder *holder_of(uint64_t account)
{
    struct holder *h = map_get(holders, MAP_KEY(account));
    if (h)
        return h;
    h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->account = account;
    list_init(&h->all);
    if (map_put(holders, MAP_KEY(h->account), h) == 0)
        return h;
    free(h);
    return NULL;
}

static void leave(struct holder *h)
{
    if (!h || h->handles > 0)
        return;
    map_remove(holders, MAP_KEY(h->account));
    free(h);
}

/* ---- dropping */

static void drop(struct handle *h)
{
    struct holder *holder = map_get(holders, MAP_KEY(h->account));
    map_remove(handles, MAP_KEY(h->handle));
    list_remove(&h->of_account);
    if (holder) {
        holder->handles--;
        holder->rows -= h->rows;
    }
    leave(holder);
    if (on_drop)
        on_drop(h);
    free(h);
}

/* Of logins that were answered too late: no session knows them, none will release them. */
static void drop_unused(void)
{
    uint64_t now = clock_now();
    size_t cursor = 0;
    for (struct handle *h; (h = map_next(handles, &cursor)) != NULL;)
        if (!h->used && now - h->granted > HANDLE_UNUSED_SECONDS * CLOCK_SECOND)
            drop(h);
}

void handles_release(const struct call *call, uint64_t handle)
{
    struct handle *h = map_get(handles, MAP_KEY(handle));
    if (h && h->front == call->from && h->instance == call->instance)
        drop(h);
}

void handles_drop_account(uint64_t account)
{
    size_t cursor = 0;
    for (struct handle *h; (h = map_next(handles, &cursor)) != NULL;)
        if (h->account == account)
            drop(h);
}

void handles_drop_front(const struct channel *channel)
{
    size_t cursor = 0;
    for (struct handle *h; (h = map_next(handles, &cursor)) != NULL;)
        if (h->front == channel_role(channel) &&
            h->instance == channel_instance(channel))
            drop(h);
}

/* ---- granting */

static int put(const struct handle *granted, struct holder *holder)
{
    struct handle *h = malloc(sizeof *h);
    if (!h)
        return -ENOMEM;
    *h = *granted;
    int error = map_put(handles, MAP_KEY(h->handle), h);
    if (error)
        free(h);
    else
        list_push(&holder->all, &h->of_account);
    return error;
}

int handles_grant(uint64_t handle, uint64_t account, uint32_t rights, uint8_t front,
                  uint32_t instance)
{
    struct handle granted = { .handle = handle,
                              .account = account,
                              .rights = rights,
                              .front = (enum role)front,
                              .instance = instance,
                              .granted = clock_now() };
    if (map_count(handles) >= HANDLES_MAX)
        drop_unused();
    struct holder *holder = holder_of(account);
    if (!holder)
        return -ENOMEM;
    int error = map_count(handles) < HANDLES_MAX ? put(&granted, holder) : -ENOMEM;
    if (!error)
        holder->handles++;
    leave(holder);
    return error;
}

int handles_take_rows(struct handle *h, size_t rows)
{
    struct holder *holder = map_get(holders, MAP_KEY(h->account));
    size_t others = holder ? holder->rows - h->rows : 0;
    if (!holder || (others > 0 && others + rows > ROWS_OF_ACCOUNT_MAX))
        return -EUSERS;
    holder->rows = others + rows;
    h->rows = rows;
    return 0;
}

struct handle *handles_may(const struct call *call, uint64_t handle, enum right right)
{
    struct handle *h = map_get(handles, MAP_KEY(handle));
    if (!h || h->front != call->from || h->instance != call->instance ||
        !(h->rights & right))
        return NULL;
    h->used = true;
    return h;
}

void handles_each(uint64_t account, uint32_t mailbox,
                  void (*on_handle)(struct handle *))
{
    struct holder *holder = map_get(holders, MAP_KEY(account));
    if (!holder)
        return;
    LIST_FOR_EACH(link, &holder->all)
    {
        struct handle *h = LIST_ENTRY(link, struct handle, of_account);
        if (h->mailbox == mailbox)
            on_handle(h);
    }
}

size_t handles_count(void)
{
    return map_count(handles);
}

int handles_open(void (*drops)(const struct handle *))
{
    handles = map_open();
    holders = map_open();
    on_drop = drops;
    return handles && holders ? 0 : -ENOMEM;
}

static void drop_all(void)
{
    size_t cursor = 0;
    for (struct handle *h; (h = map_next(handles, &cursor)) != NULL;)
        drop(h);
}

void handles_close(void)
{
    if (handles && holders)
        drop_all();
    map_close(&handles);
    map_close(&holders);
}
