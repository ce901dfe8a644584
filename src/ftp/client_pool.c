/* client_pool - several connections to one place. */
#include "ftp/client_inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/list.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct waiter {
    struct list link;
    struct fiber *fiber;
    bool served; /* the place of one who left is its own */
};

struct ftp_pool {
    struct list waiters;
    unsigned most, out;
    bool cancelled;
    struct ftp_client *clients[FTP_POOL_MOST]; /* all there are */
    bool is_out[FTP_POOL_MOST];
};

struct ftp_pool *ftp_pool_open(const struct ftp_options *options, unsigned most)
{
    struct ftp_pool *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    list_init(&p->waiters);
    p->most = most < 1 ? 1 : most < FTP_POOL_MOST ? most : FTP_POOL_MOST;
    for (unsigned i = 0; i < p->most; i++) {
        p->clients[i] = ftp_open(options);
        if (!p->clients[i]) {
            ftp_pool_close(&p);
            return NULL;
        }
    }
    return p;
}

void ftp_pool_close(struct ftp_pool **pool)
{
    struct ftp_pool *p = *pool;
    if (!p)
        return;
    assert(p->out == 0 && list_is_empty(&p->waiters));
    *pool = NULL;
    for (unsigned i = 0; i < p->most; i++)
        ftp_close(&p->clients[i]);
    free(p);
}

/* 0 and a place is ours, or -ECANCELED. */
static int await_place(struct ftp_pool *p)
{
    if (p->out < p->most) {
        p->out++;
        return 0;
    }
    struct waiter w = { .fiber = fiber_self() };
    list_push(&p->waiters, &w.link);
    int ended = 0;
    while (!w.served && !p->cancelled && ended != -ECANCELED)
        ended = fiber_park(CLOCK_NEVER);
    list_remove(&w.link);
    return w.served ? 0 : -ECANCELED;
}

/* One that is connected rather than one that is not. */
static unsigned choose(const struct ftp_pool *p)
{
    unsigned chosen = p->most;
    for (unsigned i = 0; i < p->most; i++) {
        if (p->is_out[i])
            continue;
        if (p->clients[i]->control)
            return i;
        chosen = chosen == p->most ? i : chosen;
    }
    return chosen;
}

static void share_knowledge(const struct ftp_pool *p, struct ftp_client *c)
{
    for (unsigned i = 0; !c->knows_features && i < p->most; i++) {
        const struct ftp_client *other = p->clients[i];
        if (!other->knows_features)
            continue;
        c->knows_features = true;
        c->features = other->features;
        c->no_epsv = other->no_epsv;
        c->no_mlsd = other->no_mlsd;
        c->no_rest = other->no_rest;
    }
}

struct ftp_client *ftp_pool_take(struct ftp_pool *p)
{
    if (p->cancelled || await_place(p) != 0)
        return NULL;
    unsigned i = choose(p);
    assert(i < p->most);
    p->is_out[i] = true;
    share_knowledge(p, p->clients[i]);
    return p->clients[i];
}

void ftp_pool_give(struct ftp_pool *p, struct ftp_client *c)
{
    for (unsigned i = 0; i < p->most; i++)
        if (p->clients[i] == c)
            p->is_out[i] = false;
    struct list *first = p->cancelled ? NULL : list_pop(&p->waiters);
    if (!first) {
        p->out--;
        return;
    }
    struct waiter *w = LIST_ENTRY(first, struct waiter, link);
    w->served = true;
    fiber_wake(w->fiber);
}

void ftp_pool_cancel(struct ftp_pool *p)
{
    p->cancelled = true;
    for (unsigned i = 0; i < p->most; i++)
        ftp_cancel(p->clients[i]);
    LIST_FOR_EACH(link, &p->waiters)
    fiber_wake(LIST_ENTRY(link, struct waiter, link)->fiber);
}
