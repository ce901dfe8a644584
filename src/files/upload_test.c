/* upload - files on their way in. */
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

/* ---- the four ways */

static void append(struct drawer *d)
{
    CHECK_EQ_INT(drawer_store(d, &alice, "/log", UPLOAD_APPEND, "one "), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/log", UPLOAD_APPEND, "two "), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/log", UPLOAD_APPEND, ""), 0);
    CHECK(drawer_has(d, &alice, "/log", "one two "));
}

TEST(upload_appends)
{
    drawer_with(0, append);
}

static void resume(struct drawer *d)
{
    struct upload_begin b = { .path = SPAN("/f"), .how = UPLOAD_RESUME, .offset = 4 };
    struct upload_begun u;
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &b, &u), -EINVAL);
    CHECK_EQ_INT(drawer_store(d, &alice, "/f", UPLOAD_STORE, "0123456789"), 0);
    b.offset = 11;
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &b, &u), -EINVAL);
    b.offset = UINT64_MAX;
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &b, &u), -EINVAL);
    b.offset = 4;
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &b, &u), 0);
    CHECK_EQ_UINT(u.size, 4);
    CHECK_EQ_INT(file_write_at(u.file, SPAN("abc"), 4), 0);
    CHECK(drawer_has(d, &alice, "/f", "0123456789"));
    CHECK_EQ_INT(drawer_commit(d, &alice, &u), 0);
    CHECK(drawer_has(d, &alice, "/f", "0123abc"));
}

TEST(upload_F08_resumes_within_what_is_there)
{
    drawer_with(0, resume);
}

static void store_uniquely(struct drawer *d)
{
    struct upload_begun first, second, third;
    CHECK_EQ_INT(drawer_begin(d, &alice, "/u", UPLOAD_UNIQUE, &first), 0);
    CHECK_SPAN(span_of(first.name), "u");
    CHECK_EQ_INT(drawer_begin(d, &alice, "/u", UPLOAD_UNIQUE, &second), 0);
    CHECK(strcmp(second.name, "u") != 0 && strncmp(second.name, "u.", 2) == 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &second), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &first), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/u", UPLOAD_UNIQUE, &third), 0);
    CHECK(strcmp(third.name, "u") != 0 && strcmp(third.name, second.name) != 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &third), 0);
    /* Somebody is quicker: nothing of his is lost. */
    CHECK_EQ_INT(drawer_begin(d, &alice, "/v", UPLOAD_UNIQUE, &first), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/v", UPLOAD_STORE, "quick"), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &first), -EEXIST);
    CHECK(drawer_has(d, &alice, "/v", "quick"));
}

TEST(upload_F11_stores_uniquely)
{
    drawer_with(0, store_uniquely);
}

/* ---- what was cut short, and may be gone on with */

static void go_on(struct drawer *d)
{
    struct file_facts facts;
    struct upload_begun u;
    uint64_t used;
    char names[64];
    d->files.keep_unfinished = 1;
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &u), 0);
    CHECK_EQ_INT(file_write_at(u.file, SPAN("0123456789"), 0), 0);
    cabinet_abandon(d->cabinet, &alice, u.upload, true);
    drawer_settle();
    CHECK(drawer_has(d, &alice, "/f", NULL)); /* nobody sees it, ... */
    CHECK_EQ_INT(drawer_list(d, &alice, "/", "", names, sizeof names), 0);
    CHECK_SPAN(span_of(names), "");
    CHECK_EQ_INT(drawer_stat(d, &alice, "/f", &facts), 0); /* but SIZE knows it */
    CHECK_EQ_UINT(facts.size, 10);
    CHECK_EQ_INT(cabinet_used(d->cabinet, alice.account, &used), 0);
    CHECK_EQ_UINT(used, 10);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_APPEND, &u), 0);
    CHECK_EQ_UINT(u.size, 10);
    cabinet_release(d->cabinet, alice.handle); /* again */
    drawer_settle();
    struct upload_begin b = { .path = SPAN("/f"), .how = UPLOAD_RESUME, .offset = 11 };
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &b, &u), -EINVAL);
    drawer_settle();
    b.offset = 8;
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &b, &u), 0);
    CHECK_EQ_UINT(u.size, 8);
    CHECK_EQ_INT(file_write_at(u.file, SPAN("ab"), 8), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &u), 0);
    CHECK(drawer_has(d, &alice, "/f", "01234567ab"));
    drawer_settle();
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 0);
    CHECK_EQ_INT(cabinet_used(d->cabinet, alice.account, &used), 0);
    CHECK_EQ_UINT(used, 10);
}

