#include "auth/recipients.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/own.h"

#include <errno.h>
#include <stdlib.h>

struct recipient {
    struct auth_recipient_answer answer; /* its tickets stand in octets */
    uint64_t until;
    struct span address; /* behind them */
    char octets[];
};

static struct map *remembered; /* struct recipient by address; NULL: none yet */
static struct recipient *last; /* the one asked for last, where it is not remembered */
static uint64_t generation;    /* grows with every forgetting */

static void forget_all(void)
{
    size_t cursor = 0;
    struct recipient *r;
    generation++;
    while (remembered && (r = map_next(remembered, &cursor)) != NULL)
        free(r);
    map_close(&remembered);
    free(last);
    last = NULL;
}

static void forget(struct recipient *r)
{
    map_remove(remembered, r->address);
    free(r);
}

static struct recipient *copy(struct span address,
                              const struct auth_recipient_answer *answer)
{
    size_t len = answer->tickets.len;
    struct recipient *r = malloc(sizeof *r + len + address.len);
    if (!r)
        return NULL;
    r->answer = *answer;
    r->until = clock_in(RECIPIENT_SECONDS * CLOCK_SECOND);
    memcpy(r->octets, answer->tickets.at, len);
    memcpy(r->octets + len, address.at, address.len);
    r->answer.tickets = span_at(r->octets, len);
    r->address = span_at(r->octets + len, address.len);
    return r;
}

static bool is_acceptance(uint8_t verdict)
{
    return verdict == AUTH_OK || verdict == AUTH_ELSEWHERE;
}

/* Without memory for it nothing is remembered, and auth is asked again. */
static bool remember(struct recipient *r)
{
    if (!is_acceptance(r->answer.verdict) ||
        r->answer.tickets.len > TICKETS_REMEMBERED * sizeof(uint64_t[2]))
        return false;
    if (remembered && map_count(remembered) >= RECIPIENTS_REMEMBERED)
        forget_all();
    if (!remembered && (remembered = map_open()) == NULL)
        return false;
    return map_put(remembered, r->address, r) == 0;
}

static struct recipient *recall(struct span address)
{
    struct recipient *r = remembered ? map_get(remembered, address) : NULL;
    if (!r || clock_now() < r->until)
        return r;
    forget(r);
    return NULL;
}

static int ask_anew(struct span address, struct auth_recipient_answer *answer_r)
{
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    uint64_t before = generation;
    int error =
        arena ? ask_auth_recipient(&(struct auth_recipient){ address }, answer_r, arena)
              : -ENOMEM;
    if (error)
        return error;
    struct recipient *r = copy(address, answer_r);
    if (!r)
        return -ENOMEM;
    answer_r->tickets = r->answer.tickets;
    /* What was forgotten while we waited may be this. */
    if (before != generation || !remember(r)) {
        free(last);
        last = r;
    }
    return 0;
}

int recipient_ask(struct span address, struct auth_recipient_answer *answer_r)
{
    const struct recipient *r = recall(address);
    if (!r)
        return ask_anew(address, answer_r);
    *answer_r = r->answer;
    return 0;
}

void recipients_on_changed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    forget_all();
}

void recipients_on_end(struct channel *channel)
{
    if (channel_role(channel) == ROLE_AUTH)
        forget_all();
}
