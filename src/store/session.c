#include "store/session.h"

#include "base/map.h"
#include "wire/wire.h"

uint64_t ticket_mac(const uint8_t key[TICKET_KEY_OCTETS], uint64_t account)
{
    return siphash(key, span_at(&account, sizeof(account)));
}

void store_on_durable(struct call *call, const void *question)
{
    const struct store_durable *q = question;
    (void)call;
    wire_durable(q->lsn);
}

void store_on_failed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    wire_never_durable();
}

void store_on_end(struct channel *channel)
{
    if (channel_role(channel) == ROLE_STORE)
        wire_never_durable();
}
