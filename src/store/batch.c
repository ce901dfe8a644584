/* batch - see batch.h. */
#include "store/batch.h"

#include "base/fiber.h"
#include "mime/maker.h"
#include "store/core.h"
#include "store/fetch.h"
#include "store/reader.h"

#include <errno.h>
#include <stdlib.h>

struct batch {
    struct engine *engine;
    struct work_pool *pool;
    struct texts *texts; /* NULL: no words are kept */
    uint64_t account, parsed, indexed, messages;
    size_t count;
    bool more;
    int error; /* of fetching them */
    struct unread unread[UNREAD_MAX];
    struct fetched fetched[UNREAD_MAX];
    struct fetched_octets octets;
    struct found together[UNREAD_MAX], found[UNREAD_MAX];
};

static int list_unread(struct account *a, struct job *j)
{
    struct batch *b = j->arg;
    int error = env_parsed(a, &b->parsed);
    uint64_t after = b->parsed < b->indexed ? b->parsed : b->indexed;
    return error ? error
                 : env_unread(a, after, b->unread, UNREAD_MAX, &b->count, &b->more);
}

static int count_messages(struct account *a, struct job *j)
{
    struct batch *b = j->arg;
    return env_messages(a, &b->messages);
}

static int put_found(struct account *a, struct job *j)
{
    struct env_row rows[UNREAD_MAX];
    struct batch *b = j->arg;
    uint64_t last = b->unread[b->count - 1].email;
    for (size_t i = 0; i < b->count; i++)
        rows[i] = (struct env_row){ b->unread[i].email, b->found[i].record };
    return env_put(a, rows, b->count, last > b->parsed ? last : b->parsed);
}

/* Runs it on the applier's thread, which files nothing for it. */
static int ask_applier(struct batch *b, int (*run)(struct account *, struct job *))
{
    struct engine *e = b->engine;
    struct job j = { .account = b->account,
                     .run = run,
                     .fiber = fiber_self(),
                     .as_is = true,
                     .arg = b };
    if (e->error)
        return e->error;
    applier_ask(e->applier, &j);
    while (!j.done)
        fiber_await(); /* the applier holds on to j */
    return e->error ? e->error : j.error;
}

static void fetch_batch(void *arg)
{
    struct batch *b = arg;
    for (size_t i = 0; i < b->count; i++)
        b->fetched[i].what = b->unread[i];
    b->error =
        fetch(b->engine->shelf.store, b->account, b->fetched, b->count, &b->octets);
}

/* ---- asking parse */

/* One that cannot be fetched is not there any more, or damaged: verify tells of it. */
static int give_up(struct batch *b, size_t i)
{
    struct found *f = &b->found[i];
    *f = (struct found){ 0 };
    int error = record_opaque((uint32_t)b->unread[i].size, &f->opaque);
    f->record = buf_span(&f->opaque);
    return error;
}

/* What the disk has is not what came, or it is not there, or cannot be read: that does not
 * pass. */
static bool may_pass(int error)
{
    return error != -EBADMSG && error != -ENOENT && error != -EIO;
}

/* Those that lie one behind the other. */
static int ask_together(struct batch *b)
{
    uint32_t sizes[UNREAD_MAX];
    size_t places[UNREAD_MAX], count = 0;
    for (size_t i = 0; i < b->count; i++)
        if (!b->fetched[i].error && b->fetched[i].file < 0) {
            sizes[count] = (uint32_t)b->unread[i].size;
            places[count++] = i;
        }
    struct parse_messages q = { .text = b->texts != NULL,
                                .sizes = span_at(sizes, count * sizeof *sizes),
                                .file = b->octets.file };
    if (count == 0)
        return 0;
    if (b->octets.at)
        q.body = span_at(b->octets.at, b->octets.len);
    int error = reader_ask(&q, b->together);
    for (size_t i = 0; i < count && !error; i++)
        b->found[places[i]] = b->together[i];
    return error;
}

/* One that has a file of its own, or could not be fetched. */
static int ask_alone(struct batch *b, size_t i)
{
    const struct fetched *f = &b->fetched[i];
    uint32_t size = (uint32_t)f->what.size;
    struct parse_messages q = { .text = b->texts != NULL,
                                .sizes = span_at(&size, sizeof size),
                                .file = f->file };
    if (f->error)
        return may_pass(f->error) ? f->error : give_up(b, i);
    return f->what.size > UINT32_MAX ? give_up(b, i) : reader_ask(&q, &b->found[i]);
}

static int ask_all(struct batch *b)
{
    int error = ask_together(b);
    for (size_t i = 0; i < b->count && !error; i++)
        if (b->fetched[i].error || b->fetched[i].file >= 0)
            error = ask_alone(b, i);
    return error;
}

static void close_batch(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        found_close(&b->found[i]);
    fetched_close(b->fetched, b->count, &b->octets);
}

/* Between the list and the fetching: expunged, or written elsewhere. */
static bool has_moved(const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->fetched[i].error == -ENOENT || b->fetched[i].error == -EBADMSG)
            return true;
    return false;
}

/* ---- the words */

/* How far the text goes; what most of is of messages that have gone begins anew. */
static int look_at_text(struct batch *b)
{
    struct texts_state state;
    b->indexed = UINT64_MAX;
    if (!b->texts)
        return 0;
    int error = texts_state(b->texts, b->account, &state);
    if (!error && state.look && state.count > DEAD_TEXTS_MIN)
        error = ask_applier(b, count_messages);
    if (!error && state.look && state.count > 2 * b->messages + DEAD_TEXTS_MIN) {
        state.indexed = 0;
        error = texts_begin_anew(b->texts, b->account);
    }
    b->indexed = state.indexed;
    return error;
}

static uint32_t body_of(const struct found *f)
{
    struct record r;
    record_open(f->record, &r);
    return r.head.text_body;
}

static int put_text(struct batch *b)
{
    struct text_item items[UNREAD_MAX];
    if (!b->texts)
        return 0;
    for (size_t i = 0; i < b->count; i++)
        items[i] = (struct text_item){ b->unread[i].email, b->found[i].text,
                                       body_of(&b->found[i]) };
    return texts_add(b->texts, b->account, items, b->count);
}

/* ---- the whole */

/* The text before the records: `parsed` never says more than is there, unless the power
 * was cut, and then `indexed` tells. */
static int put_all(struct batch *b)
{
    int error = put_text(b);
    return error ? error : ask_applier(b, put_found);
}

static int read_some(struct batch *b, struct batch_progress *p)
{
    int error = look_at_text(b);
    if (!error)
        error = ask_applier(b, list_unread);
    p->more = b->more;
    if (error || b->count == 0)
        return error;
    error = work_run(b->pool, fetch_batch, b);
    if (error || b->error) {
        b->count = 0; /* nothing has been fetched */
        return error ? error : b->error;
    }
    p->moved = has_moved(b) && !p->moved;
    if (p->moved) {
        p->more = true;
        return 0;
    }
    error = ask_all(b);
    if (!error)
        error = put_all(b);
    p->count = error ? 0 : b->count;
    return error;
}

int batch_read(struct engine *e, const struct batch_threads *threads, uint64_t account,
               struct batch_progress *p)
{
    struct batch *b = calloc(1, sizeof *b);
    p->count = 0;
    if (!b)
        return -ENOMEM;
    b->engine = e;
    b->pool = threads->pool;
    b->texts = threads->texts;
    b->account = account;
    b->octets.file = -1;
    for (size_t i = 0; i < UNREAD_MAX; i++)
        b->fetched[i].file = -1;
    int error = read_some(b, p);
    close_batch(b);
    free(b);
    return error;
}
