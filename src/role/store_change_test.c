/* store_change - the role, asked to change what is in a mailbox: flags, and a message more. */
#include "role/store_front_test.h"

#include "ipc/right.h"
#include "os/files.h"
#include "store/session.h"
#include "test/unit.h"

#include <errno.h>

/* Who has store_front_heard.changed flags knows what they are; the others hear of it. */
static void use_flags(void)
{
    struct uid_range range = { 1, 5 };
    struct store_flags q = { .handle = 42,
                             .mailbox = INBOX,
                             .added = FLAG_SEEN,
                             .unchanged_since = UINT64_MAX,
                             .ranges = span_at(&range, sizeof range) };
    struct store_flags_answer flags_a;
    struct store_status_answer status_a;
    struct store_status status = { 43, INBOX };
    store_front_grant(ROLE_IMAP, 0, 41, 7, RIGHT_READ);
    store_front_grant(ROLE_IMAP, 0, 42, 7, RIGHT_READ | RIGHT_EXPUNGE);
    CHECK_EQ_INT(ask_store_flags(&q, &flags_a, NULL), 0);
    CHECK_EQ_UINT(store_front_heard.changes, 0); /* 41 has not looked at it yet */
    CHECK_EQ_INT(ask_store_status(&status, &status_a, NULL), -EACCES);
    store_front_select(41, INBOX);
    status.handle = 41;
    CHECK_EQ_INT(ask_store_status(&status, &status_a, NULL), 0);
    CHECK_EQ_UINT(status_a.total, 0);
    CHECK_EQ_UINT(status_a.uidnext, 1);
    CHECK_EQ_INT(ask_store_flags(&q, &flags_a, NULL), 0);
    store_front_select(41, INBOX);
    CHECK_EQ_UINT(store_front_heard.changed, 41);
    CHECK_EQ_UINT(store_front_heard.changes, 1);
    q.handle = 41;
    CHECK_EQ_INT(ask_store_flags(&q, &flags_a, NULL), -EACCES);
    q.handle = 42;
    q.added = FLAGS_ALL + 1; /* there is no such flag */
    CHECK_EQ_INT(ask_store_flags(&q, &flags_a, NULL), -EINVAL);
    q.added = 0;
    q.ranges.len--;
    CHECK_EQ_INT(ask_store_flags(&q, &flags_a, NULL), -EINVAL);
    range.first = 6;
    q.ranges.len++;
    CHECK_EQ_INT(ask_store_flags(&q, &flags_a, NULL), -EINVAL);
}

/* Who appends hears of it as the others do. */
static void use_append(void)
{
    struct store_append q = { .handle = 42,
                              .mailbox = INBOX,
                              .flags = FLAG_SEEN,
                              .size = 4,
                              .body = SPAN("a: b"),
                              .sealed = -1 };
    struct store_append_answer append_a;
    struct store_status_answer status_a;
    store_front_grant(ROLE_IMAP, 0, 41, 7, RIGHT_READ);
    store_front_grant(ROLE_IMAP, 0, 42, 7, RIGHT_READ | RIGHT_EXPUNGE);
    CHECK_EQ_INT(ask_store_status(&(struct store_status){ 42, INBOX }, &status_a, NULL),
                 0);
    store_front_select(42, INBOX);
    CHECK_EQ_INT(ask_store_append(&q, &append_a, NULL), 0);
    CHECK_EQ_UINT(append_a.uid, 1);
    CHECK_EQ_UINT(append_a.uidvalidity, status_a.uidvalidity);
    CHECK_EQ_INT(ask_store_status(&(struct store_status){ 42, INBOX }, &status_a, NULL),
                 0);
    CHECK_EQ_UINT(status_a.total, 1);
    CHECK_EQ_UINT(status_a.unseen, 0);
    CHECK_EQ_UINT(store_front_heard.changed, 42);
    CHECK_EQ_UINT(store_front_heard.changes, 1);
    q.handle = 41;
    CHECK_EQ_INT(ask_store_append(&q, &append_a, NULL), -EACCES);
    struct store_room_answer room_a;
    CHECK_EQ_INT(ask_store_room(&(struct store_room){ 41, 4 }, &room_a, NULL), -EACCES);
    CHECK_EQ_INT(ask_store_room(&(struct store_room){ 42, 4 }, &room_a, NULL), 0);
    q.handle = 42;
    q.flags = FLAGS_ALL + 1; /* there is no such flag */
    CHECK_EQ_INT(ask_store_append(&q, &append_a, NULL), -EINVAL);
    q.flags = 0;
    q.size = 5;
    CHECK_EQ_INT(ask_store_append(&q, &append_a, NULL), -EINVAL);
    q.size = UINT64_MAX;
    CHECK_EQ_INT(ask_store_append(&q, &append_a, NULL), -EINVAL);
}

/* RFC 7162: rows by modseq, and what is gone; whoever may read may ask. */
static void use_changes(void)
{
    struct uid_range range = { 1, 5 };
    struct store_append append = {
        .handle = 42, .mailbox = INBOX, .size = 4, .body = SPAN("a: b"), .sealed = -1
    };
    struct store_modseqs q = { 41, INBOX, span_at(&range, sizeof range) };
    struct store_modseqs_answer rows_a = { .rows = -1 };
    struct store_vanished gone = { 41, INBOX, 0 };
    struct store_vanished_answer gone_a = { .ranges = -1 };
    struct store_append_answer append_a;
    store_front_grant(ROLE_IMAP, 0, 41, 7, RIGHT_READ);
    store_front_grant(ROLE_IMAP, 0, 42, 7, RIGHT_READ | RIGHT_EXPUNGE);
    CHECK_EQ_INT(ask_store_append(&append, &append_a, NULL), 0);
    CHECK_EQ_INT(ask_store_modseqs(&q, &rows_a, NULL), 0);
    CHECK_EQ_UINT(rows_a.count, 1);
    const struct changed_row *row = sealed_map(rows_a.rows, sizeof *row);
    if (CHECK(row != NULL)) {
        CHECK_EQ_UINT(row->uid, 1);
        CHECK_EQ_UINT(row->modseq, append_a.lsn);
        sealed_unmap(row, sizeof *row);
    }
    fd_close(&rows_a.rows);
    CHECK_EQ_INT(ask_store_vanished(&gone, &gone_a, NULL), 0);
    CHECK_EQ_UINT(gone_a.count, 0);
    fd_close(&gone_a.ranges);
    q.ranges.len--;
    CHECK_EQ_INT(ask_store_modseqs(&q, &rows_a, NULL), -EINVAL);
    q.handle = gone.handle = 43;
    CHECK_EQ_INT(ask_store_modseqs(&q, &rows_a, NULL), -EACCES);
    CHECK_EQ_INT(ask_store_vanished(&gone, &gone_a, NULL), -EACCES);
}

TEST(role_store_tells_changes)
{
    struct place p;
    store_front_begin(&p, ROLE_IMAP);
    store_front_run(use_changes);
    store_front_end(&p);
}

TEST(role_store_appends)
{
    struct place p;
    store_front_begin(&p, ROLE_IMAP);
    store_front_run(use_append);
    store_front_end(&p);
}

TEST(role_store_changes_flags)
{
    struct place p;
    store_front_begin(&p, ROLE_IMAP);
    store_front_run(use_flags);
    store_front_end(&p);
}
