/*
 * store_deliver - how fast the store takes messages, without anybody in front of it.
 *
 *     build/bench/store_deliver [MESSAGES [FIBERS [ACCOUNTS [SIZE [SEGMENT_MIB]]]]]
 *
 * FIBERS senders, each waiting until its message is durable before it hands in the next,
 * deliver to ACCOUNTS accounts in turn, in a directory of its own below the working
 * directory, which is removed afterwards.  Prints what was accepted (durable) a second,
 * what was filed a second (until a checkpoint could pass all of it), the processor time a
 * message took, and how long the senders waited.
 */
#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "os/files.h"
#include "store/core.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEFAULT_MESSAGES = 200000, WAITS_MAX = 1 << 22 };

static struct {
    struct engine *engine;
    uint64_t messages, accounts, size, given, done;
    uint64_t started, accepted;
    uint64_t durable;
    struct list waiting; /* struct sender */
    unsigned senders;
    uint32_t *waits; /* microseconds */
    char *body;
} run;

struct sender {
    struct list link;
    struct fiber *fiber;
    uint64_t lsn;
};

static void give_up(const char *what, int error)
{
    fprintf(stderr, "store_deliver: %s: %s\n", what, strerror(-error));
    exit(1);
}

static void on_durable(uint64_t lsn, void *arg)
{
    (void)arg;
    run.durable = lsn;
    LIST_FOR_EACH(link, &run.waiting)
    {
        struct sender *s = LIST_ENTRY(link, struct sender, link);
        if (s->lsn <= lsn)
            fiber_wake(s->fiber);
    }
}

static void wait_until_durable(struct sender *s)
{
    list_push(&run.waiting, &s->link);
    while (run.durable < s->lsn)
        fiber_park(CLOCK_NEVER);
    list_remove(&s->link);
}

static void send_one(struct sender *s, uint64_t number)
{
    uint64_t account = 1 + number % run.accounts, email, began = clock_now();
    struct delivery d = { &account, 1,       clock_wall(), span_at(run.body, run.size),
                          -1,       run.size };
    int error = engine_deliver(run.engine, &d, &s->lsn, &email);
    if (error)
        give_up("deliver", error);
    wait_until_durable(s);
    if (run.done < WAITS_MAX)
        run.waits[run.done] = (uint32_t)((clock_now() - began) / 1000);
    run.done++;
}

static void finish(void *arg)
{
    (void)arg;
    struct snapshot s;
    run.accepted = clock_now();
    for (uint64_t a = 1; a <= run.accounts; a++) {
        int error = engine_snapshot(run.engine, a, INBOX, &s);
        if (error)
            give_up("snapshot", error);
        free(s.rows);
    }
    loop_stop();
}

static void sender(void *arg)
{
    struct sender s = { .fiber = fiber_self() };
    (void)arg;
    list_init(&s.link);
    while (run.given < run.messages)
        send_one(&s, run.given++);
    if (--run.senders == 0 && fiber_go(finish, NULL) != 0)
        give_up("fiber", -ENOMEM);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double seconds(uint64_t from, uint64_t to)
{
    return (double)(to - from) / 1e9;
}

static void report(uint64_t filed)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    double n = (double)run.messages;
    double user = (double)u.ru_utime.tv_sec * 1e6 + (double)u.ru_utime.tv_usec;
    double kernel = (double)u.ru_stime.tv_sec * 1e6 + (double)u.ru_stime.tv_usec;
    size_t waits = run.done < WAITS_MAX ? run.done : WAITS_MAX;
    qsort(run.waits, waits, sizeof *run.waits, by_value);
    printf("accepted %.0f/s  filed %.0f/s  CPU %.1f us/message (user %.1f system %.1f) "
           " "
           "wait p50 %" PRIu32 " us p99 %" PRIu32 " us max %" PRIu32
           " us  RSS %ld KiB\n",
           n / seconds(run.started, run.accepted), n / seconds(run.started, filed),
           (user + kernel) / n, user / n, kernel / n, run.waits[waits / 2],
           run.waits[waits * 99 / 100], run.waits[waits - 1], u.ru_maxrss);
}

static uint64_t argument(int argc, char **argv, int which, uint64_t otherwise)
{
    return argc > which ? strtoull(argv[which], NULL, 10) : otherwise;
}

static void open_engine(int directory, uint64_t segment)
{
    struct engine_settings settings = { .directory = directory,
                                        .journal_segment = segment << 20,
                                        .on_durable = on_durable };
    int error = loop_open();
    uint64_t began = clock_now();
    if (!error)
        error = engine_open(&run.engine, &settings);
    if (error)
        give_up("open", error);
    printf("opened in %.0f ms\n", seconds(began, clock_now()) * 1e3);
}

static void start_senders(uint64_t count)
{
    list_init(&run.waiting);
    for (uint64_t i = 0; i < count; i++, run.senders++)
        if (fiber_go(sender, NULL) != 0)
            give_up("fiber", -ENOMEM);
}

static void remove_all(const char *path)
{
    if (fork() == 0) {
        execlp("rm", "rm", "-rf", path, (char *)NULL);
        _exit(127);
    }
    wait(NULL);
}

int main(int argc, char **argv)
{
    char path[] = "store_deliver.XXXXXX";
    run.messages = argument(argc, argv, 1, DEFAULT_MESSAGES);
    run.accounts = argument(argc, argv, 3, 100);
    run.size = argument(argc, argv, 4, 4096);
    run.body = calloc(1, run.size + 1);
    run.waits = calloc(WAITS_MAX, sizeof *run.waits);
    int above = open(".", O_RDONLY | O_DIRECTORY);
    if (!run.body || !run.waits || above < 0 || !mkdtemp(path))
        give_up(path, -errno);
    memset(run.body, 'x', run.size);
    int directory = dir_open(above, path);
    open_engine(directory, argument(argc, argv, 5, 64));
    start_senders(argument(argc, argv, 2, 64));
    run.started = clock_now();
    loop_run();
    report(clock_now());
    uint64_t began = clock_now();
    engine_close(&run.engine);
    printf("closed in %.0f ms\n", seconds(began, clock_now()) * 1e3);
    loop_close();
    if (fchdir(above) == 0)
        remove_all(path);
    return 0;
}
