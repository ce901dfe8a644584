/* mailboxes_test - what is in which mailbox, over crashes, lost indexes and lost packs. */
#include "store/mailboxes.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "store/core.h"
#include "store/lease.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ACCOUNT = 1, SAVED = 1795000000 };

/* ---- what is done */

static int name(struct place *p, enum names_verb verb, const char *which,
                const char *to)
{
    const struct names_request r = { verb, span_of(which), span_of(to), 900 };
    uint64_t lsn = 0;
    int error = engine_name(p->engine, ACCOUNT, &r, &lsn);
    if (!error)
        place_wait(p, lsn);
    return error;
}

static uint32_t mailbox(struct place *p, const char *which)
{
    uint32_t id = 0;
    CHECK_EQ_INT(engine_mailbox(p->engine, ACCOUNT, span_of(which), &id), 0);
    return id;
}

static struct appended append(struct place *p, const char *to, size_t size,
                              uint64_t flags)
{
    static const uint64_t account = ACCOUNT;
    static char body[1000];
    struct appended appended = { 0 };
    memset(body, 'a', sizeof body);
    const struct delivery d = { .accounts = &account,
                                .account_count = 1,
                                .body = span_at(body, size),
                                .sealed = -1,
                                .size = size };
    CHECK_EQ_INT(engine_append(p->engine, &d, mailbox(p, to), flags, SAVED, &appended),
                 0);
    place_wait(p, appended.lsn);
    return appended;
}

static size_t copy(struct place *p, const char *from, const char *to, bool move,
                   uint32_t *uids, size_t count)
{
    struct copying c = { .from = mailbox(p, from),
                         .to = mailbox(p, to),
                         .uids = uids,
                         .count = count,
                         .saved = SAVED,
                         .move = move };
    struct copied_as as;
    CHECK_EQ_INT(engine_copy(p->engine, ACCOUNT, &c, &as), 0);
    place_wait(p, as.lsn);
    return c.count;
}
#define COPY(p, from, to, move, ...)                                                   \
    copy(p, from, to, move, (uint32_t[]){ __VA_ARGS__ },                               \
         sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)

static void flag(struct place *p, const char *in, uint32_t first, uint32_t last,
                 uint64_t add)
{
    const struct flags_change change = { add, 0, UINT64_MAX };
    const struct uid_range range = { first, last };
    uint64_t lsn;
    CHECK_EQ_INT(engine_flags(p->engine, ACCOUNT, mailbox(p, in), &change, &range, 1,
                              &lsn),
                 0);
    place_wait(p, lsn);
}

static void expunge(struct place *p, const char *in, uint32_t uid)
{
    uint64_t lsn;
    CHECK_EQ_INT(engine_expunge(p->engine, ACCOUNT, mailbox(p, in), &uid, 1, &lsn), 0);
    place_wait(p, lsn);
}

static void use(struct place *p)
{
    for (unsigned i = 0; i < 4; i++)
        place_deliver(p, ACCOUNT, i, 101 + i);
    CHECK_EQ_INT(name(p, NAMES_CREATE, "a/b", ""), 0);
    CHECK_EQ_INT(name(p, NAMES_CREATE, "t", ""), 0);
    CHECK_EQ_INT(name(p, NAMES_CREATE, "gone", ""), 0);
    CHECK_EQ_INT(name(p, NAMES_SUBSCRIBE, "a", ""), 0);
    CHECK_EQ_UINT(append(p, "a/b", 200, FLAG_DRAFT).uid, 1);
    flag(p, "INBOX", 1, 2, FLAG_FLAGGED);
    CHECK_EQ_UINT(COPY(p, "INBOX", "t", false, 1, 2, 9), 2);
    CHECK_EQ_UINT(COPY(p, "INBOX", "a/b", true, 2, 3), 2);
    CHECK_EQ_UINT(COPY(p, "INBOX", "gone", false, 4), 1);
    expunge(p, "INBOX", 4);
    append(p, "gone", 300, 0);
    CHECK_EQ_INT(name(p, NAMES_DELETE, "gone", ""), 0);
    flag(p, "a/b", 2, 2, FLAG_SEEN);
    expunge(p, "t", 1);
    CHECK_EQ_INT(name(p, NAMES_RENAME, "a", "x/y"), 0);
    CHECK_EQ_INT(name(p, NAMES_CREATE, "a", ""), 0);
    CHECK_EQ_UINT(append(p, "a", 201, 0).uid, 1);
}

/* ---- what there is */

