/* queued - see queued.h.  Numbers are little endian, texts have their length before them;
 * there is one form for each envelope. */
#include "queue/queued.h"

#include "config/limits.h"
#include "queue/dsn.h"

#include <errno.h>

enum {
    VERSION = 1,
    HEAD_OCTETS = 1 + 8 + 4 + 8 + 8 + 1 + 1 + 1 + 4, /* without its texts */
    RECIPIENT_OCTETS = 1 + 1 + 1 + 4 + 8 + 8 + 2 + 1 + 2 + 2,
    TEXT_LENGTH = 2,
};

/* ---- writing */

struct writer {
    struct buf *to;
    int error;
};

static void put_number(struct writer *w, uint64_t number, size_t octets)
{
    char at[8];
    for (size_t i = 0; i < octets; i++)
        at[i] = (char)(number >> 8 * i);
    if (!w->error)
        w->error = buf_put(w->to, span_at(at, octets));
}

static void put_text(struct writer *w, struct span text, size_t max)
{
    if (text.len > max)
        w->error = -EMSGSIZE;
    put_number(w, text.len, TEXT_LENGTH);
    if (!w->error)
        w->error = buf_put(w->to, text);
}

static void put_recipient(struct writer *w, const struct queued_recipient *r)
{
    put_text(w, r->mailbox, PATH_OCTETS_MAX);
    put_text(w, r->orcpt, DSN_XTEXT_MAX);
    put_number(w, r->notify, 1);
    put_number(w, r->fate, 1);
    put_number(w, r->noticed, 1);
    put_number(w, r->attempts, 4);
    put_number(w, (uint64_t)r->next, 8);
    put_number(w, (uint64_t)r->tried, 8);
    put_number(w, r->status.code, 2);
    put_number(w, r->status.class, 1);
    put_number(w, r->status.subject, 2);
    put_number(w, r->status.detail, 2);
    put_text(w, r->remote, DOMAIN_OCTETS_MAX);
    put_text(w, r->words, SMTP_FATE_WORDS);
}

int queued_put(struct buf *to, const struct queued *e)
{
    struct writer w = { .to = to };
    size_t before = to->len;
    put_number(&w, VERSION, 1);
    put_number(&w, e->email, 8);
    put_number(&w, e->first, 4);
    put_number(&w, e->session, 8);
    put_number(&w, (uint64_t)e->arrived, 8);
    put_number(&w, e->utf8, 1);
    put_number(&w, e->held, 1);
    put_number(&w, e->ret, 1);
    put_number(&w, e->count, 4);
    put_text(&w, e->envid, DSN_XTEXT_MAX);
    put_text(&w, e->reverse_path, PATH_OCTETS_MAX);
    for (uint32_t i = 0; i < e->count; i++)
        put_recipient(&w, &e->recipients[i]);
    if (!w.error && to->len - before > ENVELOPE_OCTETS_MAX)
        w.error = -EMSGSIZE;
    if (w.error)
        to->len = before;
    return w.error;
}

size_t queued_recipient_most(const struct queued_recipient *r)
{
    return RECIPIENT_OCTETS + 4 * TEXT_LENGTH + r->mailbox.len + r->orcpt.len +
           DOMAIN_OCTETS_MAX + SMTP_FATE_WORDS;
}

size_t queued_length_most(const struct queued *e)
{
    size_t sum = HEAD_OCTETS + 2 * TEXT_LENGTH + e->envid.len + e->reverse_path.len;
    for (uint32_t i = 0; i < e->count; i++)
        sum += queued_recipient_most(&e->recipients[i]);
    return sum;
}

/* ---- reading: after an error everything is 0 and empty */

struct reader {
    struct span rest;
    bool bad;
};

static struct span take_octets(struct reader *r, size_t len)
{
    struct span octets = { "", 0 };
    if (r->bad || r->rest.len < len)
        r->bad = true;
    else {
        octets = span_first(r->rest, len);
        r->rest = span_skip(r->rest, len);
    }
    return octets;
}

static uint64_t take_number(struct reader *r, size_t octets, uint64_t most)
{
    struct span at = take_octets(r, octets);
    uint64_t number = 0;
    for (size_t i = at.len; i-- > 0;)
        number = number << 8 | (uint8_t)at.at[i];
    r->bad |= number > most;
    return r->bad ? 0 : number;
}

/* Without controls: it goes into commands and reports. */
static struct span take_text(struct reader *r, size_t max)
{
    struct span text = take_octets(r, take_number(r, TEXT_LENGTH, max));
    for (size_t i = 0; i < text.len; i++)
        r->bad |= (uint8_t)text.at[i] < ' ' || text.at[i] == 127;
    return text;
}

static void take_recipient(struct reader *r, struct queued_recipient *one)
{
    one->mailbox = take_text(r, PATH_OCTETS_MAX);
    r->bad |= one->mailbox.len == 0;
    one->orcpt = take_text(r, DSN_XTEXT_MAX);
    one->notify = (unsigned)take_number(r, 1, DSN_NOTIFY_DELAY * 2 - 1);
    one->fate = (enum queued_fate)take_number(r, 1, QUEUED_FATES - 1);
    one->noticed = take_number(r, 1, 1);
    one->attempts = (uint32_t)take_number(r, 4, UINT32_MAX);
    one->next = (int64_t)take_number(r, 8, INT64_MAX);
    one->tried = (int64_t)take_number(r, 8, INT64_MAX);
    one->status.code = (uint16_t)take_number(r, 2, 599);
    one->status.class = (uint8_t)take_number(r, 1, 5);
    one->status.subject = (uint16_t)take_number(r, 2, 999);
    one->status.detail = (uint16_t)take_number(r, 2, 999);
    one->remote = take_text(r, DOMAIN_OCTETS_MAX);
    one->words = take_text(r, SMTP_FATE_WORDS);
}

/* A recipient has at least so many octets, so that a count is no promise of memory. */
enum { RECIPIENT_LEAST = RECIPIENT_OCTETS + 4 * TEXT_LENGTH + 1 };

int queued_take(struct span octets, struct arena *arena, struct queued *e)
{
    struct reader r = { .rest = octets, .bad = octets.len > ENVELOPE_OCTETS_MAX };
    *e = (struct queued){ 0 };
    r.bad |= take_number(&r, 1, VERSION) != VERSION;
    e->email = take_number(&r, 8, UINT64_MAX);
    e->first = (uint32_t)take_number(&r, 4, UINT32_MAX);
    e->session = take_number(&r, 8, UINT64_MAX);
    e->arrived = (int64_t)take_number(&r, 8, INT64_MAX);
    e->utf8 = take_number(&r, 1, 1);
    e->held = take_number(&r, 1, 1);
    e->ret = (enum queued_ret)take_number(&r, 1, RETS - 1);
    e->count = (uint32_t)take_number(&r, 4, ENVELOPE_OCTETS_MAX / RECIPIENT_LEAST);
    e->envid = take_text(&r, DSN_XTEXT_MAX);
    e->reverse_path = take_text(&r, PATH_OCTETS_MAX);
    if (r.bad || e->count == 0)
        return -EBADMSG;
    e->recipients = arena_alloc(arena, e->count * sizeof *e->recipients);
    if (!e->recipients)
        return -ENOMEM;
    for (uint32_t i = 0; i < e->count; i++)
        take_recipient(&r, &e->recipients[i]);
    return r.bad || r.rest.len > 0 ? -EBADMSG : 0;
}
