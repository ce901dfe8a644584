/* mailboxes_odd_test - mailboxes that come again, lose their name, or are not there. */
#include "store/mailboxes_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- numbers */

static void name_again(struct place *p)
{
    struct status before, after;
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "a", ""), 0);
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, boxes_mailbox(p, "a"), &before), 0);
    boxes_append(p, "a", 100, 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_DELETE, "a", ""), 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "a", ""), 0);
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, boxes_mailbox(p, "a"), &after), 0);
    CHECK(after.uidvalidity > before.uidvalidity);
    CHECK_EQ_UINT(after.uidnext, 1);
    CHECK_EQ_UINT(after.total, 0);
    CHECK(after.modseq > before.modseq);
}

/* RFC 9051 §2.3.1.1 */
TEST(mailboxes_that_come_again_have_another_uidvalidity)
{
    struct place p;
    boxes_make(&p);
    place_run(&p, name_again);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- damage */

static void make_one(struct place *p)
{
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "lost", ""), 0);
    boxes_append(p, "lost", 100, FLAG_SEEN);
}

static void is_found_again(struct place *p)
{
    char text[1024];
    place_until_mended(p, ACCOUNT);
    boxes_show(p, text, sizeof text);
    CHECK_STR(text, "INBOX+0<2:; Recovered-2+1<3: 1/100/8/1; ");
    CHECK_EQ_INT(boxes_name(p, NAMES_RENAME, "Recovered-2", "found"), 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "lost", ""), 0);
    CHECK_EQ_UINT(boxes_mailbox(p, "found"), 2);
    CHECK_EQ_UINT(boxes_mailbox(p, "lost"), 3);
}

/* Where it stands first in the pack. */
static long find_text(struct place *p, const char *text)
{
    static char pack[64 << 10];
    int fd = openat(p->directory, "accounts/1/pack.000001", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, pack, sizeof pack, 0);
    const char *at = n > 0 ? memmem(pack, (size_t)n, text, strlen(text)) : NULL;
    if (fd >= 0)
        close(fd);
    return CHECK(at) ? at - pack : 0;
}

TEST(mailboxes_that_lose_their_name_keep_their_mail)
{
    struct place p;
    boxes_make(&p);
    place_run(&p, make_one);
    place_close(&p);
    place_flip(&p, "accounts/1/pack.000001", find_text(&p, "lost"));
    place_truncate(&p, "accounts/1/index.db", 0);
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, is_found_again);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- refused */

static void ask_for_what_is_not_there(struct place *p)
{
    const uint64_t account = ACCOUNT;
    const struct delivery d = { &account, 1, 0, { "four", 4 }, -1, 4 };
    uint32_t uid = 1, id;
    struct copying c = { .from = 9, .to = INBOX, .uids = &uid, .count = 1 };
    const struct flags_change seen = { FLAG_SEEN, 0, UINT64_MAX };
    const struct uid_range range = { 1, 1 };
    struct copied_as as;
    struct appended appended;
    struct status status;
    struct snapshot s;
    uint64_t lsn;
    place_deliver(p, ACCOUNT, 1, 100);
    CHECK_EQ_INT(engine_mailbox(p->engine, ACCOUNT, SPAN("b"), &id), -ENOENT);
    CHECK_EQ_INT(engine_append(p->engine, &d, 9, 0, 0, &appended), -ENOENT);
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, 9, &status), -ENOENT);
    CHECK_EQ_INT(engine_snapshot(p->engine, ACCOUNT, 9, &s), -ENOENT);
    CHECK_EQ_INT(engine_copy(p->engine, ACCOUNT, &c, &as), -ENOENT);
    c.from = INBOX;
    c.to = 9;
    CHECK_EQ_INT(engine_copy(p->engine, ACCOUNT, &c, &as), -ENOENT);
    c.count = COPY_UIDS_MAX + 1;
    CHECK_EQ_INT(engine_copy(p->engine, ACCOUNT, &c, &as), -E2BIG);
    CHECK_EQ_INT(engine_expunge(p->engine, ACCOUNT, 9, &uid, 1, &lsn), -ENOENT);
    CHECK_EQ_INT(engine_flags(p->engine, ACCOUNT, 9, &seen, &range, 1, &lsn), -ENOENT);
    CHECK_EQ_INT(boxes_name(p, NAMES_DELETE, "b", ""), -ENOENT);
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, INBOX, &status), 0);
    CHECK_EQ_UINT(status.total, 1);
}

TEST(mailboxes_that_are_not_there_hold_nothing)
{
    struct place p;
    boxes_make(&p);
    place_run(&p, ask_for_what_is_not_there);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- several at once */

enum { NAMERS = 20 };

static unsigned running;

static void make_some(void *arg)
{
    struct place *p = arg;
    char text[32];
    for (unsigned i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "m/%u", i);
        int error = boxes_name(p, NAMES_CREATE, text, "");
        CHECK(error == 0 || error == -EEXIST);
        boxes_append(p, text, 50, 0);
    }
    running--;
}

static void make_at_once(struct place *p)
{
    struct status status;
    char text[32];
    for (running = 0; running < NAMERS; running++)
        CHECK_EQ_INT(fiber_go(make_some, p), 0);
    while (running > 0)
        fiber_sleep(CLOCK_MS);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "m/%u", i);
        CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, boxes_mailbox(p, text), &status),
                     0);
        CHECK_EQ_UINT(status.total, NAMERS);
        CHECK_EQ_UINT(status.uidnext, NAMERS + 1);
    }
}

TEST(mailboxes_are_made_once_by_many)
{
    struct place p;
    boxes_make(&p);
    place_run(&p, make_at_once);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}