/* name +uidvalidity <uidnext: uid/size/flags/copied ...; of all of them, and subscriptions */
#define ALL                                                                            \
    "INBOX+0<5: 1/101/2/0; "                                                           \
    "a+5<2: 1/201/0/1; "                                                               \
    "t+2<3: 2/102/2/1; "                                                               \
    "x+4<1:; "                                                                         \
    "x/y+1<1:; "                                                                       \
    "x/y/b+1<4: 1/200/16/1 2/102/10/1 3/103/0/1; "                                     \
    "[a]"
static const uint64_t used = 101 + 102 + 103 + 200 + 201;

static size_t show_rows(struct place *p, struct span which, uint32_t id, uint32_t base,
                        char *text, size_t size)
{
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(p->engine, ACCOUNT, id, &s), 0);
    size_t at = (size_t)snprintf(text, size, "%.*s+%u<%u:", SPAN_ARG(which),
                                 s.uidvalidity - base, s.uidnext);
    for (size_t i = 0; i < s.count; i++)
        at += (size_t)snprintf(text + at, size - at, " %u/%u/%u/%d", s.rows[i].uid,
                               (unsigned)s.rows[i].size, (unsigned)s.rows[i].flags,
                               s.rows[i].saved == SAVED);
    at += (size_t)snprintf(text + at, size - at, "; ");
    engine_release(p->engine, ACCOUNT, s.lease);
    free(s.rows);
    return at;
}

static void show(struct place *p, char *text, size_t size)
{
    struct buf records = { .max = 1 << 20 };
    struct names names = { 0 };
    struct status inbox;
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, INBOX, &inbox), 0);
    CHECK_EQ_INT(engine_names(p->engine, ACCOUNT, &records), 0);
    CHECK_EQ_INT(names_apply(&names, buf_span(&records)), 0);
    size_t at = show_rows(p, SPAN("INBOX"), INBOX, inbox.uidvalidity, text, size);
    for (size_t i = 0; i < names.count; i++) {
        const struct name *n = &names.all[i];
        if (n->kind == NAME_MAILBOX)
            at += show_rows(p, n->name, n->id, inbox.uidvalidity, text + at, size - at);
        else
            at += (size_t)snprintf(text + at, size - at, "[%.*s]", SPAN_ARG(n->name));
    }
    names_close(&names);
    buf_free(&records);
}

static void is_as_it_was(struct place *p)
{
    char text[2048];
    uint64_t octets;
    place_until_mended(p, ACCOUNT);
    show(p, text, sizeof text);
    CHECK_STR(text, ALL);
    CHECK_EQ_INT(engine_used(p->engine, ACCOUNT, &octets), 0);
    CHECK_EQ_UINT(octets, used);
}

static void use_and_look(struct place *p)
{
    use(p);
    is_as_it_was(p);
}

static void open_and_look(struct place *p)
{
    CHECK_EQ_INT(place_open(p), 0);
    place_run(p, is_as_it_was);
    place_close(p);
    CHECK_EQ_INT(place_verify(p, NULL), 0);
}

static void make(struct place *p)
{
    place_make(p);
    CHECK_EQ_INT(place_open(p), 0);
}

TEST(mailboxes_hold_what_was_put_there)
{
    struct place p;
    make(&p);
    place_run(&p, use_and_look);
    place_close(&p);
    open_and_look(&p);
    place_remove(&p);
}

TEST(mailboxes_outlive_a_crash)
{
    for (unsigned lost = 0; lost < 2; lost++) {
        struct place p;
        place_make(&p);
        place_run_and_die(&p, use);
        if (lost)
            place_truncate(&p, "accounts/1/index.db", 0);
        open_and_look(&p);
        place_truncate(&p, "accounts/1/index.db", 0);
        open_and_look(&p);
        place_remove(&p);
    }
}

