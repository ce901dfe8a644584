/* changes_test - what is gone, and has changed, since a modseq: over crashes, lost indexes,
 * compaction, and when it is no longer known one by one. */
#include "store/changes.h"

#include "store/account_of.h"
#include "store/core.h"
#include "store/mailboxes_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAILS = 10, FROM = 64 << 10 };

static uint64_t since[4]; /* the mailbox's modseq, before each of the changes */

static uint64_t modseq_now(struct place *p, uint32_t mailbox)
{
    struct status s;
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, mailbox, &s), 0);
    return s.modseq;
}

static void is_text(const char *got, const char *wanted)
{
    if (!CHECK(strcmp(got, wanted) == 0))
        printf("  got \"%s\", wanted \"%s\"\n", got, wanted);
}

/* "2:4,6" */
static void expect_vanished(struct place *p, uint32_t mailbox, uint64_t modseq,
                            const char *wanted)
{
    struct buf ranges = { .max = 1 << 20 };
    char text[400] = "";
    size_t at = 0;
    CHECK_EQ_INT(engine_vanished(p->engine, ACCOUNT, mailbox, modseq, &ranges), 0);
    for (size_t i = 0; i < ranges.len; i += sizeof(struct uid_range)) {
        struct uid_range r;
        memcpy(&r, ranges.at + i, sizeof r);
        at += (size_t)snprintf(text + at, sizeof text - at,
                               r.first == r.last ? "%s%u" : "%s%u:%u", i ? "," : "",
                               r.first, r.last);
    }
    is_text(text, wanted);
    buf_free(&ranges);
}

static void expunge(struct place *p, uint32_t mailbox, const uint32_t *uids,
                    size_t count)
{
    uint64_t lsn;
    CHECK_EQ_INT(engine_expunge(p->engine, ACCOUNT, mailbox, uids, count, &lsn), 0);
    place_wait(p, lsn);
}

static void move(struct place *p, uint32_t uid)
{
    struct copying c = { INBOX, boxes_mailbox(p, "elsewhere"), &uid, 1, SAVED, true };
    struct copied_as as;
    CHECK_EQ_INT(engine_copy(p->engine, ACCOUNT, &c, &as), 0);
    place_wait(p, as.lsn);
}

/* 2, 3 and 4 are expunged, 7 is moved, and 10 expunged. */
static void change(struct place *p)
{
    for (unsigned i = 0; i < MAILS; i++)
        place_deliver(p, ACCOUNT, i, 9000);
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "elsewhere", ""), 0);
    since[0] = modseq_now(p, INBOX);
    expunge(p, INBOX, (const uint32_t[]){ 4, 2, 3 }, 3);
    since[1] = modseq_now(p, INBOX);
    move(p, 7);
    since[2] = modseq_now(p, INBOX);
    expunge(p, INBOX, (const uint32_t[]){ 10 }, 1);
    since[3] = modseq_now(p, INBOX);
}

static void check(struct place *p)
{
    for (int i = 1; i < 4; i++)
        CHECK(since[i] > since[i - 1]);
    CHECK_EQ_UINT(modseq_now(p, INBOX), since[3]);
    expect_vanished(p, INBOX, 0, "2:4,7,10");
    expect_vanished(p, INBOX, since[0], "2:4,7,10");
    expect_vanished(p, INBOX, since[1], "7,10");
    expect_vanished(p, INBOX, since[2], "10");
    expect_vanished(p, INBOX, since[3], "");
    expect_vanished(p, boxes_mailbox(p, "elsewhere"), 0, "");
}

/* Once the index has been lost nobody knows when, and so all of it is told: to whoever has
 * seen the last of it, too. */
static void check_rebuilt(struct place *p)
{
    place_until_mended(p, ACCOUNT);
    CHECK(modseq_now(p, INBOX) > since[3]);
    for (int i = 0; i < 4; i++)
        expect_vanished(p, INBOX, since[i], "2:4,7,10");
    uint64_t modseq = modseq_now(p, INBOX);
    expect_vanished(p, INBOX, modseq, "");
    expunge(p, INBOX, (const uint32_t[]){ 1 }, 1);
    expect_vanished(p, INBOX, modseq, "1");
    expect_vanished(p, INBOX, since[3], "1:4,7,10");
}

TEST(changes_tell_what_is_gone)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, change);
    place_run(&p, check);
    place_close(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, check);
    place_close(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, check_rebuilt);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* In a process of its own, whose memory is lost, too. */
static void note_since(struct place *p)
{
    uint64_t modseq = modseq_now(p, INBOX);
    expect_vanished(p, INBOX, 0, "2:4,7,10");
    expect_vanished(p, INBOX, modseq, "");
    expect_vanished(p, INBOX, modseq - 1, "10");
}

