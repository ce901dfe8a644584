/* corruption - T04: octets flipped, zeroed or cut off in every file of a store: verify finds
 * it or everything is there all the same, and nothing ever crashes. */
#include "store/core.h"

#include "base/own.h"
#include "os/files.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 8 };

static void fill(struct place *p)
{
    for (unsigned i = 0; i < 40; i++)
        place_deliver(p, 1 + i % 3, i, place_size(i));
    place_expunge(p, 1, 3);
}

static void copy_store(const struct place *from, const struct place *to)
{
    char all[80];
    snprintf(all, sizeof all, "%s/.", from->path);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("cp", "cp", "-a", all, to->path, (char *)NULL);
        _exit(127);
    }
    int status;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    CHECK_EQ_INT(status, 0);
}

/* What can happen to a file; the number says where. */
static void spoil(const struct place *p, const char *path, unsigned number)
{
    OWN(fd_close) int fd = file_open(p->directory, path, O_RDWR, 0);
    struct stat st;
    if (!CHECK(fd >= 0) || fstat(fd, &st) != 0 || st.st_size == 0)
        return;
    static const char zeros[512];
    long at = (long)(number * 2654435761u % (unsigned long)st.st_size);
    switch (number % 4) {
    case 0:
    case 1:
        place_flip(p, path, at);
        break;
    case 2:
        CHECK_EQ_INT(file_write_at(fd, span_at(zeros, sizeof zeros), at), 0);
        break;
    default:
        CHECK_EQ_INT(ftruncate(fd, at), 0);
    }
}

static void read_everything(struct place *p)
{
    for (uint64_t a = 1; a <= 3; a++) {
        struct snapshot s;
        if (engine_snapshot(p->engine, a, INBOX, &s) != 0)
            continue;
        for (uint32_t i = 0; i < s.count; i++) {
            OWN(fd_close)
            int fd = s.rows[i].pack ? engine_pack_open(p->engine, a, s.rows[i].pack)
                                    : engine_large_open(p->engine, a, s.rows[i].offset);
            CHECK(fd != 0);
        }
        free(s.rows);
    }
}

static void use(struct place *p)
{
    if (place_open(p) != 0)
        return;
    place_run(p, read_everything);
    place_close(p);
}

static void spoil_one(const struct place *whole, const char *path, unsigned number,
                      unsigned *found_r)
{
    struct place p;
    place_make(&p);
    copy_store(whole, &p);
    spoil(&p, path, number);
    *found_r += place_verify(&p, NULL) != 0;
    fflush(NULL);
    pid_t pid = fork(); /* a crash is seen */
    if (pid == 0) {
        use(&p);
        _exit(0);
    }
    int status;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    if (!CHECK_EQ_INT(status, 0))
        printf("  %s, number %u\n", path, number);
    place_remove(&p);
}

TEST(corruption_never_crashes)
{
    static const char *const paths[] = { "accounts/1/index.db",
                                         "accounts/1/index.db-wal",
                                         "accounts/2/index.db-wal",
                                         "accounts/2/pack.000001",
                                         "checkpoint",
                                         "journal/j0" };
    struct place whole;
    unsigned found = 0;
    place_make(&whole);
    CHECK_EQ_INT(place_open(&whole), 0);
    place_run(&whole, fill);
    place_close(&whole);
    CHECK_EQ_INT(place_verify(&whole, NULL), 0);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        for (unsigned number = 0; number < ROUNDS; number++)
            spoil_one(&whole, paths[i], number + (unsigned)i * ROUNDS, &found);
    CHECK(found >= ROUNDS); /* every octet of a pack, at least */
    place_remove(&whole);
}
