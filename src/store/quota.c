/* quota - see quota.h. */
#include "store/quota.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

static bool is_fresh(const struct head *h)
{
    return h->granted_at && clock_now() - h->granted_at < QUOTA_SECONDS * CLOCK_SECOND;
}

bool quota_allows(struct engine *e, const struct head *h, uint64_t size)
{
    return size == 0 || !e->settings.reserve ||
           (is_fresh(h) && h->used <= h->ceiling && size <= h->ceiling - h->used);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static int nothing(struct account *a, struct job *j)
{
    (void)a, (void)j;
    return 0;
}

/* It is full.  Unless an expunge has still to be filed: then its room counts. */
static int is_full(struct engine *e, struct head *h)
{
    if (!h->expunged)
        return -EDQUOT;
    h->expunged = 0;
    return head_ask(e, h, nothing, NULL);
}

static int ask(struct engine *e, struct head *h, uint64_t size)
{
    uint64_t wanted = size > QUOTA_BLOCK ? size : QUOTA_BLOCK;
    uint64_t granted = 0, used = h->used, forgotten = h->forgotten;
    int error =
        e->settings.reserve(h->account, used, wanted, &granted, e->settings.arg);
    if (e->error || h->forgotten != forgotten)
        return e->error; /* another account: it is asked for anew */
    h->granted_at = clock_now();
    h->ceiling = sum(used, error ? wanted : granted);
    return quota_allows(e, h, size) || h->used != used ? 0 : is_full(e, h);
}

int quota_ask(struct engine *e, const uint64_t *accounts, size_t count, uint64_t size)
{
    int error = 0;
    for (size_t i = 0; i < count && !error; i++) {
        struct head *h = head_of(e, accounts[i]);
        if (!h)
            return -ENOMEM;
        if (!quota_allows(e, h, size))
            error = ask(e, h, size);
    }
    return error;
}

static int read_used(struct account *a, struct job *j)
{
    account_inbox(a, j->arg);
    return 0;
}

/* One that has no folder gets none by being asked for. */
int engine_used(struct engine *e, uint64_t account, uint64_t *used_r)
{
    struct head *h = head_of(e, account);
    struct inbox inbox = { 0 };
    if (!h)
        return -ENOMEM;
    int error = h->known ? 0 : head_read(e, h, read_used, &inbox);
    *used_r = h->known ? h->used : inbox.used;
    return error == -ENOENT ? 0 : error;
}

int engine_room(struct engine *e, uint64_t account, uint64_t size)
{
    const struct order o = { &account, 1, 0, size };
    const struct head *h = NULL;
    int error = engine_ready(e);
    while (!error && (!h || !h->known || !quota_allows(e, h, size))) {
        error = order_ask_all(e, &o);
        h = map_get(e->heads, MAP_KEY(account));
    }
    return error;
}

void engine_quotas_changed(struct engine *e)
{
    size_t cursor = 0;
    for (struct head *h; (h = map_next(e->heads, &cursor)) != NULL;)
        h->granted_at = 0;
}

static void give_back(struct engine *e, const struct freed *f)
{
    struct head *h = map_get(e->heads, MAP_KEY(f->account));
    if (!h || !h->known || f->lsn <= h->learned)
        return; /* counted already */
    h->used -= f->octets < h->used ? f->octets : h->used;
    if (e->settings.on_used && h->ceiling != UINT64_MAX)
        e->settings.on_used(h->account, h->used, e->settings.arg);
}

void quota_take_freed(struct engine *e)
{
    for (struct freed *f; (f = applier_freed(e->applier)) != NULL;) {
        give_back(e, f);
        free(f);
    }
}
