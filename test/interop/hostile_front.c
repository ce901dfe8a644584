/*
 * hostile_front - Packetboat, but whoever runs in its fronts is not ours (T07).
 *
 * This program is the whole of Packetboat, master, sandboxes, auth and store as they are;
 * only the fronts mx, pop3 and ftp are taken over: they say to the keepers, over the channels
 * that the master gave them, everything that their roles can say, with fields that lie.
 * Each prints what was not refused as it should have been, and "N passed, N failed", on
 * standard error.  hostile_front.py starts it ("hostile_front serve --dir DIR"), and looks
 * afterwards whether the keepers live and what became of the mail.
 *
 * The site has bob and carol, password ketchup.  Bob's mail and files have SECRET in them.  pop3 and
 * ftp know carol's password, mx nobody's.  Packets that are no messages at all are for
 * src/ipc/hostile_test.c.
 */
#include "test/interop/hostile.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "cli/cli.h"
#include "os/spawn.h"
#include "role/role.h"
#include "store/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned passed, failed;

void check(bool ok, const char *format, ...)
{
    va_list args;
    passed += ok;
    failed += !ok;
    if (ok)
        return;
    fputs("FAILED: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

uint32_t any(void)
{
    static uint32_t x = 20261121;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

void report(const char *front)
{
    fprintf(stderr, "%s: %u passed, %u failed\n", front, passed, failed);
}

unsigned failures(void)
{
    return failed;
}

/* ---- who it is */

static void (*taken_over)(void *);
uint16_t hostile_ports[LISTENERS_MAX];
size_t hostile_port_count;

static void begin(void *arg)
{
    (void)arg;
    if (fiber_go(taken_over, NULL) != 0)
        abort();
}

static int hostile(enum role role, uint32_t instance, void (*run)(void *))
{
    static const struct service services[] = {
        { MESSAGE_store_durable, store_on_durable },
        { MESSAGE_store_failed, store_on_failed },
        { 0 },
    };
    static struct timer soon = { .on_time = begin };
    struct role_start start;
    role_begin(&start, role, instance);
    ipc_patience(20 * CLOCK_SECOND);
    for (uint32_t i = 0; i < start.settings->listeners; i++)
        if (start.settings->listen[i].port)
            hostile_ports[hostile_port_count++] =
                (uint16_t)start.settings->listen[i].port;
    taken_over = run;
    loop_timer_set(&soon, clock_now());
    return role_serve(&start, services, SANDBOX_FRONT, NULL);
}

static int hostile_role(const char *name)
{
    static const struct {
        const char *name;
        int (*run)(uint32_t);
    } keepers[] = { { "master", role_master },
                    { "control", role_control },
                    { "auth", role_auth },
                    { "store", role_store },
                    { "keys", role_keys },
                    { "log", role_log },
                    { "config", role_config },
                    { "parse", role_parse },
                    { "files", role_files },
                    { "dialer", role_dialer },
                    { "submission", role_submission } };
    if (strcmp(name, "mx") == 0)
        return hostile(ROLE_MX, 0, be_mx);
    if (strcmp(name, "pop3") == 0)
        return hostile(ROLE_POP3, 0, be_pop3);
    if (strcmp(name, "ftp") == 0)
        return hostile(ROLE_FTP, 0, be_ftp);
    for (size_t i = 0; i < sizeof(keepers) / sizeof(*keepers); i++)
        if (strcmp(name, keepers[i].name) == 0)
            return keepers[i].run(0);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    process_title_room(argv);
    if (argc != 4 || strcmp(argv[1], "role") != 0)
        return cli_main(argc, argv);
    _exit(hostile_role(argv[2]));
}