TEST(changes_after_a_crash)
{
    struct place p;
    place_make(&p);
    place_run_and_die(&p, change);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, note_since);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- what is not known one by one any more */

/* As compaction leaves it: the oldest are not remembered. */
static int forget_some(struct account *a, struct job *j)
{
    (void)j;
    struct rows_mailbox *b = rows_touch(&a->state, INBOX);
    b->pruned += 3;
    int error = index_script(&a->index, "DELETE FROM expunged WHERE uid < 5;");
    return error ? error : rows_write_state(&a->index, &a->state);
}

static void prune_and_check(struct place *p)
{
    struct head *h;
    change(p);
    CHECK_EQ_INT(head_get(p->engine, ACCOUNT, &h), 0);
    CHECK_EQ_INT(head_ask(p->engine, h, forget_some, NULL), 0);
    expect_vanished(p, INBOX, 0, "2:4,7,10");
    expect_vanished(p, INBOX, since[0], "2:4,7,10");
    expect_vanished(p, INBOX, since[2], "10");
    expect_vanished(p, INBOX, since[3], "");
    place_deliver(p, ACCOUNT, 11, 100);
    expect_vanished(p, INBOX, 0, "2:4,7,10");
}

TEST(changes_that_are_pruned)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, prune_and_check);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- what has changed */

static void expect_rows(struct place *p, struct uid_range range, const char *wanted,
                        uint64_t modseq)
{
    struct buf rows = { .max = 1 << 20 };
    char text[400] = "";
    size_t at = 0;
    CHECK_EQ_INT(engine_rows(p->engine, ACCOUNT, INBOX, &range, 1, &rows), 0);
    for (size_t i = 0; i < rows.len; i += sizeof(struct changed_row)) {
        struct changed_row r;
        memcpy(&r, rows.at + i, sizeof r);
        at += (size_t)snprintf(text + at, sizeof text - at, "%u/%u%s ", r.uid,
                               (unsigned)r.flags, r.modseq == modseq ? "*" : "");
    }
    is_text(text, wanted);
    buf_free(&rows);
}

static uint64_t flag(struct place *p, uint32_t first, uint32_t last, uint64_t add,
                     uint64_t unchanged_since)
{
    const struct flags_change c = { add, 0, unchanged_since };
    const struct uid_range range = { first, last };
    uint64_t lsn;
    CHECK_EQ_INT(engine_flags(p->engine, ACCOUNT, INBOX, &c, &range, 1, &lsn), 0);
    return lsn;
}

/* RFC 7162 §3.1.3: what has changed since is left alone. */
static void change_flags(struct place *p)
{
    for (unsigned i = 0; i < 4; i++)
        place_deliver(p, ACCOUNT, i, 100);
    uint64_t before = modseq_now(p, INBOX);
    uint64_t first = flag(p, 2, 3, FLAG_SEEN, UINT64_MAX);
    expect_rows(p, (struct uid_range){ 1, 9 }, "1/0 2/8* 3/8* 4/0 ", first);
    uint64_t second = flag(p, 1, 4, FLAG_FLAGGED, before);
    expect_rows(p, (struct uid_range){ 1, 4 }, "1/2* 2/8 3/8 4/2* ", second);
    expect_rows(p, (struct uid_range){ 2, 2 }, "2/8* ", first);
    uint64_t third = flag(p, 1, 4, FLAG_FLAGGED, first);
    expect_rows(p, (struct uid_range){ 1, 4 }, "1/2 2/10* 3/10* 4/2 ", third);
    CHECK_EQ_UINT(modseq_now(p, INBOX), third);
    uint64_t octets = 1;
    CHECK_EQ_INT(engine_deleted(p->engine, ACCOUNT, INBOX, &octets), 0);
    CHECK_EQ_UINT(octets, 0);
    place_wait(p, flag(p, 2, 3, FLAG_DELETED, UINT64_MAX));
    CHECK_EQ_INT(engine_deleted(p->engine, ACCOUNT, INBOX, &octets), 0);
    CHECK_EQ_UINT(octets, 200);
    CHECK_EQ_INT(engine_deleted(p->engine, ACCOUNT, 77, &octets), -ENOENT);
    place_wait(p, third);
    struct buf none = { .max = 100 };
    CHECK_EQ_INT(engine_rows(p->engine, ACCOUNT, 77, NULL, 0, &none), -ENOENT);
    CHECK_EQ_INT(engine_vanished(p->engine, ACCOUNT, 77, 0, &none), -ENOENT);
    CHECK_EQ_INT(engine_vanished(p->engine, ACCOUNT, INBOX, UINT64_MAX, &none),
                 -EINVAL);
}

TEST(changes_of_flags)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, change_flags);
    place_close(&p);
    place_remove(&p);
}
