/* migrate - a folder as the version before made it: bodies in the packs and nothing
 * else, schema 1. */
#include "store/core.h"

#include "base/own.h"
#include "os/files.h"
#include "store/folder.h"
#include "store/place_test.h"
#include "store/rows.h"
#include "test/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct snapshot before;

static void fill(struct place *p)
{
    for (unsigned i = 0; i < 20; i++)
        place_deliver(p, 1, i, place_size(i));
    place_expunge(p, 1, 3);
    place_expunge(p, 1, 20); /* the highest */
    free(before.rows);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &before), 0);
}

/* ---- back to what it would have been */

struct back {
    struct place *place;
    struct index index;
    int from, to;
    int64_t at;
};

static const char schema_1[] =
    "ALTER TABLE email RENAME TO newer; DROP INDEX email_large;"
    "CREATE TABLE email("
    "  id INTEGER PRIMARY KEY, received INTEGER NOT NULL, pack INTEGER NOT NULL,"
    "  off INTEGER NOT NULL, size INTEGER NOT NULL, crc INTEGER NOT NULL);"
    "CREATE INDEX email_large ON email(off) WHERE pack = 0;"
    "UPDATE meta SET v = 1 WHERE k = 'schema';"
    "INSERT INTO meta SELECT 'applied_lsn', applied FROM state;"
    "INSERT INTO meta VALUES('pack', 1);"
    "DROP TABLE state";

static int write_back(const int64_t *row, void *arg)
{
    static const char add[] = "INSERT INTO email VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
    static char body[LARGE_BODY_LEAST];
    struct back *b = arg;
    const int64_t large[] = { row[0], row[1], 0, row[6], row[4], row[5] };
    const int64_t small[] = { row[0], row[1], 1, b->at, row[4], row[5] };
    if (row[6])
        return index_write(&b->index, add, large, 6);
    size_t size = (size_t)row[4];
    CHECK_EQ_INT(pread(b->from, body, size, row[3]), (ssize_t)size);
    CHECK_EQ_INT(file_write_at(b->to, span_at(body, size), b->at), 0);
    b->at += row[4];
    return index_write(&b->index, add, small, 6);
}

static void make_old(struct place *p)
{
    struct back b = { .place = p };
    place_make(p);
    CHECK_EQ_INT(place_open(p), 0);
    place_run(p, fill);
    place_close(p);
    OWN(fd_close) int from = pack_open(p->directory, 1, 1, O_RDONLY);
    CHECK_EQ_INT(pack_remove(p->directory, 1, 1), 0);
    OWN(fd_close) int to = pack_open(p->directory, 1, 1, O_RDWR | O_CREAT);
    b.from = from;
    b.to = to;
    CHECK_EQ_INT(index_open(&b.index, "accounts/1/index.db"), 0);
    CHECK_EQ_INT(index_script(&b.index, schema_1), 0);
    CHECK_EQ_INT(index_query(&b.index,
                             "SELECT id, received, pack, off, size, crc, large"
                             " FROM newer ORDER BY id",
                             7, write_back, &b),
                 0);
    CHECK_EQ_INT(index_script(&b.index, "DROP TABLE newer"), 0);
    index_close(&b.index);
}

/* ---- and forth */

static void is_as_before(struct place *p)
{
    struct snapshot s;
    unsigned number = 0;
    place_until_mended(p, 1);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.uidvalidity, before.uidvalidity);
    CHECK_EQ_UINT(s.count, before.count);
    for (uint32_t i = 0; i < s.count && i < before.count; i++) {
        number = s.rows[i].uid - 1;
        CHECK_EQ_UINT(s.rows[i].uid, before.rows[i].uid);
        CHECK(place_row_is(p, 1, &s.rows[i], number, place_size(number)));
    }
    free(s.rows);
}

static void goes_on(struct place *p)
{
    struct snapshot s;
    is_as_before(p);
    place_deliver(p, 1, 20, place_size(20));
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK(s.count > 0 && s.rows[s.count - 1].uid == 21);
    CHECK(s.count > 0 && place_row_is(p, 1, &s.rows[s.count - 1], 20, place_size(20)));
    free(s.rows);
}

static void expect_whole(struct place *p)
{
    char fault[200];
    if (!CHECK_EQ_INT(place_verify(p, fault), 0))
        printf("  %s\n", fault);
}

TEST(migrate_takes_over_what_the_version_before_made)
{
    struct place p;
    char fault[200];
    make_old(&p);
    CHECK_EQ_INT(place_verify(&p, fault), 1);
    CHECK(strstr(fault, "earlier version") != NULL);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, goes_on);
    place_close(&p);
    expect_whole(&p);
    CHECK(!place_has(&p, "accounts/1/index.db.damaged.1"));
    place_remove(&p);
}

/* What has been taken over can be rebuilt: the old packs are of no use for that. */
TEST(migrate_makes_packs_that_tell_all)
{
    struct place p;
    make_old(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_as_before);
    place_close(&p);
    CHECK_EQ_INT(unlinkat(p.directory, "accounts/1/index.db", 0), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_as_before);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

static void nothing(struct place *p)
{
    (void)p;
}

/* Cut off anywhere, it is done again. */
TEST(migrate_is_done_again_after_a_crash)
{
    struct place p;
    make_old(&p);
    OWN(fd_close) int half = pack_open(p.directory, 1, 2, O_RDWR | O_CREAT);
    CHECK_EQ_INT(file_write_at(half, SPAN("some of it"), 0), 0);
    place_run_and_die(&p, nothing);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, goes_on);
    place_close(&p);
    expect_whole(&p);
    place_remove(&p);
}

/* ---- from schema 2, whose packs are like these, with no flags */

static void is_rebuilt(struct place *p)
{
    place_until_mended(p, 1);
    place_is_rebuilt(p, 1, &before);
}

TEST(migrate_reads_the_packs_of_schema_2)
{
    struct place p;
    struct index x;
    char fault[200];
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, fill);
    place_close(&p);
    CHECK_EQ_INT(index_open(&x, "accounts/1/index.db"), 0);
    CHECK_EQ_INT(index_script(&x, "UPDATE meta SET v = 2 WHERE k = 'schema';"
                                  "DROP TABLE state"),
                 0); /* its rows are not looked at */
    index_close(&x);
    CHECK_EQ_INT(place_verify(&p, fault), 1);
    CHECK(strstr(fault, "earlier version") != NULL);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_rebuilt);
    place_close(&p);
    expect_whole(&p);
    CHECK(!place_has(&p, "accounts/1/index.db.damaged.1")); /* it was none */
    place_remove(&p);
}
