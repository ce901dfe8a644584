/*
 * title - spawn.h's process title: what ps shows in the place of the command line.
 *
 * The kernel reads it from where the arguments were laid at exec, and goes on into the
 * environment behind them when the last octet of the arguments is no NUL.  So arguments
 * and environment move elsewhere, and the title may use the room of both.
 */
#include "os/spawn.h"

#include "base/span.h"

#include <sys/prctl.h>
#include <unistd.h>

static char *room;
static size_t room_size;
static char *moved; /* what was there before */

/* Where those strings end that lie one behind the other from `end` on. */
static char *end_of(char *const *strings, char *end)
{
    for (; *strings; strings++)
        if (*strings == end)
            end += strlen(end) + 1;
    return end;
}

static void move(char **strings)
{
    for (; *strings; strings++)
        if (*strings >= room && *strings < room + room_size)
            *strings = moved + (*strings - room);
}

void process_title_room(char **argv)
{
    if (!argv[0])
        return;
    size_t size = (size_t)(end_of(environ, end_of(argv, argv[0])) - argv[0]);
    moved = malloc(size);
    if (!moved)
        return;
    room = argv[0];
    room_size = size;
    memcpy(moved, room, size);
    move(argv);
    move(environ);
}

void process_title(const char *name)
{
    prctl(PR_SET_NAME, name); /* the first 15 octets */
    if (!room)
        return;
    memset(room, 0, room_size);
    snprintf(room, room_size, "packetboat: %s", name);
}
