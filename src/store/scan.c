/*
 * scan - does a message have these words?  See find.h: it is read for it, as parse reads
 * it for the word index.
 */
#include "store/find.h"

#include "mime/record.h"
#include "store/account_of.h"
#include "store/core.h"
#include "store/fetch.h"
#include "store/reader.h"

#include <errno.h>

struct scanning {
    struct engine *engine;
    uint64_t account, email;
    bool there;
    struct fetched message;
    struct fetched_octets octets;
};

static int look(struct account *a, struct job *j)
{
    struct scanning *s = j->arg;
    struct mail m;
    int found = rows_find_email(&a->index, s->email, &m);
    s->there = found == 1;
    s->message.what = (struct unread){ .email = s->email,
                                       .off = m.off,
                                       .size = m.size,
                                       .large = m.large,
                                       .pack = m.pack,
                                       .crc = m.crc };
    return found < 0 ? found : 0;
}

static void fetch_it(void *arg)
{
    struct scanning *s = arg;
    int error = fetch(s->engine->shelf.store, s->account, &s->message, 1, &s->octets);
    if (error)
        s->message.error = error;
}

static bool has(const struct found *f, struct span folded, enum scan_part part)
{
    struct record r;
    record_open(f->record, &r);
    struct span text = f->text;
    if (part == SCAN_BODY)
        text =
            r.head.text_body < text.len ? span_skip(text, r.head.text_body) : SPAN("");
    return folded.len == 0 ||
           (text.len >= folded.len && memmem(text.at, text.len, folded.at, folded.len));
}

static int read_it(struct scanning *s, struct span folded, enum scan_part part)
{
    uint32_t size = (uint32_t)s->message.what.size;
    struct parse_messages q = { .text = true,
                                .sizes = span_at(&size, sizeof size),
                                .file = s->message.file >= 0 ? s->message.file
                                                             : s->octets.file };
    struct found found;
    if (s->message.error == -ENOENT || s->message.error == -EBADMSG)
        return 0; /* gone, or damaged: verify tells of it */
    if (s->message.error || s->message.what.size > UINT32_MAX)
        return s->message.error;
    if (s->octets.at)
        q.body = span_at(s->octets.at, s->octets.len);
    int error = reader_ask(&q, &found);
    if (error)
        return error == -ENOTCONN ? -EAGAIN : error;
    bool does = has(&found, folded, part);
    found_close(&found);
    return does;
}

int engine_scan(struct engine *e, uint64_t account, uint64_t email, struct span folded,
                enum scan_part part)
{
    struct scanning s = { .engine = e, .account = account, .email = email };
    struct head *h;
    s.message.file = s.octets.file = -1;
    int error = engine_ready(e);
    if (!error)
        error = head_get(e, account, &h);
    if (!error)
        error = head_read(e, h, look, &s);
    if (!error && s.there)
        error = work_run(e->open_pool, fetch_it, &s);
    int does = error ? error : s.there ? read_it(&s, folded, part) : 0;
    fetched_close(&s.message, 1, &s.octets);
    return does;
}
