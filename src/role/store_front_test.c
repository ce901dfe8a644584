/* store_front - see store_front_test.h. */
#include "role/store_front_test.h"

#include "base/fiber.h"
#include "base/loop.h"
#include "ipc/ends_test.h"
#include "role/store.h"
#include "test/unit.h"

enum { TURNS_MAX = 5000000 };

struct store_front_heard store_front_heard;
const uint8_t store_front_key[] = { '0', '1', '2', '3', '4', '5', '6', '7',
                                    '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };

static void hear_durable(struct call *call, const void *question)
{
    (void)call;
    store_front_heard.durable = ((const struct store_durable *)question)->lsn;
}

static void hear_changed(struct call *call, const void *question)
{
    (void)call;
    store_front_heard.changed = ((const struct store_changed *)question)->handle;
    store_front_heard.changes++;
}

/* The role's services, and what a front hears. */
static const struct service *both_ends(void)
{
    enum { ROWS_MAX = 64 };
    static struct service table[ROWS_MAX];
    size_t rows = 0;
    for (; store_services[rows].run; rows++)
        table[rows] = store_services[rows];
    CHECK(rows + 2 < ROWS_MAX);
    table[rows] = (struct service){ MESSAGE_store_durable, hear_durable };
    table[rows + 1] = (struct service){ MESSAGE_store_changed, hear_changed };
    return table;
}

void store_front_begin(struct place *p, enum role front)
{
    struct engine_settings settings = { .journal_segment = 1 << 20 };
    static const uint64_t nothing = 0; /* so a message may be HEADER_SECTION_MAX */
    place_make(p);
    settings.directory = p->directory;
    store_front_heard = (struct store_front_heard){ 0 };
    ends_open(front, ROLE_STORE, both_ends());
    CHECK_EQ_INT(store_begin(&settings, store_front_key, &nothing), 0);
}

void store_front_end(struct place *p)
{
    engine_close(&store_engine);
    ends_close();
    CHECK_EQ_UINT(handles_count(), 0); /* they went with their channel */
    handles_close();
    place_remove(p);
}

struct errand {
    void (*fn)(void);
    bool done;
};

static void run_errand(void *arg)
{
    struct errand *e = arg;
    e->fn();
    e->done = true;
}

void store_front_run(void (*fn)(void))
{
    struct errand e = { fn, false };
    CHECK_EQ_INT(fiber_go(run_errand, &e), 0);
    for (int i = 0; i < TURNS_MAX && !e.done; i++)
        loop_turn(false);
    CHECK(e.done);
}
