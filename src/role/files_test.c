/* files - the role, asked by a front that says the truth and by one that does not. */
#define role_files role_files_as_tested /* the other one is linked too */
#include "role/files.c"
#undef role_files

#include "base/fiber.h"
#include "base/loop.h"
#include "files/drawer_test.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

#include <unistd.h>

enum { TURNS_MAX = 5000000, HERS = 11, READERS = 12, HIS = 21 };

static void begin(struct drawer *d)
{
    drawer_make(d);
    struct cabinet_settings settings = { .directory = d->directory,
                                         .files = &d->files };
    CHECK_EQ_INT(handles_open(on_drop), 0);
    ends_open(ROLE_FTP, ROLE_FILES, services);
    CHECK_EQ_INT(cabinet_open(&cabinet, &settings), 0);
    ipc_on_end(on_end);
    const uint32_t all = RIGHT_FILES | RIGHT_FILES_WRITE;
    CHECK_EQ_INT(handles_grant(HERS, 7, all, ROLE_FTP, 0), 0);
    CHECK_EQ_INT(handles_grant(READERS, 7, RIGHT_FILES, ROLE_FTP, 0), 0);
    CHECK_EQ_INT(handles_grant(HIS, 8, all, ROLE_FTP, 1), 0); /* another copy's */
}

static void end(struct drawer *d)
{
    ends_close();
    CHECK_EQ_UINT(handles_count(), 1); /* hers went with their channel */
    handles_close();
    cabinet_close(&cabinet);
    drawer_remove(d);
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

static void run(void (*fn)(void))
{
    struct errand e = { fn, false };
    CHECK_EQ_INT(fiber_go(run_errand, &e), 0);
    for (int i = 0; i < TURNS_MAX && (!e.done || fiber_count() > 0); i++)
        loop_turn(true);
    CHECK(e.done && fiber_count() == 0);
}

static void with_role(void (*fn)(void))
{
    struct drawer d;
    begin(&d);
    run(fn);
    end(&d);
}

static int store_by(uint64_t handle, const char *path, struct span content)
{
    struct files_write w = { .handle = handle, .path = span_of(path) };
    struct files_write_answer begun;
    struct files_commit_answer there;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = ask_files_write(&w, &begun, arena);
    if (error)
        return error;
    CHECK(begun.room > 0 && begun.size == 0);
    CHECK_EQ_INT(file_write_at(begun.file, content, 0), 0);
    fd_close(&begun.file);
    error =
        ask_files_commit(&(struct files_commit){ handle, begun.upload }, &there, NULL);
    if (!error)
        CHECK_EQ_UINT(there.size, content.len);
    return error;
}

static void store_and_read(void)
{
    struct files_stat_answer facts;
    struct files_read_answer file;
    CHECK_EQ_INT(store_by(HERS, "/menu", SPAN("soup")), 0);
    CHECK_EQ_INT(ask_files_stat(&(struct files_stat){ READERS, SPAN("/menu") }, &facts,
                                NULL),
                 0);
    CHECK_EQ_UINT(facts.size, 4);
    CHECK_EQ_UINT(facts.perm, PERM_READ);
    CHECK_EQ_INT(ask_files_read(&(struct files_read){ HERS, SPAN("/menu") }, &file,
                                NULL),
                 0);
    char octets[8];
    CHECK_EQ_INT(read(file.file, octets, sizeof octets), 4);
    CHECK(write(file.file, "x", 1) < 0); /* it is for reading alone */
    fd_close(&file.file);
}

TEST(role_files_stores_and_reads)
{
    with_role(store_and_read);
}

static void ask_without_right(void)
{
    struct files_stat_answer facts;
    struct files_remove_answer removed;
    const struct span path = SPAN("/menu");
    CHECK_EQ_INT(store_by(HERS, "/menu", SPAN("soup")), 0);
    CHECK_EQ_INT(store_by(READERS, "/menu", SPAN("fish")), -EACCES);
    static const uint64_t wrong[] = { 0, HIS, 99, HERS + 256 };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ_INT(ask_files_stat(&(struct files_stat){ wrong[i], path }, &facts,
                                    NULL),
                     -EACCES);
        CHECK_EQ_INT(ask_files_remove(&(struct files_remove){ wrong[i], path },
                                      &removed, NULL),
                     -EACCES);
        CHECK_EQ_INT(store_by(wrong[i], "/menu", SPAN("fish")), -EACCES);
    }
    tell_files_release(ipc_peer(ROLE_FILES, 0), &(struct files_release){ HIS });
    CHECK_EQ_INT(ask_files_stat(&(struct files_stat){ HERS, path }, &facts, NULL), 0);
    CHECK(handles_count() == 3); /* his is another copy's: it stays */
}

TEST(role_files_a_handle_counts_on_its_channel_alone)
{
    with_role(ask_without_right);
}

/* What another session has under way is nobody's business. */
static void take_others_uploads(void)
{
    struct files_write w = { .handle = HERS, .path = SPAN("/menu") };
    struct files_write_answer begun;
    struct files_commit_answer there;
    struct files_room_answer more;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    CHECK_EQ_INT(ask_files_write(&w, &begun, arena), 0);
    fd_close(&begun.file);
    CHECK_EQ_INT(ask_files_commit(&(struct files_commit){ READERS, begun.upload },
                                  &there, NULL),
                 -EBADF);
    CHECK_EQ_INT(ask_files_room(&(struct files_room){ READERS, begun.upload, 0 }, &more,
                                NULL),
                 -EBADF);
    tell_files_abandon(ipc_peer(ROLE_FILES, 0),
                       &(struct files_abandon){ READERS, begun.upload, 0 });
    CHECK_EQ_INT(ask_files_commit(&(struct files_commit){ HERS, begun.upload }, &there,
                                  NULL),
                 0);
    CHECK_EQ_INT(ask_files_commit(&(struct files_commit){ HERS, begun.upload }, &there,
                                  NULL),
                 -EBADF);
}

TEST(role_files_an_upload_is_its_sessions)
{
    with_role(take_others_uploads);
}
