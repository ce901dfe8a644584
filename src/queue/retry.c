/* retry - see retry.h. */
#include "queue/retry.h"

#include "config/limits.h"

const struct retry_settings retry_usual = {
    .first = RETRY_FIRST_SECONDS,
    .most = RETRY_MOST_SECONDS,
    .notice = RETRY_NOTICE_SECONDS,
    .give_up = RETRY_GIVE_UP_SECONDS,
};

enum { CHANCE = 8 };

/* A clock may have been set by anything: no sum may run over. */
static int64_t later(int64_t from, uint64_t seconds)
{
    return from > INT64_MAX - (int64_t)seconds ? INT64_MAX : from + (int64_t)seconds;
}

/* The wait behind attempt number `attempts`, its eighth of chance in it. */
static uint64_t wait_of(const struct retry_settings *s, uint32_t attempts,
                        uint64_t random)
{
    const uint64_t most = (uint64_t)s->most * CHANCE / (CHANCE + 1);
    uint64_t wait = s->first > 0 ? s->first : 1;

    for (uint32_t i = 1; i < attempts && wait < most; i++)
        wait += wait / 2 + 1;
    if (wait > most && most >= s->first)
        wait = most;
    return wait + random % (wait / CHANCE + 1);
}

struct retry retry_after(const struct retry_settings *s, const struct waiting *w,
                         int64_t now, uint64_t random)
{
    struct retry r = { .action = RETRY, .give_up = later(w->arrived, s->give_up) };

    if (w->deliver_by != 0)
        r.give_up = w->deliver_by;
    if (now >= r.give_up) {
        r.action = GIVE_UP;
        return r;
    }
    r.at = later(now, wait_of(s, w->attempts, random));
    if (r.at > r.give_up)
        r.at = r.give_up;
    if (!w->noticed && now >= later(w->arrived, s->notice))
        r.action = RETRY_AND_TELL;
    return r;
}