TEST(upload_goes_on_with_what_was_cut_short)
{
    drawer_with(LIMIT, go_on);
}

static void cut(struct drawer *d, const char *path, enum upload_how how, bool keep)
{
    struct upload_begun u;
    CHECK_EQ_INT(drawer_begin(d, &alice, path, how, &u), 0);
    CHECK_EQ_INT(file_write_at(u.file, SPAN("part"), (off_t)u.size), 0);
    cabinet_abandon(d->cabinet, &alice, u.upload, keep);
    drawer_settle();
}

static void do_not_keep(struct drawer *d)
{
    struct file_facts facts;
    CHECK_EQ_INT(drawer_store(d, &alice, "/f", UPLOAD_STORE, "whole"), 0);
    cut(d, "/f", UPLOAD_STORE, true); /* keep_unfinished is 0 */
    d->files.keep_unfinished = 1;
    cut(d, "/f", UPLOAD_STORE, true); /* there is a file, which SIZE would tell of */
    cut(d, "/f", UPLOAD_APPEND, true);
    cut(d, "/u", UPLOAD_UNIQUE, true);
    cut(d, "/g", UPLOAD_STORE, false);
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 0);
    cut(d, "/g", UPLOAD_STORE, true);
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 1);
    CHECK_EQ_INT(cabinet_remove(d->cabinet, &alice, SPAN("/g")), 0);
    CHECK_EQ_INT(drawer_stat(d, &alice, "/g", &facts), -ENOENT);
    cut(d, "/g", UPLOAD_STORE, true);
    CHECK_EQ_INT(drawer_store(d, &alice, "/g", UPLOAD_STORE, "anew"), 0);
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 0);
    cut(d, "/h", UPLOAD_STORE, true);
    cabinet_sweep(d->cabinet);
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 1);
    d->files.keep_unfinished = 0;
    fiber_sleep(1100 * CLOCK_MS);
    cabinet_sweep(d->cabinet);
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 0);
}

TEST(upload_keeps_what_can_be_gone_on_with_alone)
{
    drawer_with(0, do_not_keep);
}

/* ---- not before it is whole */

static void cut_short(struct drawer *d)
{
    struct upload_begun u;
    CHECK_EQ_INT(drawer_store(d, &alice, "/f", UPLOAD_STORE, "old"), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &u), 0);
    CHECK_EQ_INT(file_write_at(u.file, SPAN("new and longer"), 0), 0);
    CHECK(drawer_has(d, &alice, "/f", "old"));
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 1);
    cabinet_abandon(d->cabinet, &alice, u.upload, false);
    drawer_settle();
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 0);
    CHECK(drawer_has(d, &alice, "/f", "old"));
    CHECK_EQ_INT(drawer_commit(d, &alice, &u), -EBADF);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/g", UPLOAD_STORE, &u), 0);
    CHECK(drawer_has(d, &alice, "/g", NULL));
    cabinet_release(d->cabinet, alice.handle); /* the session has ended */
    drawer_settle();
    CHECK(drawer_has(d, &alice, "/g", NULL));
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 0);
}

TEST(upload_F11_cut_short_was_never_there)
{
    drawer_with(0, cut_short);
}

