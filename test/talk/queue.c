#include "test/talk/queue.h"

#include "base/own.h"
#include "config/limits.h"
#include "queue/queued.h"
#include "test/talk/mail.h"

static struct person *envelopes; /* NULL: there is no queue */

void queue_open(void)
{
    person_add_queue();
    envelopes = person_add(SPAN("@envelopes"), SPAN(""));
}

void queue_forget(void)
{
    envelopes = NULL;
}

bool queue_takes(struct span address)
{
    size_t at = span_find(address, '@');

    return envelopes && at < address.len && !person_has_domain(span_skip(address, at));
}

struct ticket queue_ticket(const uint8_t key[TICKET_KEY_OCTETS])
{
    return (struct ticket){ QUEUE_ACCOUNT, ticket_mac(key, QUEUE_ACCOUNT) };
}

static void describe(const struct queued *e, struct buf *text)
{
    static const char *const rets[RETS] = { "", " RET=FULL", " RET=HDRS" };

    buf_printf(text, "FROM:<%.*s>%s%s%.*s%s\r\n", SPAN_ARG(e->reverse_path),
               rets[e->ret], e->envid.len ? " ENVID=" : "", SPAN_ARG(e->envid),
               e->utf8 ? " SMTPUTF8" : "");
    for (uint32_t i = 0; i < e->count; i++) {
        const struct queued_recipient *r = &e->recipients[i];
        buf_printf(text, "TO:<%.*s>", SPAN_ARG(r->mailbox));
        if (r->notify)
            buf_printf(text, " NOTIFY=%u", r->notify);
        if (r->orcpt.len > 0)
            buf_printf(text, " ORCPT=%.*s", SPAN_ARG(r->orcpt));
        buf_put(text, SPAN("\r\n"));
    }
}

bool queue_put(struct span envelope, uint64_t email)
{
    OWN(arena_close) struct arena *arena = arena_open(ENVELOPE_MEMORY_MAX);
    OWN(buf_free) struct buf text = { .max = 2 * ENVELOPE_OCTETS_MAX };
    struct queued e;

    if (!envelopes || !arena || queued_take(envelope, arena, &e) || e.email != email ||
        e.first != 0 || e.arrived <= 0)
        return false;
    describe(&e, &text);
    person_deliver(envelopes, buf_span(&text));
    return true;
}
