/* tree - the home of an account, and what it holds (files/inside.h). */
#include "files/inside.h"

#include "base/clock.h"
#include "base/log.h"
#include "os/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_SIZE = 24 };

/* ---- which are open */

static struct tree *tree_of(struct cabinet *c, uint64_t account)
{
    struct tree *t = map_get(c->trees, MAP_KEY(account));
    if (t)
        return t;
    t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->account = account;
    t->home = t->uploads = -1;
    list_init(&t->link);
    if (map_put(c->trees, MAP_KEY(t->account), t) == 0)
        return t;
    free(t);
    return NULL;
}

static void shut(struct tree *t)
{
    fd_close(&t->home);
    fd_close(&t->uploads);
    list_remove(&t->link);
}

/* What it holds has to be counted again then. */
static void close_unused(struct cabinet *c)
{
    struct list *l = c->trees_by_use.next;
    while (map_count(c->trees) > FILES_TREES_MAX && l != &c->trees_by_use) {
        struct tree *t = LIST_ENTRY(l, struct tree, link);
        l = l->next;
        shut(t);
        map_remove(c->trees, MAP_KEY(t->account));
        free(t);
    }
}

struct opening {
    int accounts, home, uploads, error;
    char name[NUMBER_SIZE];
};

static void open_home(void *arg)
{
    struct opening *o = arg;
    o->error = disk_home(o->accounts, o->name, &o->home, &o->uploads);
}

/* Two may come at once: the second one's descriptors are not needed. */
static int tree_open(struct cabinet *c, struct tree *t)
{
    bool anonymous = t->account == 0;
    struct opening o = { .accounts = anonymous ? c->settings.directory : c->accounts,
                         .home = -1,
                         .uploads = -1 };
    if (anonymous)
        snprintf(o.name, sizeof o.name, "anonymous");
    else
        snprintf(o.name, sizeof o.name, "%" PRIu64, t->account);
    int error = on_thread(c->looks, open_home, &o);
    if (!error)
        error = o.error;
    if (!error && t->home < 0) {
        t->home = fd_take(&o.home);
        t->uploads = fd_take(&o.uploads);
    }
    fd_close(&o.home);
    fd_close(&o.uploads);
    return error;
}

int tree_enter(struct cabinet *c, uint64_t account, struct tree **tree_r)
{
    struct tree *t = tree_of(c, account);
    if (!t)
        return -ENOMEM;
    t->busy++;
    list_remove(&t->link);
    int error = t->gone ? -ENOENT : 0;
    if (!error && t->home < 0)
        error = tree_open(c, t);
    if (!error && t->gone) /* meanwhile */
        error = -ENOENT;
    if (error) {
        tree_leave(c, t);
        return error;
    }
    *tree_r = t;
    return 0;
}

void tree_leave(struct cabinet *c, struct tree *t)
{
    if (--t->busy > 0 || t->gone)
        return;
    list_push(&c->trees_by_use, &t->link);
    close_unused(c);
}

void trees_close(struct cabinet *c)
{
    size_t cursor = 0;
    for (struct tree *t; (t = map_next(c->trees, &cursor)) != NULL;) {
        shut(t);
        map_remove(c->trees, MAP_KEY(t->account));
        free(t);
    }
}

/* ---- what it holds */

struct counting {
    int home, uploads, error;
    uint64_t octets;
};

static void count_octets(void *arg)
{
    struct counting *n = arg;
    n->error = disk_usage(n->home, n->uploads, &n->octets);
}

static int count(struct cabinet *c, struct tree *t)
{
    struct counting n = { .home = t->home, .uploads = t->uploads };
    int error = on_thread(c->looks, count_octets, &n);
    if (!error)
        error = n.error;
    if (!error) {
        t->used = n.octets;
        t->counted = true;
    }
    return error;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t held(const struct tree *t)
{
    return sum(t->used, t->pending);
}

static uint64_t left(const struct tree *t)
{
    bool fresh =
        t->granted_at && clock_now() - t->granted_at < QUOTA_SECONDS * CLOCK_SECOND;
    return fresh && held(t) < t->ceiling ? t->ceiling - held(t) : 0;
}

/* When auth cannot say, it is let in, as the store does it. */
static void ask(struct cabinet *c, struct tree *t, uint64_t wanted)
{
    uint64_t granted = 0, before = held(t);
    if (wanted < QUOTA_BLOCK)
        wanted = QUOTA_BLOCK;
    int error =
        c->settings.reserve(t->account, before, wanted, &granted, c->settings.arg);
    t->granted_at = clock_now();
    t->ceiling = sum(before, error ? wanted : granted);
}

int tree_reserve(struct cabinet *c, struct tree *t, uint64_t wanted, uint64_t *octets_r)
{
    int error = 0;
    *octets_r = c->settings.reserve ? 0 : wanted;
    if (!c->settings.reserve)
        return 0;
    if (!t->counted)
        error = count(c, t);
    if (error)
        return error;
    if (left(t) < wanted)
        ask(c, t, wanted);
    uint64_t most = left(t);
    if (most == 0 && wanted > 0)
        return -EDQUOT;
    *octets_r = most < wanted ? most : wanted;
    t->pending += *octets_r;
    return 0;
}

void tree_give_back(struct tree *t, uint64_t octets)
{
    t->pending -= octets < t->pending ? octets : t->pending;
}

void tree_holds_more(struct tree *t, uint64_t octets)
{
    if (t->counted)
        t->used = sum(t->used, octets);
}

void tree_holds_less(struct cabinet *c, struct tree *t, uint64_t octets)
{
    if (!t->counted || octets == 0)
        return;
    t->used -= octets < t->used ? octets : t->used;
    if (c->settings.on_used && t->ceiling != UINT64_MAX)
        c->settings.on_used(t->account, held(t), c->settings.arg);
}

int cabinet_used(struct cabinet *c, uint64_t account, uint64_t *used_r)
{
    struct tree *t;
    int error = tree_enter(c, account, &t);
    if (error)
        return error;
    error = t->counted ? 0 : count(c, t);
    *used_r = held(t);
    tree_leave(c, t);
    return error;
}

void cabinet_quotas_changed(struct cabinet *c)
{
    size_t cursor = 0;
    for (struct tree *t; (t = map_next(c->trees, &cursor)) != NULL;)
        t->granted_at = 0;
}