static void leave_one(struct drawer *d)
{
    struct upload_begun u;
    CHECK_EQ_INT(drawer_store(d, &alice, "/f", UPLOAD_STORE, "x"), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/g", UPLOAD_STORE, &u), 0);
    CHECK_EQ_INT(mkdirat(d->directory, "accounts/7/uploads/t-d", 0700), 0);
    CHECK_EQ_INT(symlinkat("/tmp", d->directory, "accounts/9"), 0);
}

static void find_one(struct drawer *d)
{
    struct upload_begun u;
    CHECK_EQ_INT(drawer_begin(d, &alice, "/h", UPLOAD_STORE, &u), 0);
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 3);
    cabinet_sweep(d->cabinet);
    CHECK_EQ_UINT(drawer_temporaries(d, 7), 1);
    CHECK_EQ_INT(drawer_commit(d, &alice, &u), 0);
    CHECK(drawer_has(d, &alice, "/f", "x") && drawer_has(d, &alice, "/h", ""));
}

/* What a process that was killed has left goes; what is under way stays. */
TEST(upload_sweeps_what_was_left)
{
    struct drawer d;
    drawer_make(&d);
    drawer_run_and_die(&d, leave_one);
    drawer_open(&d);
    drawer_run(&d, find_one);
    drawer_close(&d);
    drawer_remove(&d);
}

/* Each goes on with what it has seen, or not at all. */
static void append_twice(struct drawer *d)
{
    struct upload_begun first, second;
    CHECK_EQ_INT(drawer_store(d, &alice, "/f", UPLOAD_STORE, "a"), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_APPEND, &first), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_APPEND, &second), -EBUSY);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &second), -EBUSY);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/g", UPLOAD_APPEND, &second), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &second), 0);
    CHECK_EQ_INT(file_write_at(first.file, SPAN("b"), 1), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &first), 0);
    CHECK(drawer_has(d, &alice, "/f", "ab"));
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_APPEND, &first), 0);
    CHECK_EQ_INT(cabinet_remove(d->cabinet, &alice, SPAN("/f")), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &first), -EBUSY);
    CHECK(drawer_has(d, &alice, "/f", NULL));
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &first), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/f", UPLOAD_STORE, &second), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &first), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &second), 0);
}

TEST(upload_F11_no_append_is_lost_to_another)
{
    drawer_with(0, append_twice);
}

/* RNFR of its directory meanwhile: it goes where it was begun (F05). */
static void move_the_directory(struct drawer *d)
{
    struct upload_begun u;
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/a")), 0);
    CHECK_EQ_INT(drawer_begin(d, &alice, "/a/f", UPLOAD_STORE, &u), 0);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &alice, SPAN("/a"), SPAN("/b")), 0);
    CHECK_EQ_INT(symlinkat("/tmp", d->directory, "accounts/7/home/a"), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &u), 0);
    CHECK(drawer_has(d, &alice, "/b/f", ""));
    CHECK_EQ_INT(drawer_begin(d, &alice, "/b/g", UPLOAD_STORE, &u), 0);
    CHECK_EQ_INT(cabinet_remove(d->cabinet, &alice, SPAN("/b/f")), 0);
    CHECK_EQ_INT(cabinet_rmdir(d->cabinet, &alice, SPAN("/b")), 0);
    CHECK_EQ_INT(drawer_commit(d, &alice, &u), -ENOENT);
}

TEST(upload_F05_goes_where_it_was_begun)
{
    drawer_with(0, move_the_directory);
}

static void begin_many(struct drawer *d)
{
    struct upload_begun u;
    char path[16];
    for (int i = 0; i < FILES_UPLOADS_OF_ONE; i++) {
        snprintf(path, sizeof path, "/%d", i);
        CHECK_EQ_INT(drawer_begin(d, &alice, path, UPLOAD_STORE, &u), 0);
    }
    CHECK_EQ_INT(drawer_begin(d, &alice, "/more", UPLOAD_STORE, &u), -EBUSY);
    CHECK_EQ_INT(drawer_begin(d, &bob, "/more", UPLOAD_STORE, &u), 0);
}

TEST(upload_has_a_bound_for_each_session)
{
    drawer_with(0, begin_many);
}
