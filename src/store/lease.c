/* lease - see lease.h. */
#include "store/lease.h"

#include <errno.h>
#include <stdlib.h>

struct lease {
    struct list link;
    uint64_t generation;
    size_t count; /* sessions */
};

struct retired {
    struct list link;
    uint64_t account, generation; /* named by leases up to that one */
    uint32_t uidvalidity, pack;
    uint64_t checkpoint; /* one that was asked for after this one must have been made */
    struct job job;
};

/* ---- leases */

uint64_t lease_take(struct head *h)
{
    struct lease *l = LIST_ENTRY(h->leases.prev, struct lease, link);
    if (!list_is_empty(&h->leases) && l->generation == h->generation) {
        l->count++;
        return l->generation;
    }
    l = malloc(sizeof *l);
    if (!l)
        return 0;
    *l = (struct lease){ .generation = h->generation, .count = 1 };
    list_push(&h->leases, &l->link);
    return l->generation;
}

void engine_release(struct engine *e, uint64_t account, uint64_t lease)
{
    struct head *h = map_get(e->heads, MAP_KEY(account));
    if (!h || lease == 0)
        return;
    LIST_FOR_EACH(link, &h->leases)
    {
        struct lease *l = LIST_ENTRY(link, struct lease, link);
        if (l->generation != lease || --l->count > 0)
            continue;
        list_remove(link);
        free(l);
    }
    retired_look(e);
}

void lease_free_all(struct head *h)
{
    for (struct list *link; (link = list_pop(&h->leases)) != NULL;)
        free(LIST_ENTRY(link, struct lease, link));
}

/* ---- retired packs */

static void retire_one(struct engine *e, const struct compaction *c, uint32_t pack,
                       uint64_t generation)
{
    struct retired *r = calloc(1, sizeof *r);
    if (!r)
        return; /* the next compaction finds it dead */
    r->account = c->account;
    r->generation = generation;
    r->uidvalidity = c->uidvalidity;
    r->pack = pack;
    r->checkpoint = e->checkpoints_asked;
    list_push(&e->retired, &r->link);
}

void retire(struct engine *e, const struct compaction *c)
{
    struct head *h = head_of(e, c->account);
    if (!h)
        return;
    for (uint32_t i = 0; i < c->old_count; i++)
        retire_one(e, c, c->old[i], h->generation);
    h->generation++;
    engine_tick(e);
}

static bool is_named(struct engine *e, const struct retired *r)
{
    const struct head *h = map_get(e->heads, MAP_KEY(r->account));
    if (!h || list_is_empty(&h->leases))
        return false;
    return LIST_ENTRY(h->leases.next, struct lease, link)->generation <= r->generation;
}

static int drop(struct account *a, struct job *j)
{
    const struct retired *r = j->arg;
    return compaction_drop(a, r->uidvalidity, r->pack);
}

/* On the applier's thread; it is in no list any more. */
static void dropped(struct job *j)
{
    free(j->arg);
}

void retired_look(struct engine *e)
{
    if (e->error)
        return;
    LIST_FOR_EACH(link, &e->retired)
    {
        struct retired *r = LIST_ENTRY(link, struct retired, link);
        if (r->checkpoint >= e->checkpoints_made || is_named(e, r))
            continue;
        list_remove(link);
        r->job = (struct job){
            .account = r->account, .run = drop, .on_done = dropped, .arg = r
        };
        applier_ask(e->applier, &r->job);
    }
}

void retired_forget(struct engine *e, uint64_t account)
{
    LIST_FOR_EACH(link, &e->retired)
    {
        struct retired *r = LIST_ENTRY(link, struct retired, link);
        if (account && r->account != account)
            continue;
        list_remove(link);
        free(r);
    }
}
