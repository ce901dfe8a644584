#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"
#include "store/core.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- a disk that fails */

static void deliver_one(struct place *p)
{
    place_deliver(p, 1, 0, 100);
}

/* The journal's descriptors become ones that cannot be written. */
static void break_journal(struct place *p)
{
    const struct journal *j = &p->engine->journal;
    for (int i = 0; i < JOURNAL_SEGMENTS; i++) {
        OWN(fd_close) int broken = open("/dev/null", O_RDONLY | O_CLOEXEC);
        CHECK_EQ_INT(dup3(broken, j->segment[i], O_CLOEXEC), j->segment[i]);
        if (j->direct[i] >= 0)
            CHECK_EQ_INT(dup3(broken, j->direct[i], O_CLOEXEC), j->direct[i]);
    }
}

static char last_line[200];
static int said;

static void keep_line(enum log_level level, uint64_t session, const char *line)
{
    (void)session;
    if (level != LOG_ERROR)
        return;
    snprintf(last_line, sizeof last_line, "%s", line);
    said++;
}

/* The first line may have been lost: the log may be on the same disk. */
static void it_says_so_again(struct place *p)
{
    const struct delivery d = { (const uint64_t[]){ 1 }, 1, 0, SPAN("x"), -1, 1 };
    uint64_t lsn, email;
    struct clock_page page = { 0 };
    clock_use(&page);
    log_to(keep_line);
    said = 0;
    CHECK_EQ_INT(engine_deliver(p->engine, &d, &lsn, &email), -EIO);
    CHECK_EQ_INT(said, 0);
    page.now_shift = STORE_FAILED_SECONDS * (int64_t)CLOCK_SECOND;
    for (int i = 0; i < 3; i++)
        CHECK_EQ_INT(engine_deliver(p->engine, &d, &lsn, &email), -EIO);
    CHECK_EQ_INT(said, 1);
    CHECK_STR(last_line, "the store fails: writing the journal: Bad file descriptor; "
                         "nothing is accepted any more");
    log_to(NULL);
    clock_use(NULL);
}

static void nothing_is_accepted(struct place *p)
{
    uint64_t account = 1, lsn, email;
    uint32_t uid = 1;
    struct snapshot s;
    struct delivery d = { &account, 1, 0, SPAN("x"), -1, 1 };
    CHECK_EQ_INT(engine_deliver(p->engine, &d, &lsn, &email), 0); /* ordered … */
    uint64_t before = p->durable;
    place_wait(p, lsn);
    CHECK_EQ_UINT(p->failed, 1); /* … and never durable */
    CHECK_EQ_UINT(p->durable, before);
    CHECK_EQ_INT(engine_deliver(p->engine, &d, &lsn, &email), -EIO);
    CHECK_EQ_INT(engine_expunge(p->engine, 1, INBOX, &uid, 1, &lsn), -EIO);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), -EIO);
    CHECK_EQ_INT(engine_pack_open(p->engine, 1, 1), -EIO);
    CHECK_EQ_INT(engine_forget(p->engine, 1), -EIO);
    fiber_sleep(10 * CLOCK_MS);
    CHECK_EQ_UINT(p->failed, 1);
    it_says_so_again(p);
}

static void first_is_there(struct place *p)
{
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 1);
    CHECK(s.count == 1 && place_row_is(p, 1, &s.rows[0], 0, 100));
    free(s.rows);
}

TEST(engine_a_failed_journal_is_final)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_one);
    break_journal(&p);
    place_run(&p, nothing_is_accepted);
    place_close(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, first_is_there);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- a disk that is full for a while */

static void limit_files(rlim_t octets)
{
    struct rlimit limit;
    CHECK_EQ_INT(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = octets;
    CHECK_EQ_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The pack ends past the limit, the journal does not. */
static void filing_waits(struct place *p)
{
    static const unsigned numbers[] = { 0, 1, 2 };
    struct snapshot s;
    place_deliver(p, 1, 0, place_size(0));
    place_check(p, 1, numbers, 1);
    limit_files(2 << 20);
    place_deliver(p, 2, 1, place_size(1)); /* durable all the same */
    CHECK_EQ_INT(engine_snapshot(p->engine, 2, INBOX, &s), -EFBIG);
    place_deliver(p, 1, 1, place_size(1)); /* the others go on */
    place_check(p, 1, numbers, 2);
    CHECK_EQ_INT(engine_snapshot(p->engine, 2, INBOX, &s), -EFBIG);
    limit_files(RLIM_INFINITY);
    fiber_sleep((APPLY_RETRY_MS + 100) * CLOCK_MS);
    place_deliver(p, 2, 2, place_size(2));
    CHECK_EQ_INT(engine_snapshot(p->engine, 2, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 3);
    CHECK(s.count == 3 && place_row_is(p, 2, &s.rows[1], 1, place_size(1)));
    CHECK(s.count == 3 && place_row_is(p, 2, &s.rows[2], 2, place_size(2)));
    free(s.rows);
    CHECK_EQ_UINT(p->failed, 0);
}

static void deliver_to_second(struct place *p)
{
    place_deliver(p, 2, 0, place_size(0));
}

TEST(engine_waits_for_a_full_disk)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, deliver_to_second);
    place_close(&p);
    place_truncate(&p, "accounts/2/pack.000001", 3 << 20);
    signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, filing_waits);
    place_close(&p);
    signal(SIGXFSZ, SIG_DFL);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}
