/*
 * records - what parse has found, for who reads; see engine.h.
 *
 * A record that is not there yet is made at once, of the message as it lies in its pack:
 * reading behind delivery (readings.h) comes to it later all the same, and keeps it.
 */
#include "store/core.h"

#include "mime/maker.h"
#include "store/account_of.h"
#include "store/env.h"
#include "store/fetch.h"
#include "store/reader.h"

#include <errno.h>
#include <stdlib.h>

struct wanted {
    struct span record; /* malloc'ed; .at NULL: not there */
    bool unread;        /* and the message is: */
    struct fetched message;
    struct fetched_octets octets;
};

struct looking {
    struct engine *engine;
    uint64_t account;
    const uint64_t *emails;
    size_t count, unread;
    struct wanted *wanted;
};

/* ---- on the applier's thread */

static int find_message(struct account *a, uint64_t email, struct wanted *w)
{
    struct mail m;
    int found = rows_find_email(&a->index, email, &m);
    w->unread = found == 1;
    w->message.what = (struct unread){ .email = email,
                                       .off = m.off,
                                       .size = m.size,
                                       .large = m.large,
                                       .pack = m.pack,
                                       .crc = m.crc };
    return found < 0 ? found : 0;
}

static int look(struct account *a, struct job *j)
{
    struct looking *l = j->arg;
    int error = 0;
    for (size_t i = 0; i < l->count && !error; i++) {
        struct wanted *w = &l->wanted[i];
        error = env_get(a, l->emails[i], &w->record);
        if (error == -ENOENT)
            error = find_message(a, l->emails[i], w);
        l->unread += w->unread;
    }
    return error;
}

/* ---- messages that have not been read */

static void fetch_unread(void *arg)
{
    struct looking *l = arg;
    for (size_t i = 0; i < l->count; i++) {
        struct wanted *w = &l->wanted[i];
        int error = 0;
        if (w->unread)
            error =
                fetch(l->engine->shelf.store, l->account, &w->message, 1, &w->octets);
        if (error)
            w->message.error = error;
    }
}

/* One that is damaged has a record too: it is one opaque part. */
static int put_opaque(const struct fetched *f, struct buf *b)
{
    struct buf opaque = { 0 };
    int error = record_opaque((uint32_t)f->what.size, &opaque);
    uint32_t length = (uint32_t)opaque.len;
    if (!error)
        error = buf_put(b, span_at(&length, sizeof length));
    if (!error)
        error = buf_put(b, buf_span(&opaque));
    buf_free(&opaque);
    return error;
}

static int put_record(struct span record, struct buf *b)
{
    uint32_t length = (uint32_t)record.len;
    int error = buf_put(b, span_at(&length, sizeof length));
    return error ? error : buf_put(b, record);
}

static int read_now(struct wanted *w, struct buf *b)
{
    const struct fetched *f = &w->message;
    uint32_t size = (uint32_t)f->what.size;
    struct parse_messages q = { .sizes = span_at(&size, sizeof size),
                                .file = f->file >= 0 ? f->file : w->octets.file };
    struct found found;
    if (f->error == -ENOENT || f->error == -EBADMSG || f->what.size > UINT32_MAX)
        return put_opaque(f, b);
    if (f->error)
        return f->error;
    if (w->octets.at)
        q.body = span_at(w->octets.at, w->octets.len);
    int error = reader_ask(&q, &found);
    if (error)
        return error == -ENOTCONN ? -EAGAIN : error;
    error = put_record(found.record, b);
    found_close(&found);
    return error;
}

/* ---- the whole */

static int put_all(struct looking *l, struct buf *b)
{
    int error = 0;
    for (size_t i = 0; i < l->count && !error; i++) {
        struct wanted *w = &l->wanted[i];
        error = w->unread ? read_now(w, b) : put_record(w->record, b);
    }
    return error;
}

static void forget(struct looking *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free((void *)(uintptr_t)l->wanted[i].record.at);
        fetched_close(&l->wanted[i].message, 1, &l->wanted[i].octets);
    }
    free(l->wanted);
}

int engine_records(struct engine *e, uint64_t account, const uint64_t *emails,
                   size_t count, struct buf *records_r)
{
    struct looking l = { e, account, emails, count, 0, NULL };
    struct head *h;
    int error = engine_ready(e);
    if (!error)
        error = head_get(e, account, &h);
    if (error)
        return error;
    l.wanted = calloc(count + 1, sizeof *l.wanted);
    if (!l.wanted)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        l.wanted[i].message.file = l.wanted[i].octets.file = -1;
    error = head_read(e, h, look, &l);
    if (!error && l.unread > 0)
        error = work_run(e->open_pool, fetch_unread, &l);
    if (!error)
        error = put_all(&l, records_r);
    forget(&l);
    return error;
}
