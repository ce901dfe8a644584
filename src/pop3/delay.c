/*
 * RFC 2449 §6.5: LOGIN-DELAY, who came when.
 *
 * The name as it was said stands for the account: auth tells a front no more.  Names fall
 * into slots by their hash, which is also all that is kept of them; of two that share a
 * slot the later one stays, and the other may come sooner than it should.
 */
#include "pop3/session.h"

#include "base/clock.h"
#include "base/map.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/random.h>

struct pop3_logins {
    uint8_t key[16];
    struct {
        uint64_t name; /* its hash */
        uint64_t at;   /* clock_now() */
    } slots[POP3_LOGINS_REMEMBERED];
};

struct pop3_logins *pop3_logins_open(void)
{
    struct pop3_logins *l = calloc(1, sizeof(*l));

    if (l && getrandom(l->key, sizeof(l->key), 0) != (ssize_t)sizeof(l->key))
        pop3_logins_close(&l);
    return l;
}

void pop3_logins_close(struct pop3_logins **logins)
{
    free(*logins);
    *logins = NULL;
}

static uint64_t hash_of(const struct pop3_logins *l, struct span name)
{
    char lower[ADDRESS_OCTETS_MAX];
    size_t n = name.len < sizeof(lower) ? name.len : sizeof(lower);

    for (size_t i = 0; i < n; i++)
        lower[i] = (char)tolower((unsigned char)name.at[i]);
    return siphash(l->key, span_at(lower, n));
}

bool pop3_may_come_again(struct pop3_logins *l, struct span name, uint64_t delay)
{
    uint64_t hash = hash_of(l, name), now = clock_now();
    size_t slot = hash % POP3_LOGINS_REMEMBERED;

    if (l->slots[slot].name == hash && now < l->slots[slot].at + delay * CLOCK_SECOND)
        return false;
    l->slots[slot].name = hash;
    l->slots[slot].at = now;
    return true;
}
