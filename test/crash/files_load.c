/*
 * files_load - what kfiles.py kills, starves and cuts off: a cabinet at work.
 *
 *     files_load DIR FROM TO     the operations FROM to TO - 1, one after the other
 *     files_load DIR fill        stores /f0, /f1, ... until it fails, removes /f0, stores again
 *     files_load DIR sweep       takes away what was left
 *
 * What each operation is follows from its number alone (kfiles.py knows it, too).  Prints
 * "ok N" once operation N has been answered, and "error N ERRNO" when it was refused,
 * which is the end.
 */
#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "files/cabinet.h"
#include "files/upload.h"
#include "ipc/right.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILL_SIZE = 300000, FILL_MOST = 10000, CONTENT_MAX = 400000 };

static const struct visitor bob = { 1, 7, RIGHT_FILES | RIGHT_FILES_WRITE };
static struct cabinet *cabinet;
static char **words;
static bool done;

static void say(const char *what, unsigned number, int error)
{
    char line[64];
    int n = snprintf(line, sizeof line, "%s %u %d\n", what, number, -error);
    if (file_write_all(1, span_at(line, (size_t)n)) != 0)
        _Exit(EXIT_FAILURE);
}

/* "00000007" again and again. */
static struct span content(unsigned number, size_t size)
{
    static char octets[CONTENT_MAX + 16];
    char one[16];
    snprintf(one, sizeof one, "%08u", number);
    for (size_t i = 0; i < size; i++)
        octets[i] = one[i % 8];
    return span_at(octets, size);
}

static int store(const char *path, enum upload_how how, struct span octets)
{
    struct upload_begin b = { .path = span_of(path), .how = how };
    struct upload_begun u;
    struct file_facts facts;
    int error = cabinet_write(cabinet, &bob, &b, &u);
    uint64_t room = u.room;
    if (!error && u.size + octets.len > room)
        error = cabinet_room(cabinet, &bob, u.upload, u.size, &room);
    if (!error)
        error = file_write_at(u.file, octets, (off_t)u.size);
    return error ? error : cabinet_commit(cabinet, &bob, u.upload, &facts);
}

static int operate(unsigned n)
{
    char path[16];
    switch (n == 0 ? 0 : 1 + (n - 1) % 6) {
    case 0:
        return cabinet_mkdir(cabinet, &bob, SPAN("/d"));
    case 1:
        return store("/a", UPLOAD_STORE, content(n, 1 + n * 997 % 20000));
    case 2:
        return store("/d/b", UPLOAD_STORE, content(n, 300000));
    case 3:
        return store("/log", UPLOAD_APPEND, content(n, 5000));
    case 4:
        return cabinet_rename(cabinet, &bob, SPAN("/a"), SPAN("/d/b"));
    case 5:
        snprintf(path, sizeof path, "/c%u", n % 5);
        return store(path, UPLOAD_STORE, content(n, 100));
    default:
        return n % 12 < 6 ? cabinet_remove(cabinet, &bob, SPAN("/log"))
                          : store("/a", UPLOAD_APPEND, content(n, 10));
    }
}

static void work(unsigned from, unsigned to)
{
    int error = 0;
    for (unsigned n = from; n < to && !error; n++) {
        error = operate(n);
        say(error ? "error" : "ok", n, error);
    }
}

static void fill(void)
{
    char path[16];
    int error = 0;
    for (unsigned n = 0; n < FILL_MOST && !error; n++) {
        snprintf(path, sizeof path, "/f%u", n);
        error = store(path, UPLOAD_STORE, content(n, FILL_SIZE));
        say(error ? "error" : "ok", n, error);
    }
    error = cabinet_remove(cabinet, &bob, SPAN("/f0"));
    if (!error)
        error = store("/again", UPLOAD_STORE, content(0, FILL_SIZE / 2));
    say("again", 0, error);
}

static void run(void *unused)
{
    (void)unused;
    if (words[3])
        work((unsigned)strtoul(words[2], NULL, 10),
             (unsigned)strtoul(words[3], NULL, 10));
    else if (words[2][0] == 'f')
        fill();
    else
        cabinet_sweep(cabinet);
    done = true;
}

int main(int argc, char **argv)
{
    static const struct files_setting files = { 0 };
    struct cabinet_settings settings = { .files = &files };
    if (argc < 3)
        return EXIT_FAILURE;
    words = argv;
    settings.directory = dir_open(AT_FDCWD, argv[1]);
    if (settings.directory < 0 || loop_open() || cabinet_open(&cabinet, &settings) ||
        fiber_go(run, NULL))
        return EXIT_FAILURE;
    while (!done || fiber_count() > 0)
        loop_turn(true);
    cabinet_close(&cabinet);
    return EXIT_SUCCESS;
}
