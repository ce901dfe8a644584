#include "os/files.h"

#include "base/own.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A fresh directory, gone at the end of the scope with what the tests make in it. */
struct place {
    char path[64];
    int dir;
};

static struct place place_make(void)
{
    struct place p = { .path = "/tmp/files_test.XXXXXX", .dir = -1 };
    if (CHECK(mkdtemp(p.path) != NULL))
        p.dir = dir_open(AT_FDCWD, p.path);
    CHECK(p.dir >= 0);
    return p;
}

static void place_remove(struct place *p)
{
    static const char *const files[] = { "file", "link", "fifo", "sub/file",
                                         "file.new" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlinkat(p->dir, files[i], 0);
    unlinkat(p->dir, "sub", AT_REMOVEDIR);
    CHECK_EQ_INT(rmdir(p->path), 0);
    fd_close(&p->dir);
}

static void check_content(int dir, const char *name, struct span wanted)
{
    struct span got;
    OWN(fd_close) int fd = file_open(dir, name, O_RDONLY, 0);
    if (!CHECK(fd >= 0) || !CHECK_EQ_INT(file_read_all(fd, &got, 1 << 20), 0))
        return;
    CHECK(span_is(got, wanted));
    CHECK(got.at[got.len] == '\0');
    free((void *)(uintptr_t)got.at);
}

TEST(files_are_replaced_whole)
{
    OWN(place_remove) struct place p = place_make();
    CHECK_EQ_INT(file_replace(p.dir, "file", SPAN("one"), 0600), 0);
    check_content(p.dir, "file", SPAN("one"));
    CHECK_EQ_INT(file_replace(p.dir, "file", SPAN("second"), 0600), 0);
    check_content(p.dir, "file", SPAN("second"));
    struct stat st;
    CHECK(fstatat(p.dir, "file.new", &st, 0) < 0 && errno == ENOENT);
    /* One that was interrupted left its temporary behind. */
    OWN(fd_close) int fd = file_open(p.dir, "file.new", O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0);
    CHECK_EQ_INT(file_replace(p.dir, "file", SPAN(""), 0600), 0);
    check_content(p.dir, "file", SPAN(""));
    CHECK_EQ_INT(file_replace(p.dir, "no/such", SPAN("x"), 0600), -ENOENT);
}

TEST(files_read_all_keeps_to_its_maximum)
{
    OWN(place_remove) struct place p = place_make();
    static char big[10000];
    memset(big, 'x', sizeof big);
    CHECK_EQ_INT(file_replace(p.dir, "file", span_at(big, sizeof big), 0600), 0);
    check_content(p.dir, "file", span_at(big, sizeof big));
    OWN(fd_close) int fd = file_open(p.dir, "file", O_RDONLY, 0);
    struct span got;
    CHECK_EQ_INT(file_read_all(fd, &got, sizeof big - 1), -EFBIG);
    CHECK_EQ_INT(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ_INT(file_read_all(fd, &got, sizeof big), 0);
    free((void *)(uintptr_t)got.at);
}

/* T06: what a hostile process may have put in the place of a file. */
TEST(files_opens_only_what_was_asked_for)
{
    OWN(place_remove) struct place p = place_make();
    OWN(fd_close) int sub = dir_make(p.dir, "sub", 0700);
    CHECK(sub >= 0);
    CHECK_EQ_INT(file_replace(p.dir, "file", SPAN("x"), 0600), 0);
    CHECK_EQ_INT(symlinkat("file", p.dir, "link"), 0);
    CHECK_EQ_INT(mkfifoat(p.dir, "fifo", 0600), 0);
    static const struct {
        const char *path;
        int error;
    } rows[] = {
        { "link", -ELOOP },     { "fifo", -EINVAL },          { "sub", -EINVAL },
        { "nothing", -ENOENT }, { "../passwd", -EXDEV },      { "/etc/passwd", -EXDEV },
        { "sub/../file", 0 },   { "sub/../../file", -EXDEV },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(fd_close) int fd = file_open(p.dir, rows[i].path, O_RDONLY, 0);
        unit_equal_int(fd < 0 ? fd : 0, rows[i].error, __FILE__, __LINE__,
                       rows[i].path);
    }
    CHECK_EQ_INT(dir_open(p.dir, "file"), -ENOTDIR);
    CHECK_EQ_INT(unlinkat(p.dir, "link", 0), 0);
    CHECK_EQ_INT(symlinkat("sub", p.dir, "link"), 0);
    CHECK_EQ_INT(dir_open(p.dir, "link"), -ELOOP);
    CHECK_EQ_INT(dir_make(p.dir, "link", 0700), -ELOOP);
    OWN(fd_close) int again = dir_make(p.dir, "sub", 0700);
    CHECK(again >= 0);
}

TEST(files_locks_once)
{
    OWN(place_remove) struct place p = place_make();
    OWN(fd_close) int one = file_open(p.dir, "file", O_RDWR | O_CREAT, 0600);
    OWN(fd_close) int two = file_open(p.dir, "file", O_RDWR, 0);
    CHECK_EQ_INT(file_lock(one), 0);
    CHECK_EQ_INT(file_lock(two), -EWOULDBLOCK);
    OWN(fd_close) int heir = dup(one); /* as a keeper holds it */
    fd_close(&one);
    CHECK_EQ_INT(file_lock(two), -EWOULDBLOCK);
    fd_close(&heir);
    CHECK_EQ_INT(file_lock(two), 0);
}

TEST(files_gives_a_directory_away)
{
    if (geteuid() != 0) {
        unit_skip("only root can give files away");
        return;
    }
    OWN(place_remove) struct place p = place_make();
    OWN(fd_close) int sub = dir_make(p.dir, "sub", 0700);
    CHECK_EQ_INT(file_replace(sub, "file", SPAN("x"), 0600), 0);
    CHECK_EQ_INT(symlinkat("/etc/passwd", p.dir, "link"), 0);
    CHECK_EQ_INT(dir_give(p.dir, 61099), 0);
    static const char *const given[] = { ".", "sub", "sub/file" };
    struct stat st;
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ_INT(fstatat(p.dir, given[i], &st, AT_SYMLINK_NOFOLLOW), 0);
        CHECK_EQ_UINT(st.st_uid, 61099);
        CHECK_EQ_UINT(st.st_gid, 61099);
    }
    CHECK_EQ_INT(stat("/etc/passwd", &st), 0);
    CHECK_EQ_UINT(st.st_uid, 0);
}

TEST(memory_sealed_cannot_change)
{
    OWN(fd_close) int fd = sealed_copy("test", SPAN("content"));
    CHECK(fd >= 0);
    CHECK(sealed_is(fd));
    CHECK(pwrite(fd, "x", 1, 0) < 0);
    CHECK(ftruncate(fd, 0) < 0);
    CHECK(mmap(NULL, 7, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    const char *at = sealed_map(fd, 7);
    if (CHECK(at != NULL))
        CHECK_SPAN(span_at(at, 7), "content");
    OWN(fd_close) int next = sealed_copy("test", SPAN("renewed"));
    CHECK(sealed_map_over(at, next, 7));
    CHECK_SPAN(span_at(at, 7), "renewed");
    CHECK(!sealed_map_over(at, next, 8));
    CHECK(!sealed_map_over(at, STDERR_FILENO, 7));
    CHECK_SPAN(span_at(at, 7), "renewed");
    sealed_unmap(at, 7);
    CHECK(sealed_map(fd, 8) == NULL);
    CHECK(sealed_map(fd, 0) == NULL);

    OWN(fd_close) int open = sealed_open("test");
    CHECK_EQ_INT(file_write_all(open, SPAN("still growing")), 0);
    CHECK(!sealed_is(open));
    CHECK(sealed_map(open, 1) == NULL);
    CHECK_EQ_INT(sealed_finish(open), 0);
    CHECK(sealed_is(open));
    CHECK(!sealed_is(STDERR_FILENO));
}

TEST(memory_shared_keeps_its_size_and_its_writers)
{
    OWN(fd_close) int fd = shared_open("test", 4096);
    CHECK(fd >= 0);
    char *write = shared_map(fd, 4096);
    const char *read = shared_map_to_read(fd, 4096);
    if (!CHECK(write && read))
        return;
    write[7] = 'x';
    CHECK(read[7] == 'x');
    CHECK(ftruncate(fd, 0) < 0);
    CHECK(shared_map(fd, 4097) == NULL);
    CHECK_EQ_INT(shared_writers_end(fd), 0);
    CHECK(shared_map(fd, 4096) == NULL);
    CHECK(pwrite(fd, "x", 1, 0) < 0);
    write[7] = 'y'; /* who had it mapped before may still */
    CHECK(read[7] == 'y');
    munmap(write, 4096);
    munmap((void *)(uintptr_t)read, 4096);
}
