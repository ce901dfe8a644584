#include "store/place_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/own.h"
#include "os/files.h"
#include "store/crc32c.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEGMENT = 1 << 20, PATIENCE = 20 };

/* ---- the directory */

static void say_nothing(enum log_level level, uint64_t session, const char *line)
{
    (void)level, (void)session, (void)line;
}

void place_make(struct place *p)
{
    log_to(say_nothing);
    *p = (struct place){ .segment = SEGMENT };
    snprintf(p->path, sizeof p->path, "/tmp/packetboat-store.XXXXXX");
    if (!CHECK(mkdtemp(p->path)))
        abort();
    p->directory = dir_open(AT_FDCWD, p->path);
    p->before = dir_open(AT_FDCWD, ".");
    CHECK(p->directory >= 0 && p->before >= 0);
}

void place_remove(struct place *p)
{
    log_to(NULL);
    CHECK_EQ_INT(fchdir(p->before), 0);
    fd_close(&p->directory);
    fd_close(&p->before);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", p->path, (char *)NULL);
        _exit(127);
    }
    int status;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    CHECK_EQ_INT(status, 0);
}

/* ---- the engine */

static void on_durable(uint64_t lsn, void *arg)
{
    struct place *p = arg;
    CHECK(lsn > p->durable);
    p->durable = lsn;
}

static void on_failed(void *arg)
{
    struct place *p = arg;
    p->failed++;
}

static void on_used(uint64_t account, uint64_t used, void *arg)
{
    struct place *p = arg;
    p->told_account = account;
    p->told_used = used;
}

int place_open(struct place *p)
{
    struct engine_settings settings = { .directory = p->directory,
                                        .journal_segment = p->segment,
                                        .reads = p->reads,
                                        .text_index = p->text_index,
                                        .on_durable = on_durable,
                                        .on_failed = on_failed,
                                        .compact_from = p->compact_from,
                                        .reserve = p->reserve,
                                        .on_used = on_used,
                                        .arg = p };
    CHECK_EQ_INT(loop_open(), 0);
    p->durable = 0;
    int error = engine_open(&p->engine, &settings);
    if (error)
        loop_close();
    return error;
}

void place_close(struct place *p)
{
    engine_close(&p->engine);
    loop_close();
}

struct errand {
    struct place *place;
    void (*fn)(struct place *);
    bool done;
};

static void run_errand(void *arg)
{
    struct errand *e = arg;
    e->fn(e->place);
    e->done = true;
}

void place_run(struct place *p, void (*fn)(struct place *))
{
    struct errand e = { p, fn, false };
    uint64_t end = clock_in(PATIENCE * CLOCK_SECOND);
    CHECK_EQ_INT(fiber_go(run_errand, &e), 0);
    while (!e.done && clock_now() < end)
        loop_turn(true);
    if (!CHECK(e.done))
        abort(); /* its stack holds what the fiber still uses */
}

void place_run_and_die(struct place *p, void (*fn)(struct place *))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        bool opened = CHECK_EQ_INT(place_open(p), 0);
        if (opened)
            place_run(p, fn);
        fflush(NULL);
        _exit(opened && unit_failures() == 0 ? 0 : 1);
    }
    int status;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    CHECK_EQ_INT(status, 0);
}

void place_wait(struct place *p, uint64_t lsn)
{
    uint64_t end = clock_in(PATIENCE * CLOCK_SECOND);
    while (p->durable < lsn && !p->failed && clock_now() < end)
        fiber_sleep(CLOCK_MS / 4);
    CHECK(p->durable >= lsn || p->failed);
}

/* ---- messages */

static char octet_of(unsigned number, size_t at)
{
    uint32_t x = (uint32_t)(number * 2654435761u + at * 40503u);
    return (char)(x >> 13);
}

static char *body_of(unsigned number, size_t size)
{
    char *body = malloc(size + 1);
    if (!CHECK(body))
        abort();
    for (size_t i = 0; i < size; i++)
        body[i] = octet_of(number, i);
    return body;
}

size_t place_size(unsigned number)
{
    return number % 16 == 15 ? LARGE_BODY_LEAST + number * 1000 : number * 7919 % 6000;
}

uint64_t place_deliver_to(struct place *p, const uint64_t *accounts, size_t count,
                          unsigned number, size_t size)
{
    char *body = body_of(number, size);
    uint64_t lsn = 0, email = 0;
    OWN(fd_close) int sealed = -1;
    if (size > INLINE_OCTETS_MAX)
        sealed = sealed_copy("body", span_at(body, size));
    struct delivery d = { .accounts = accounts,
                          .account_count = count,
                          .received = 1000000 + number,
                          .body = span_at(body, sealed < 0 ? size : 0),
                          .sealed = sealed,
                          .size = size };
    CHECK_EQ_INT(engine_deliver(p->engine, &d, &lsn, &email), 0);
    place_wait(p, lsn);
    CHECK_EQ_UINT(email, lsn);
    free(body);
    return lsn;
}

