/* crew - see crew.h. */
#include "cli/ftp/crew.h"

#include "base/clock.h"
#include "base/fiber.h"

struct hand {
    struct crew *crew;
    unsigned number;
};

static void wake_all(struct crew *w)
{
    for (unsigned i = 0; i < w->hands; i++)
        fiber_wake(w->fibers[i]);
}

/* False: everybody waits, and nothing more will come. */
static bool await_turn(struct crew *w)
{
    unsigned turn = w->turn;
    w->waiting++;
    if (w->waiting == w->working) {
        w->ended = true;
        wake_all(w);
    }
    while (!w->ended && w->turn == turn && !shell_interrupted(w->call->shell))
        fiber_park(CLOCK_NEVER);
    w->waiting--;
    return !w->ended;
}

static void work(struct crew *w, struct ftp_client *client)
{
    enum crew_step step = CREW_ON;
    while (step != CREW_END && !w->ended && !shell_interrupted(w->call->shell)) {
        step = w->step(w->arg, client);
        if (step == CREW_WAIT && !await_turn(w))
            return;
        if (step != CREW_ON)
            continue;
        w->turn++;
        if (w->waiting > 0)
            wake_all(w);
    }
}

/* The last one to leave while others wait ends the work. */
static void leave(struct crew *w, unsigned number)
{
    w->fibers[number] = NULL;
    w->working--;
    w->ended = w->ended || w->waiting == w->working;
    wake_all(w);
    fiber_wake(w->call->shell->fiber);
}

static void run_hand(void *hand)
{
    struct hand *h = hand;
    struct crew *w = h->crew;
    w->fibers[h->number] = fiber_self();
    struct ftp_client *client = ftp_pool_take(w->pool);
    int error = client ? ftp_login(client) : 0;
    if (client && !error)
        work(w, client);
    else if (client && !shell_interrupted(w->call->shell))
        shell_note(w->call->shell, "one connection less: %s", ftp_error(client));
    if (client)
        ftp_pool_give(w->pool, client);
    leave(w, h->number);
    free(h);
}

static void start_hand(struct crew *w, unsigned number)
{
    struct hand *h = malloc(sizeof *h);
    if (!h)
        return;
    *h = (struct hand){ w, number };
    w->working++;
    if (fiber_go(run_hand, h) < 0) {
        w->working--;
        free(h);
    }
}

void crew_open(struct crew *w, struct call *call, unsigned hands)
{
    *w = (struct crew){ .call = call,
                        .hands = hands < PARALLEL_MOST ? hands : PARALLEL_MOST };
    w->options = shell_options(call->shell, &call->shell->place);
}

void crew_run(struct crew *w, unsigned hands,
              enum crew_step (*step)(void *arg, struct ftp_client *), void *arg)
{
    struct shell *s = w->call->shell;
    unsigned most = hands < w->hands ? hands : w->hands;
    w->step = step;
    w->arg = arg;
    w->ended = false;
    w->working = 1;
    w->waiting = 0;
    w->fibers[0] = s->fiber;
    if (most > 1 && !w->pool)
        s->pool = w->pool = ftp_pool_open(&w->options, w->hands - 1);
    for (unsigned i = 1; i < most && w->pool; i++)
        start_hand(w, i);
    work(w, s->client);
    leave(w, 0);
    while (w->working > 0)
        fiber_park(CLOCK_NEVER);
}

void crew_close(struct crew *w)
{
    w->call->shell->pool = NULL;
    if (w->pool)
        ftp_pool_close(&w->pool);
}
