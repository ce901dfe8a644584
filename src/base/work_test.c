#include "base/work.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "test/unit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

/* One piece of work, and the fiber that asks for it. */
struct job {
    struct work_pool *pool;
    struct fiber *fiber;
    sem_t *started, *may_end; /* NULL: at once */
    pthread_t thread;
    char name[16];
    bool signals_blocked;
    int result, done; /* done: 1 the work, 2 the fiber, too */
};

static void do_job(void *arg)
{
    struct job *j = arg;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    j->signals_blocked = sigismember(&mask, SIGTERM) == 1;
    j->thread = pthread_self();
    pthread_getname_np(j->thread, j->name, sizeof j->name);
    if (j->started)
        sem_post(j->started);
    if (j->may_end)
        sem_wait(j->may_end);
    j->done = 1;
}

static void ask(void *arg)
{
    struct job *j = arg;
    j->fiber = fiber_self();
    j->result = work_run(j->pool, do_job, j);
    j->done += 1;
}

static void start(struct job *j, struct work_pool *pool)
{
    j->pool = pool;
    j->result = 1;
    CHECK_EQ_INT(fiber_go(ask, j), 0);
}

static void run_until_no_fiber(void)
{
    while (fiber_count() > 0)
        loop_turn(true);
}

TEST(work_runs_elsewhere)
{
    struct job j = { 0 }, direct = { 0 };
    CHECK_EQ_INT(loop_open(), 0);
    struct work_pool *pool = work_pool_open("disk-worker-long-name", 2, 10);
    direct.pool = pool;
    ask(&direct); /* not on a fiber: here and now */
    CHECK_EQ_INT(direct.done, 2);
    CHECK(pthread_equal(direct.thread, pthread_self()));
    start(&j, pool);
    run_until_no_fiber();
    CHECK_EQ_INT(j.result, 0);
    CHECK_EQ_INT(j.done, 2);
    CHECK(!pthread_equal(j.thread, pthread_self()));
    CHECK_STR(j.name, "disk-worker-lon");
    CHECK(j.signals_blocked);
    work_pool_close(&pool);
    CHECK(!pool);
    work_pool_close(&pool);
    loop_close();
}

TEST(work_of_many_in_two_pools)
{
    static struct job jobs[500];
    memset(jobs, 0, sizeof jobs);
    CHECK_EQ_INT(loop_open(), 0);
    struct work_pool *pools[2] = { work_pool_open("a", 4, 500),
                                   work_pool_open("b", 1, 500) };
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 500; i++)
            start(&jobs[i], pools[i % 2]);
        run_until_no_fiber();
        int wrong = 0;
        for (int i = 0; i < 500; i++)
            wrong += jobs[i].result != 0 || jobs[i].done != 2 ||
                     jobs[i].name[0] != "ab"[i % 2];
        CHECK_EQ_INT(wrong, 0);
    }
    work_pool_close(&pools[0]);
    work_pool_close(&pools[1]);
    loop_close();
}

TEST(work_queue_is_bounded_and_cancel_waits)
{
    struct job jobs[4] = { 0 };
    sem_t started, may_end;
    sem_init(&started, 0, 0);
    sem_init(&may_end, 0, 0);
    CHECK_EQ_INT(loop_open(), 0);
    struct work_pool *pool = work_pool_open("one", 1, 2);
    for (int i = 0; i < 4; i++) {
        jobs[i].started = &started;
        jobs[i].may_end = &may_end;
        start(&jobs[i], pool);
        loop_turn(false);
        if (i == 0)
            sem_wait(&started); /* off the queue, on the thread */
        CHECK(work_is_wanted(pool) == (i > 0));
    }
    CHECK_EQ_INT(jobs[3].result, -EAGAIN);
    CHECK_EQ_INT(jobs[3].done, 1); /* only the fiber */
    fiber_cancel(jobs[0].fiber);
    fiber_cancel(jobs[1].fiber);
    fiber_wake(jobs[2].fiber);
    loop_turn(false);
    CHECK_EQ_UINT(fiber_count(), 3); /* the thread owns what arg points to */
    for (int i = 0; i < 3; i++)
        sem_post(&may_end);
    run_until_no_fiber();
    for (int i = 0; i < 3; i++)
        CHECK(jobs[i].result == 0 && jobs[i].done == 2);
    CHECK(!work_is_wanted(pool));
    work_pool_close(&pool);
    loop_close();
    sem_destroy(&started);
    sem_destroy(&may_end);
}
