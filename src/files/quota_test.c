/* Quota and write-back: how much uploads may hold, and when it is on the disk. */
#include "files/drawer_test.h"

#include "base/fiber.h"
#include "base/clock.h"
#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- quota */

static void fill(struct drawer *d)
{
    struct upload_begin big = { .path = SPAN("/big"), .expected = LIMIT + 1 };
    struct upload_begun u, v;
    uint64_t room;
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &big, &u), -EDQUOT);
    big.expected = LIMIT;
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &big, &u), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &v),
                 -EDQUOT); /* all is promised */
    CHECK_EQ_INT(cabinet_room(d->cabinet, &alice, u.upload, 1 << 20, &room), 0);
    CHECK_EQ_UINT(room, LIMIT);
    CHECK_EQ_INT(ftruncate(u.file, LIMIT), 0);
    CHECK_EQ_INT(cabinet_room(d->cabinet, &alice, u.upload, LIMIT, &room), -EDQUOT);
    CHECK_EQ_INT(drawer_commit(d, &alice, &u), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &v), -EDQUOT);
    CHECK_EQ_INT(drawer_begin(d, &bob, "/f", UPLOAD_STORE, &v), 0); /* he has his own */
    CHECK_EQ_INT(cabinet_remove(d->cabinet, &alice, SPAN("/big")), 0);
    CHECK_EQ_UINT(d->told, 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &v), 0);
    CHECK(v.room >= 1 && v.room <= LIMIT);
    /* A front that writes what it was not given. */
    CHECK_EQ_INT(ftruncate(v.file, LIMIT + 1), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &v), -EDQUOT);
    CHECK(drawer_has(d, &alice, "/f", NULL));
    drawer_settle();
    uint64_t used;
    CHECK_EQ_INT(cabinet_used(d->cabinet, alice.account, &used), 0);
    CHECK_EQ_UINT(used, 0);
}

TEST(upload_keeps_to_the_quota)
{
    drawer_with(LIMIT, fill);
}

/* What was there before the cabinet was opened counts; what replaces it does once. */
static void count_anew(struct drawer *d)
{
    uint64_t used;
    CHECK_EQ_INT(cabinet_used(d->cabinet, alice.account, &used), 0);
    CHECK_EQ_UINT(used, 10);
    CHECK_EQ_INT(drawer_store(d, &alice, "/f", UPLOAD_STORE, "123"), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/d/g", UPLOAD_APPEND, "678"), 0);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &alice, SPAN("/d/g"), SPAN("/f")), 0);
    drawer_settle();
    CHECK_EQ_INT(cabinet_used(d->cabinet, alice.account, &used), 0);
    CHECK_EQ_UINT(used, 8);
    CHECK_EQ_UINT(d->told, 8);
}

static void store_ten(struct drawer *d)
{
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/d")), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/f", UPLOAD_STORE, "12345"), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/d/g", UPLOAD_STORE, "12345"), 0);
}

TEST(upload_counts_what_was_there)
{
    struct drawer d;
    drawer_make(&d);
    d.limit = LIMIT;
    drawer_open(&d);
    drawer_run(&d, store_ten);
    drawer_close(&d);
    drawer_open(&d);
    drawer_run(&d, count_anew);
    drawer_close(&d);
    drawer_remove(&d);
}

/* ---- write-back */

static void write_much(struct drawer *d)
{
    enum { WHOLE = 20 << 20, BLOCK = 1 << 20 };
    struct upload_begun u;
    struct file_facts facts;
    uint64_t room;
    char *block = calloc(1, BLOCK);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &u), 0);
    room = u.room;
    for (uint64_t at = 0; at < WHOLE; at += BLOCK) {
        while (at + BLOCK > room)
            CHECK_EQ_INT(cabinet_room(d->cabinet, &alice, u.upload, at, &room), 0);
        CHECK(room - at <= FILES_ROOM);
        CHECK_EQ_INT(file_write_at(u.file, span_at(block, BLOCK), (off_t)at), 0);
    }
    free(block);
    CHECK_EQ_INT(cabinet_room(d->cabinet, &alice, u.upload, UINT64_MAX, &room),
                 -EDQUOT);
    CHECK_EQ_INT(cabinet_commit(d->cabinet, &alice, u.upload, &facts), 0);
    CHECK_EQ_UINT(facts.size, WHOLE);
}

TEST(upload_asks_for_room)
{
    drawer_with(0, write_much);
}