TEST(mailboxes_are_told_by_the_packs)
{
    struct place p;
    make(&p);
    place_run(&p, use_and_look);
    place_close(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    open_and_look(&p);
    place_remove(&p);
}

/* ---- packs that go */

enum { DEAD = 60 };

static bool comes_true(struct place *p, bool (*is)(struct place *))
{
    for (unsigned i = 0; i < 4000; i++) {
        if (is(p))
            return true;
        fiber_sleep(CLOCK_MS);
    }
    return false;
}

static bool is_compacted(struct place *p)
{
    return !list_is_empty(&p->engine->retired);
}

static bool first_pack_has_gone(struct place *p)
{
    return !place_has(p, "accounts/1/pack.000001");
}

static void make_checkpoint(struct place *p)
{
    for (unsigned i = 0; i < 6; i++)
        place_deliver(p, 99, i, 250000);
    uint64_t made = p->engine->checkpoints_asked;
    for (unsigned i = 0; i < 1000 && p->engine->checkpoints_made < made; i++)
        fiber_sleep(CLOCK_MS);
}

/* So much is put into a mailbox that goes that the packs are worth nothing. */
static void use_and_compact(struct place *p)
{
    use(p);
    CHECK_EQ_INT(name(p, NAMES_CREATE, "dead", ""), 0);
    for (uint32_t i = 0; i < DEAD; i++)
        for (unsigned k = 0; k < 8; k++)
            append(p, "dead", 999, FLAG_SEEN);
    CHECK_EQ_INT(name(p, NAMES_DELETE, "dead", ""), 0);
    is_as_it_was(p);
    CHECK(comes_true(p, is_compacted));
    for (unsigned i = 0; i < 3; i++)
        make_checkpoint(p);
    lease_free_all(head_of(p->engine, ACCOUNT));
    retired_look(p->engine);
    CHECK(comes_true(p, first_pack_has_gone));
    is_as_it_was(p);
}

/* The records that had made them are gone with their pack: all was told again. */
TEST(mailboxes_outlive_their_packs)
{
    struct place p;
    place_make(&p);
    p.compact_from = 64 << 10;
    CHECK_EQ_INT(place_open(&p), 0);
    place_run(&p, use_and_compact);
    place_close(&p);
    open_and_look(&p);
    place_truncate(&p, "accounts/1/index.db", 0);
    open_and_look(&p);
    place_remove(&p);
}

/* ---- numbers */

static void name_again(struct place *p)
{
    struct status before, after;
    CHECK_EQ_INT(name(p, NAMES_CREATE, "a", ""), 0);
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, mailbox(p, "a"), &before), 0);
    append(p, "a", 100, 0);
    CHECK_EQ_INT(name(p, NAMES_DELETE, "a", ""), 0);
    CHECK_EQ_INT(name(p, NAMES_CREATE, "a", ""), 0);
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, mailbox(p, "a"), &after), 0);
    CHECK(after.uidvalidity > before.uidvalidity);
    CHECK_EQ_UINT(after.uidnext, 1);
    CHECK_EQ_UINT(after.total, 0);
    CHECK(after.modseq > before.modseq);
}

/* RFC 9051 §2.3.1.1 */
TEST(mailboxes_that_come_again_have_another_uidvalidity)
{
    struct place p;
    make(&p);
    place_run(&p, name_again);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}

/* ---- damage */

static void make_one(struct place *p)
{
    CHECK_EQ_INT(name(p, NAMES_CREATE, "lost", ""), 0);
    append(p, "lost", 100, FLAG_SEEN);
}

static void is_found_again(struct place *p)
{
    char text[1024];
    place_until_mended(p, ACCOUNT);
    show(p, text, sizeof text);
    CHECK_STR(text, "INBOX+0<2:; Recovered-2+1<3: 1/100/8/1; ");
    CHECK_EQ_INT(name(p, NAMES_RENAME, "Recovered-2", "found"), 0);
    CHECK_EQ_INT(name(p, NAMES_CREATE, "lost", ""), 0);
    CHECK_EQ_UINT(mailbox(p, "found"), 2);
    CHECK_EQ_UINT(mailbox(p, "lost"), 3);
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
    make(&p);
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
    CHECK_EQ_INT(engine_expunge(p->engine, ACCOUNT, 9, &uid, 1, &lsn), 0);
    place_wait(p, lsn);
    CHECK_EQ_INT(name(p, NAMES_DELETE, "b", ""), -ENOENT);
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, INBOX, &status), 0);
    CHECK_EQ_UINT(status.total, 1);
}

TEST(mailboxes_that_are_not_there_hold_nothing)
{
    struct place p;
    make(&p);
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
        int error = name(p, NAMES_CREATE, text, "");
        CHECK(error == 0 || error == -EEXIST);
        append(p, text, 50, 0);
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
        CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, mailbox(p, text), &status), 0);
        CHECK_EQ_UINT(status.total, NAMERS);
        CHECK_EQ_UINT(status.uidnext, NAMERS + 1);
    }
}

TEST(mailboxes_are_made_once_by_many)
{
    struct place p;
    make(&p);
    place_run(&p, make_at_once);
    place_close(&p);
    CHECK_EQ_INT(place_verify(&p, NULL), 0);
    place_remove(&p);
}
