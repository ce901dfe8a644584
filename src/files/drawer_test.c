#include "files/drawer_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/own.h"
#include "os/files.h"
#include "ipc/right.h"
#include "test/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 20, CONTENT_MAX = 1 << 20, NAMES_MAX = 64 };

const struct visitor alice = { 1, 7, RIGHT_FILES | RIGHT_FILES_WRITE };
const struct visitor bob = { 2, 8, RIGHT_FILES | RIGHT_FILES_WRITE };
const struct visitor reader = { 3, 7, RIGHT_FILES };

static void say_nothing(enum log_level level, uint64_t session, const char *line)
{
    (void)level, (void)session, (void)line;
}

void drawer_make(struct drawer *f)
{
    log_to(say_nothing);
    *f = (struct drawer){ 0 };
    snprintf(f->path, sizeof f->path, "/tmp/packetboat-files.XXXXXX");
    if (!CHECK(mkdtemp(f->path)))
        abort();
    f->directory = dir_open(AT_FDCWD, f->path);
    CHECK(f->directory >= 0);
}

void drawer_remove(struct drawer *f)
{
    log_to(NULL);
    fd_close(&f->directory);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", f->path, (char *)NULL);
        _exit(127);
    }
    int status;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    CHECK_EQ_INT(status, 0);
}

static int reserve(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg)
{
    const struct drawer *f = arg;
    (void)account;
    uint64_t left = used < f->limit ? f->limit - used : 0;
    *granted_r = !f->limit ? UINT64_MAX : left < wanted ? left : wanted;
    return 0;
}

static void on_used(uint64_t account, uint64_t used, void *arg)
{
    struct drawer *f = arg;
    (void)account;
    f->told = used;
}

void drawer_open(struct drawer *f)
{
    struct cabinet_settings settings = { .directory = f->directory,
                                         .files = &f->files,
                                         .reserve = reserve,
                                         .on_used = on_used,
                                         .shared = f->shared,
                                         .arg = f };
    CHECK_EQ_INT(loop_open(), 0);
    if (!CHECK_EQ_INT(cabinet_open(&f->cabinet, &settings), 0))
        abort();
}

void drawer_close(struct drawer *f)
{
    cabinet_close(&f->cabinet);
    loop_close();
}

struct errand {
    struct drawer *drawer;
    void (*fn)(struct drawer *);
    bool done;
};

static void run_errand(void *arg)
{
    struct errand *e = arg;
    e->fn(e->drawer);
    e->done = true;
}

void drawer_run(struct drawer *f, void (*fn)(struct drawer *))
{
    struct errand e = { f, fn, false };
    uint64_t end = clock_in(PATIENCE * CLOCK_SECOND);
    CHECK_EQ_INT(fiber_go(run_errand, &e), 0);
    while ((!e.done || fiber_count() > 0) && clock_now() < end)
        loop_turn(true);
    if (!CHECK(e.done && fiber_count() == 0))
        abort(); /* its stack holds what the fiber still uses */
}

void drawer_run_and_die(struct drawer *d, void (*fn)(struct drawer *))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        drawer_open(d);
        drawer_run(d, fn);
        fflush(NULL);
        _exit(unit_failures() > 0);
    }
    int status;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    CHECK_EQ_INT(status, 0);
}

/* ---- on a fiber */

int drawer_store(struct drawer *f, const struct visitor *v, const char *path,
                 enum upload_how how, const char *content)
{
    struct upload_begin b = { .path = span_of(path), .how = how };
    struct upload_begun u;
    struct file_facts facts;
    int error = cabinet_write(f->cabinet, v, &b, &u);
    if (error)
        return error;
    CHECK_EQ_INT(file_write_at(u.file, span_of(content), (off_t)u.size), 0);
    error = cabinet_commit(f->cabinet, v, u.upload, &facts);
    if (!error)
        CHECK_EQ_UINT(facts.size, u.size + strlen(content));
    return error;
}

bool drawer_has(struct drawer *f, const struct visitor *v, const char *path,
                const char *content)
{
    struct file_facts facts;
    OWN(fd_close) int fd = cabinet_read(f->cabinet, v, span_of(path), &facts);
    if (fd < 0 || !content)
        return fd == -ENOENT && !content;
    struct span found;
    if (!CHECK_EQ_INT(file_read_all(fd, &found, CONTENT_MAX), 0))
        return false;
    bool same = span_is(found, span_of(content)) && facts.size == found.len;
    free((char *)(uintptr_t)found.at);
    return same;
}

int drawer_stat(struct drawer *f, const struct visitor *v, const char *path,
                struct file_facts *facts_r)
{
    return cabinet_stat(f->cabinet, v, span_of(path), facts_r);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

int drawer_list(struct drawer *f, const struct visitor *v, const char *path,
                const char *pattern, char *names_r, size_t size)
{
    static char rows[FILES_ROWS_MAX], names[NAMES_MAX][FILES_NAME_MAX + 1];
    uint32_t listing = 0;
    size_t len, count = 0;
    do {
        int error = cabinet_list(f->cabinet, v, &listing, span_of(path),
                                 span_of(pattern), rows, &len);
        if (error)
            return error;
        struct span all = span_at(rows, len);
        for (struct file_row row; count < NAMES_MAX && file_row_take(&all, &row);)
            span_to_string(row.name, names[count++], sizeof names[0]);
    } while (listing);
    qsort(names, count, sizeof names[0], by_name);
    size_t at = 0;
    names_r[0] = '\0';
    for (size_t i = 0; i < count && at < size; i++)
        at += (size_t)snprintf(names_r + at, size - at, "%s ", names[i]);
    return 0;
}

size_t drawer_temporaries(struct drawer *f, uint64_t account)
{
    char name[64];
    size_t count = 0;
    snprintf(name, sizeof name, "accounts/%" PRIu64 "/uploads", account);
    DIR *entries = fdopendir(dir_open(f->directory, name));
    if (!CHECK(entries))
        return 0;
    while (readdir(entries))
        count++;
    closedir(entries);
    return count - 2; /* "." and ".." */
}

void drawer_with(uint64_t limit, void (*fn)(struct drawer *))
{
    struct drawer d;
    drawer_make(&d);
    d.limit = limit;
    drawer_open(&d);
    drawer_run(&d, fn);
    drawer_close(&d);
    drawer_remove(&d);
}

int drawer_begin(struct drawer *d, const struct visitor *v, const char *path,
                 enum upload_how how, struct upload_begun *u)
{
    struct upload_begin b = { .path = span_of(path), .how = how };
    return cabinet_write(d->cabinet, v, &b, u);
}

int drawer_commit(struct drawer *d, const struct visitor *v,
                  const struct upload_begun *u)
{
    struct file_facts facts;
    return cabinet_commit(d->cabinet, v, u->upload, &facts);
}

void drawer_settle(void)
{
    for (int i = 0; i < 2000 && fiber_count() > 1; i++)
        fiber_sleep(CLOCK_MS);
}
