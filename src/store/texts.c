/* texts - see texts.h. */
#include "store/texts.h"

#include "base/work.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { NICE = 10, QUEUE = 64, OPENED_A_LOOK = 16 };

struct open_text {
    struct text_index *text;    /* NULL: this place is free */
    struct text_search *search; /* the last one in it; NULL: none */
    uint64_t account, used;
};

struct texts {
    struct work_pool *pool; /* one thread */
    int store;
    uint64_t store_id;
    /* The thread's own: */
    struct open_text open[TEXTS_OPEN_MAX];
    uint64_t clock, opened;
    bool is_nice;
};

/* ---- on the thread */

static void be_nice(struct texts *t)
{
    if (!t->is_nice)
        setpriority(PRIO_PROCESS, 0, NICE); /* on Linux: of this thread */
    t->is_nice = true;
}

/* The account's place, or the one that has not been used for longest. */
static struct open_text *place_of(struct texts *t, uint64_t account)
{
    struct open_text *oldest = &t->open[0];
    for (size_t i = 0; i < TEXTS_OPEN_MAX; i++) {
        struct open_text *o = &t->open[i];
        if (o->text && o->account == account)
            return o;
        if (o->used < oldest->used)
            oldest = o;
    }
    return oldest;
}

static void close_text(struct open_text *o)
{
    text_search_close(&o->search);
    text_close(&o->text);
}

static int begin_anew(struct texts *t, struct open_text *o)
{
    close_text(o);
    int error = text_drop(t->store, o->account);
    return error ? error : text_open(&o->text, t->store, t->store_id, o->account);
}

static int open_text(struct texts *t, uint64_t account, struct open_text **open_r)
{
    struct open_text *o = *open_r = place_of(t, account);
    int error = 0;
    be_nice(t);
    if (!o->text || o->account != account) {
        close_text(o);
        o->account = account;
        error = text_open(&o->text, t->store, t->store_id, account);
        t->opened++;
        if (error == -EUCLEAN)
            error = begin_anew(t, o);
    }
    o->used = ++t->clock;
    return error;
}

struct text_work {
    struct texts *texts;
    uint64_t account;
    struct texts_state state;
    const struct text_item *items;
    size_t count;
    struct span folded; /* what is looked for */
    bool body;
    uint64_t after;
    struct text_slice *slice;
    int error;
};

static void look(void *arg)
{
    struct text_work *w = arg;
    struct open_text *o;
    uint64_t before = w->texts->opened;
    w->error = open_text(w->texts, w->account, &o);
    if (!w->error)
        w->state = (struct texts_state){ text_indexed(o->text), text_count(o->text),
                                         w->texts->opened != before &&
                                             before % OPENED_A_LOOK == 0 };
}

static void anew(void *arg)
{
    struct text_work *w = arg;
    struct open_text *o;
    w->error = open_text(w->texts, w->account, &o);
    if (!w->error)
        w->error = begin_anew(w->texts, o);
}

static void add(void *arg)
{
    struct text_work *w = arg;
    struct open_text *o;
    w->error = open_text(w->texts, w->account, &o);
    if (!w->error)
        w->error = text_add(o->text, w->items, w->count);
    if (w->error == -EUCLEAN && begin_anew(w->texts, o) == 0)
        w->error = -EAGAIN; /* from the beginning */
}

static int find_in(struct open_text *o, const struct text_work *w)
{
    int error = 0;
    if (o->search &&
        (w->after == 0 || !text_search_is_for(o->search, w->folded, w->body)))
        text_search_close(&o->search);
    if (!o->search)
        error = text_search_open(&o->search, o->text, w->folded, w->body);
    if (!error)
        error = text_search_next(o->search, o->text, w->after, w->slice);
    if (error || !w->slice->more)
        text_search_close(&o->search);
    return error;
}

static void find(void *arg)
{
    struct text_work *w = arg;
    struct open_text *o;
    w->error = open_text(w->texts, w->account, &o);
    if (!w->error)
        w->error = find_in(o, w);
    if (w->error == -EUCLEAN && begin_anew(w->texts, o) == 0)
        w->error = -EAGAIN;
}

/* ---- from the loop */

static int run(struct text_work *w, void (*fn)(void *))
{
    int error = work_run(w->texts->pool, fn, w);
    return error ? error : w->error;
}

int texts_state(struct texts *t, uint64_t account, struct texts_state *state_r)
{
    struct text_work w = { .texts = t, .account = account };
    int error = run(&w, look);
    *state_r = w.state;
    return error;
}

int texts_begin_anew(struct texts *t, uint64_t account)
{
    struct text_work w = { .texts = t, .account = account };
    return run(&w, anew);
}

int texts_add(struct texts *t, uint64_t account, const struct text_item *items,
              size_t count)
{
    int error = 0;
    for (size_t done = 0, n; done < count && !error; done += n) {
        size_t octets = 0;
        for (n = 0; done + n < count && n < TEXT_SLICE && octets < TEXT_SLICE_OCTETS;
             n++)
            octets += items[done + n].text.len;
        struct text_work w = {
            .texts = t, .account = account, .items = items + done, .count = n
        };
        error = run(&w, add);
    }
    return error;
}

int texts_find(struct texts *t, uint64_t account, struct span folded, bool body,
               uint64_t after, struct text_slice *slice_r)
{
    struct text_work w = { .texts = t,
                           .account = account,
                           .folded = folded,
                           .body = body,
                           .after = after,
                           .slice = slice_r };
    return run(&w, find);
}

/* ---- birth and end */

struct texts *texts_open(int store, uint64_t store_id)
{
    struct texts *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->store = store;
    t->store_id = store_id;
    t->pool = work_pool_open("text", 1, QUEUE);
    if (!t->pool)
        texts_close(&t);
    return t;
}

void texts_close(struct texts **texts)
{
    struct texts *t = *texts;
    if (!t)
        return;
    work_pool_close(&t->pool);
    for (size_t i = 0; i < TEXTS_OPEN_MAX; i++)
        close_text(&t->open[i]);
    free(t);
    *texts = NULL;
}
