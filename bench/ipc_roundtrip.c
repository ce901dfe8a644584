/*
 * ipc_roundtrip - what one ask and its answer cost between two processes.
 *
 *     build/bench/ipc_roundtrip [asks]
 *
 * A fake auth answers auth_recipient and a fake store takes 4 KiB bodies; a fake mx asks
 * one after the other, and with 64 fibers at once.
 */
#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "ipc/channel.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ASKS = 200000, BODY = 4096, FIBERS_MAX = 64, ARENA = 65536 };

static void recipient(struct call *call, const void *question)
{
    const struct auth_recipient *q = question;
    answer_auth_recipient(call,
                          &(struct auth_recipient_answer){ .room = q->address.len });
}

static void deliver(struct call *call, const void *question)
{
    const struct store_deliver *q = question;
    answer_store_deliver(call, &(struct store_deliver_answer){ .lsn = q->body.len });
}

static const struct service services[] = {
    { MESSAGE_auth_recipient, recipient },
    { MESSAGE_store_deliver, deliver },
    { 0 },
};

static void on_end(struct channel *c)
{
    (void)c;
    loop_stop();
}

static void adopt(int descriptor, enum role self, enum role peer)
{
    if (loop_open() != 0 || ipc_adopt_as(descriptor, self, peer, 0) != 0) {
        perror("channel");
        exit(1);
    }
}

/* --- the one who asks --- */

static size_t asks_left, fibers_left;

static void ask_recipients(void *arg)
{
    (void)arg;
    const struct auth_recipient q = { SPAN("bob@hamburger.edu") };
    struct auth_recipient_answer a;
    struct arena *arena = arena_open(ARENA);
    while (asks_left > 0) {
        asks_left--;
        int error = ask_auth_recipient(&q, &a, arena);
        assert(error == 0 && a.room == q.address.len);
        arena_reset(arena);
    }
    arena_close(&arena);
    if (--fibers_left == 0)
        loop_stop();
}

static void ask_delivers(void *arg)
{
    (void)arg;
    static char body[BODY], ticket[16];
    const struct store_deliver q = { .recipients = { ticket, sizeof ticket },
                                     .size = BODY,
                                     .body = { body, BODY },
                                     .sealed = -1 };
    struct store_deliver_answer a;
    while (asks_left > 0) {
        asks_left--;
        int error = ask_store_deliver(&q, &a, NULL);
        assert(error == 0 && a.lsn == BODY);
    }
    if (--fibers_left == 0)
        loop_stop();
}

static double cpu_seconds(int who)
{
    struct rusage r;
    getrusage(who, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void measure(const char *what, void (*ask)(void *), enum role keeper,
                    size_t asks, size_t fibers)
{
    int pair[2];
    int error = ipc_pair(pair);
    assert(error == 0);
    pid_t child = fork();
    if (child == 0) {
        close(pair[0]);
        ipc_serve(keeper, services);
        adopt(pair[1], keeper, ROLE_MX);
        ipc_on_end(on_end);
        loop_run();
        _exit(0);
    }
    close(pair[1]);
    adopt(pair[0], ROLE_MX, keeper);
    double cpu = cpu_seconds(RUSAGE_SELF), children = cpu_seconds(RUSAGE_CHILDREN);
    asks_left = asks;
    fibers_left = fibers;
    for (size_t i = 0; i < fibers; i++)
        fiber_go(ask, NULL);
    uint64_t start = clock_now();
    loop_run();
    double took = (double)(clock_now() - start);
    channel_close(ipc_peer(keeper, 0));
    loop_close();
    waitpid(child, NULL, 0);
    cpu = cpu_seconds(RUSAGE_SELF) - cpu;
    children = cpu_seconds(RUSAGE_CHILDREN) - children;
    double n = (double)asks;
    printf("%-32s %2zu at once  %7.0f ns each  CPU %6.0f ns asking, %6.0f ns "
           "answering\n",
           what, fibers, took / n, cpu / n * 1e9, children / n * 1e9);
}

int main(int argc, char **argv)
{
    size_t asks = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : ASKS;
    setvbuf(stdout, NULL, _IOLBF, 0);
    measure("auth_recipient", ask_recipients, ROLE_AUTH, asks / 4, 1);
    measure("auth_recipient", ask_recipients, ROLE_AUTH, asks, 16);
    measure("auth_recipient", ask_recipients, ROLE_AUTH, asks, FIBERS_MAX);
    measure("store_deliver 4 KiB", ask_delivers, ROLE_STORE, asks / 4, 1);
    measure("store_deliver 4 KiB", ask_delivers, ROLE_STORE, asks, 16);
    measure("store_deliver 4 KiB", ask_delivers, ROLE_STORE, asks, FIBERS_MAX);
    return 0;
}
