/* attempt - see attempt.h. */
#include "auth/attempt.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/own.h"

#include <stdlib.h>
#include <sys/random.h>

struct attempts {
    struct map *by_id;
    struct list by_age; /* the oldest first */
};

struct attempts *attempts_open(void)
{
    OWN(attempts_close) struct attempts *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    list_init(&a->by_age);
    a->by_id = map_open();
    return a->by_id ? TAKE(&a) : NULL;
}

static void drop(struct attempts *a, struct attempt *attempt)
{
    map_remove(a->by_id, MAP_KEY(attempt->id));
    list_remove(&attempt->link);
}

static void drop_oldest(struct attempts *a)
{
    struct attempt *oldest = LIST_ENTRY(a->by_age.next, struct attempt, link);
    drop(a, oldest);
    attempt_free(&oldest);
}

void attempts_close(struct attempts **attempts)
{
    struct attempts *a = *attempts;
    if (!a)
        return;
    while (!list_is_empty(&a->by_age))
        drop_oldest(a);
    map_close(&a->by_id);
    free(a);
    *attempts = NULL;
}

/* All have the same time, so who is past it stands in front. */
static void make_room(struct attempts *a)
{
    while (!list_is_empty(&a->by_age)) {
        struct attempt *oldest = LIST_ENTRY(a->by_age.next, struct attempt, link);
        if (oldest->until > clock_now() && map_count(a->by_id) < SCRAM_ATTEMPTS_MAX)
            return;
        drop_oldest(a);
    }
}

static struct span put(char **to, struct span from)
{
    struct span copy = span_at(*to, from.len);
    if (from.len > 0)
        memcpy(*to, from.at, from.len);
    *to += from.len;
    return copy;
}

/* One block, with the texts behind the struct. */
static struct attempt *copy_of(const struct attempt *like)
{
    struct attempt *copy =
        malloc(sizeof *copy + like->name.len + like->source.len + like->said.len);
    if (!copy)
        return NULL;
    char *to = (char *)(copy + 1);
    *copy = *like;
    copy->name = put(&to, like->name);
    copy->source = put(&to, like->source);
    copy->said = put(&to, like->said);
    return copy;
}

uint64_t attempt_add(struct attempts *a, const struct attempt *like)
{
    make_room(a);
    OWN(attempt_free) struct attempt *attempt = copy_of(like);
    if (!attempt || getrandom(&attempt->id, sizeof attempt->id, 0) < 0 ||
        attempt->id == 0 || map_put(a->by_id, MAP_KEY(attempt->id), attempt))
        return 0;
    attempt->until = clock_in(SCRAM_SECONDS * CLOCK_SECOND);
    list_push(&a->by_age, &attempt->link);
    return TAKE(&attempt)->id;
}

struct attempt *attempt_take(struct attempts *a, uint64_t id, enum role front,
                             uint32_t instance)
{
    struct attempt *attempt = map_get(a->by_id, MAP_KEY(id));
    if (!attempt || attempt->front != front || attempt->instance != instance ||
        attempt->until <= clock_now())
        return NULL;
    drop(a, attempt);
    return attempt;
}

void attempt_free(struct attempt **attempt)
{
    if (!*attempt)
        return;
    explicit_bzero(*attempt, sizeof **attempt);
    free(*attempt);
    *attempt = NULL;
}