uint64_t place_deliver(struct place *p, uint64_t account, unsigned number, size_t size)
{
    return place_deliver_to(p, &account, 1, number, size);
}

void place_expunge(struct place *p, uint64_t account, uint32_t uid)
{
    uint64_t lsn = 0;
    CHECK_EQ_INT(engine_expunge(p->engine, account, INBOX, &uid, 1, &lsn), 0);
    place_wait(p, lsn);
}

uint64_t place_flag(struct place *p, uint64_t account, struct uid_range range,
                    uint64_t add, uint64_t remove)
{
    const struct flags_change change = { add, remove, UINT64_MAX };
    uint64_t lsn = 0;
    CHECK_EQ_INT(engine_flags(p->engine, account, INBOX, &change, &range, 1, &lsn), 0);
    place_wait(p, lsn);
    return lsn;
}

void place_is_rebuilt(struct place *p, uint64_t account, const struct snapshot *before)
{
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, account, INBOX, &s), 0);
    CHECK_EQ_UINT(s.uidvalidity, before->uidvalidity);
    CHECK_EQ_UINT(s.count, before->count);
    CHECK_EQ_UINT(s.octets, before->octets);
    for (uint32_t i = 0; i < s.count && i < before->count; i++) {
        struct snapshot_row row = s.rows[i];
        CHECK_EQ_UINT(row.modseq, s.rows[0].modseq);
        CHECK(row.modseq >= before->modseq && s.modseq >= row.modseq);
        row.modseq = before->rows[i].modseq;
        CHECK_EQ_INT(memcmp(&row, &before->rows[i], sizeof row), 0);
    }
    free(s.rows);
}

bool place_row_is(struct place *p, uint64_t account, const struct snapshot_row *row,
                  unsigned number, size_t size)
{
    OWN(fd_close)
    int fd = row->pack ? engine_pack_open(p->engine, account, row->pack)
                       : engine_large_open(p->engine, account, row->offset);
    if (!CHECK(fd >= 0) || !CHECK_EQ_UINT(row->size, size))
        return false;
    char *wanted = body_of(number, size), *got = calloc(1, size + 1);
    CHECK_EQ_UINT(row->crc, crc32c(0, wanted, size));
    if (!CHECK(got))
        abort();
    ssize_t n = pread(fd, got, size, row->pack ? (off_t)row->offset : 0);
    bool is = CHECK_EQ_INT(n, size) && CHECK(memcmp(got, wanted, size) == 0);
    free(wanted);
    free(got);
    return is;
}

void place_check(struct place *p, uint64_t account, const unsigned *numbers,
                 size_t count)
{
    struct snapshot s;
    if (!CHECK_EQ_INT(engine_snapshot(p->engine, account, INBOX, &s), 0))
        return;
    CHECK_EQ_UINT(s.count, count);
    uint32_t last = 0;
    for (size_t i = 0; i < count && i < s.count; i++) {
        CHECK(s.rows[i].uid > last);
        last = s.rows[i].uid;
        if (!place_row_is(p, account, &s.rows[i], numbers[i], place_size(numbers[i])))
            printf("  (account %u, row %zu, message %u)\n", (unsigned)account, i,
                   numbers[i]);
    }
    free(s.rows);
}

void place_until_mended(struct place *p, uint64_t account)
{
    struct snapshot s = { 0 };
    uint64_t end = clock_in(PATIENCE * CLOCK_SECOND);
    int error;
    while ((error = engine_snapshot(p->engine, account, INBOX, &s)) == -EUCLEAN &&
           clock_now() < end)
        fiber_sleep(CLOCK_MS);
    CHECK_EQ_INT(error, 0);
    free(s.rows);
}

/* ---- from outside */

static void keep_fault(const char *fault, void *arg)
{
    char *first = arg;
    if (first && !*first)
        snprintf(first, 200, "%s", fault);
}

int place_verify(struct place *p, char first_r[200])
{
    struct verify_report report;
    if (first_r)
        *first_r = '\0';
    return engine_verify(p->directory, &report, keep_fault, first_r);
}

bool place_has(const struct place *p, const char *path)
{
    return faccessat(p->directory, path, F_OK, 0) == 0;
}

void place_flip(const struct place *p, const char *path, long at)
{
    OWN(fd_close) int fd = file_open(p->directory, path, O_RDWR, 0);
    struct stat st;
    char octet;
    if (!CHECK(fd >= 0) || !CHECK_EQ_INT(fstat(fd, &st), 0))
        return;
    if (at < 0)
        at += (long)st.st_size;
    CHECK_EQ_INT(pread(fd, &octet, 1, at), 1);
    octet = (char)(octet ^ 0x20);
    CHECK_EQ_INT(pwrite(fd, &octet, 1, at), 1);
}

void place_truncate(const struct place *p, const char *path, long size)
{
    OWN(fd_close) int fd = file_open(p->directory, path, O_RDWR, 0);
    CHECK(fd >= 0);
    CHECK_EQ_INT(ftruncate(fd, size), 0);
}
