#include "auth/recipients.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "base/map.h"

#include <stdlib.h>

struct recipient {
    struct auth_recipient_answer answer;
    uint64_t until;
    size_t len;
    char address[];
};

static struct map *remembered; /* struct recipient by address; NULL: none yet */
static uint64_t generation;    /* grows with every forgetting */

static void forget_all(void)
{
    size_t cursor = 0;
    struct recipient *r;
    generation++;
    while (remembered && (r = map_next(remembered, &cursor)) != NULL)
        free(r);
    map_close(&remembered);
}

static void forget(struct recipient *r)
{
    map_remove(remembered, span_at(r->address, r->len));
    free(r);
}

/* Without memory for it nothing is remembered, and auth is asked again. */
static void remember(struct span address, const struct auth_recipient_answer *answer)
{
    if (remembered && map_count(remembered) >= RECIPIENTS_REMEMBERED)
        forget_all();
    if (!remembered && (remembered = map_open()) == NULL)
        return;
    struct recipient *r = malloc(sizeof *r + address.len);
    if (!r)
        return;
    r->answer = *answer;
    r->until = clock_in(RECIPIENT_SECONDS * CLOCK_SECOND);
    r->len = address.len;
    memcpy(r->address, address.at, address.len);
    if (map_put(remembered, span_at(r->address, r->len), r) != 0)
        free(r);
}

static struct recipient *recall(struct span address)
{
    struct recipient *r = remembered ? map_get(remembered, address) : NULL;
    if (!r || clock_now() < r->until)
        return r;
    forget(r);
    return NULL;
}

int recipient_ask(struct span address, struct auth_recipient_answer *answer_r)
{
    struct recipient *r = recall(address);
    if (r) {
        *answer_r = r->answer;
        return 0;
    }
    uint64_t before = generation;
    int error = ask_auth_recipient(&(struct auth_recipient){ address }, answer_r, NULL);
    /* What was forgotten while we waited may be this. */
    if (!error && answer_r->verdict == AUTH_OK && before == generation)
        remember(address, answer_r);
    return error;
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
