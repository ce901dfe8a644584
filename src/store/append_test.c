/* append_test - messages that come with flags and a time of their own, and keep them. */
#include "store/mailboxes.h"

#include "base/own.h"
#include "os/files.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { SAVED = 1795000000, MAILS = 5 };

static const uint64_t given[MAILS] = { FLAG_SEEN, 0, FLAG_SEEN | FLAG_DRAFT,
                                       FLAG_DELETED, FLAG_ANSWERED };

/* The third is a large one. */
static size_t size_of(unsigned number)
{
    return number == 2 ? LARGE_BODY_LEAST + 77 : 300 + 4000 * number;
}

static void append_one(struct place *p, unsigned number)
{
    static const uint64_t account = 1;
    const struct appended before = { .uid = number };
    struct appended appended = before;
    struct snapshot s;
    /* The same octets as a delivery of that number has. */
    place_deliver(p, 2, number, size_of(number));
    CHECK_EQ_INT(engine_snapshot(p->engine, 2, INBOX, &s), 0);
    const struct snapshot_row *row = &s.rows[s.count - 1];
    OWN(fd_close)
    int from = row->pack ? engine_pack_open(p->engine, 2, row->pack)
                         : engine_large_open(p->engine, 2, row->offset);
    char *body = malloc(row->size);
    CHECK(from >= 0 && body);
    ssize_t n = pread(from, body, row->size, row->pack ? (off_t)row->offset : 0);
    CHECK_EQ_INT(n, (ssize_t)row->size);
    OWN(fd_close) int sealed = sealed_copy("body", span_at(body, row->size));
    const struct delivery d = { .accounts = &account,
                                .account_count = 1,
                                .received = 1000000 + number,
                                .sealed = sealed,
                                .size = row->size };
    CHECK_EQ_INT(engine_append(p->engine, &d, INBOX, given[number], SAVED + number,
                               &appended),
                 0);
    CHECK_EQ_UINT(appended.uid, number + 1);
    CHECK_EQ_UINT(appended.email, appended.lsn);
    place_wait(p, appended.lsn);
    free(body);
    engine_release(p->engine, 2, s.lease);
    free(s.rows);
}

static void expect(struct place *p, const uint64_t *flags)
{
    struct snapshot s;
    struct status status;
    uint64_t unseen = 0;
    place_until_mended(p, 1);
    CHECK_EQ_INT(engine_snapshot(p->engine, 1, INBOX, &s), 0);
    CHECK_EQ_INT(engine_status(p->engine, 1, INBOX, &status), 0);
    CHECK_EQ_UINT(s.count, MAILS);
    for (unsigned i = 0; i < s.count && i < MAILS; i++) {
        const struct snapshot_row *row = &s.rows[i];
        CHECK_EQ_UINT(row->uid, i + 1);
        CHECK_EQ_UINT(row->flags, flags[i]);
        CHECK_EQ_UINT(row->saved, SAVED + i);
        CHECK_EQ_INT(row->received, 1000000 + i);
        CHECK(place_row_is(p, 1, row, i, size_of(i)));
        unseen += !(flags[i] & FLAG_SEEN);
    }
    CHECK_EQ_UINT(status.uidvalidity, s.uidvalidity);
    CHECK_EQ_UINT(status.unseen, unseen);
    engine_release(p->engine, 1, s.lease);
    free(s.rows);
}

static void append_all(struct place *p)
{
    for (unsigned i = 0; i < MAILS; i++)
        append_one(p, i);
    expect(p, given);
}

static void are_as_given(struct place *p)
{
    expect(p, given);
}

static void make(struct place *p)
{
    place_make(p);
    CHECK_EQ_INT(place_open(p), 0);
}

static void end(struct place *p)
{
    place_close(p);
    CHECK_EQ_INT(place_verify(p, NULL), 0);
    place_remove(p);
}

TEST(append_keeps_flags_and_times)
{
    struct place p;
    make(&p);
    place_run(&p, append_all);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, are_as_given);
    end(&p);
}

TEST(append_outlives_a_crash)
{
    struct place p;
    place_make(&p);
    place_run_and_die(&p, append_all);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, are_as_given);
    end(&p);
}

TEST(append_is_told_by_the_packs)
{
    struct place p;
    make(&p);
    place_run(&p, append_all);
    place_close(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, are_as_given);
    end(&p);
}

/* ---- what comes after it counts */

static const uint64_t changed[MAILS] = { 0, FLAG_FLAGGED, FLAG_FLAGGED | FLAG_SEEN, 0,
                                         FLAG_ANSWERED };

static void append_and_change(struct place *p)
{
    append_all(p);
    place_flag(p, 1, (struct uid_range){ 1, 1 }, 0, UINT64_MAX);
    place_flag(p, 1, (struct uid_range){ 2, 3 }, FLAG_FLAGGED, FLAG_DRAFT);
    place_flag(p, 1, (struct uid_range){ 4, 4 }, 0, FLAG_DELETED);
    expect(p, changed);
}

static void are_changed(struct place *p)
{
    expect(p, changed);
}

/* All is filed again, over an index that has it and one that has nothing. */
TEST(append_and_change_flags_outlive_a_crash)
{
    for (unsigned i = 0; i < 2; i++) {
        struct place p;
        place_make(&p);
        place_run_and_die(&p, append_and_change);
        if (i > 0)
            place_truncate(&p, "accounts/1/index.db", 0);
        CHECK_EQ_INT(place_open(&p), 0);
        place_run(&p, are_changed);
        place_close(&p);
        place_truncate(&p, "accounts/1/index.db", 0);
        CHECK_EQ_INT(place_open(&p), 0);
        place_run(&p, are_changed);
        end(&p);
    }
}

/* ---- refused */

static int no_room(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg)
{
    (void)account, (void)used, (void)wanted, (void)arg;
    *granted_r = 3;
    return 0;
}

static void append_too_much(struct place *p)
{
    const uint64_t accounts[] = { 1, 2 };
    struct appended appended;
    struct delivery d = { .accounts = accounts,
                          .account_count = 1,
                          .body = SPAN("four"),
                          .sealed = -1,
                          .size = 4 };
    CHECK_EQ_INT(engine_append(p->engine, &d, INBOX, 0, SAVED, &appended), -EDQUOT);
    d.account_count = 2;
    CHECK_EQ_INT(engine_append(p->engine, &d, INBOX, 0, SAVED, &appended), -EINVAL);
    d.account_count = 1;
    d.size = 5;
    CHECK_EQ_INT(engine_append(p->engine, &d, INBOX, 0, SAVED, &appended), -EINVAL);
}

TEST(append_not_what_may_not_be)
{
    struct place p;
    place_make(&p);
    p.reserve = no_room;
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, append_too_much);
    end(&p);
}
