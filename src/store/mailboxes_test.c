/* mailboxes_test - what is in which mailbox, over crashes, lost indexes and lost packs. */
#include "store/mailboxes_test.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "store/core.h"
#include "store/lease.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what is done */

int boxes_name(struct place *p, enum names_verb verb, const char *which, const char *to)
{
    const struct names_request r = { verb, span_of(which), span_of(to), 900,
                                     FOR_ANYTHING };
    uint64_t lsn = 0;
    int error = engine_name(p->engine, ACCOUNT, &r, &lsn);
    if (!error)
        place_wait(p, lsn);
    return error;
}

uint32_t boxes_mailbox(struct place *p, const char *which)
{
    uint32_t id = 0;
    CHECK_EQ_INT(engine_mailbox(p->engine, ACCOUNT, span_of(which), &id), 0);
    return id;
}

struct appended boxes_append(struct place *p, const char *to, size_t size,
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
    CHECK_EQ_INT(engine_append(p->engine, &d, boxes_mailbox(p, to), flags, SAVED,
                               &appended),
                 0);
    place_wait(p, appended.lsn);
    return appended;
}

static size_t copy(struct place *p, const char *from, const char *to, bool move,
                   uint32_t *uids, size_t count)
{
    struct copying c = { .from = boxes_mailbox(p, from),
                         .to = boxes_mailbox(p, to),
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
    CHECK_EQ_INT(engine_flags(p->engine, ACCOUNT, boxes_mailbox(p, in), &change, &range,
                              1, &lsn),
                 0);
    place_wait(p, lsn);
}

static void expunge(struct place *p, const char *in, uint32_t uid)
{
    uint64_t lsn;
    CHECK_EQ_INT(engine_expunge(p->engine, ACCOUNT, boxes_mailbox(p, in), &uid, 1,
                                &lsn),
                 0);
    place_wait(p, lsn);
}

static uint64_t keyword(struct place *p, const char *which)
{
    uint32_t bit;
    uint64_t lsn;
    CHECK_EQ_INT(engine_keyword(p->engine, ACCOUNT, span_of(which), &bit, &lsn), 0);
    place_wait(p, lsn);
    return (uint64_t)1 << bit;
}

static void use(struct place *p)
{
    for (unsigned i = 0; i < 4; i++)
        place_deliver(p, ACCOUNT, i, 101 + i);
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "a/b", ""), 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "t", ""), 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "gone", ""), 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_SUBSCRIBE, "a", ""), 0);
    CHECK_EQ_UINT(boxes_append(p, "a/b", 200, FLAG_DRAFT).uid, 1);
    flag(p, "INBOX", 1, 2, FLAG_FLAGGED);
    CHECK_EQ_UINT(COPY(p, "INBOX", "t", false, 1, 2, 9), 2);
    CHECK_EQ_UINT(COPY(p, "INBOX", "a/b", true, 2, 3), 2);
    CHECK_EQ_UINT(COPY(p, "INBOX", "gone", false, 4), 1);
    expunge(p, "INBOX", 4);
    boxes_append(p, "gone", 300, 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_DELETE, "gone", ""), 0);
    flag(p, "a/b", 2, 2, FLAG_SEEN);
    expunge(p, "t", 1);
    CHECK_EQ_INT(boxes_name(p, NAMES_RENAME, "a", "x/y"), 0);
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "a", ""), 0);
    CHECK_EQ_UINT(boxes_append(p, "a", 201, 0).uid, 1);
    flag(p, "t", 2, 2, keyword(p, "$Forwarded"));
    flag(p, "x/y/b", 2, 2, keyword(p, "todo") | keyword(p, "$FORWARDED"));
}

/* ---- what there is */

/* name +uidvalidity <uidnext: uid/size/flags/copied ...; of all of them, and subscriptions */
#define ALL                                                                            \
    "INBOX+0<5: 1/101/2/0; "                                                           \
    "a+5<2: 1/201/0/1; "                                                               \
    "t+2<3: 2/102/258/1; "                                                             \
    "x+4<1:; "                                                                         \
    "x/y+1<1:; "                                                                       \
    "x/y/b+1<4: 1/200/16/1 2/102/778/1 3/103/0/1; "                                    \
    "[a]#$Forwarded#todo"
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

void boxes_show(struct place *p, char *text, size_t size)
{
    struct buf records = { .max = 1 << 20 };
    struct names names = { 0 };
    struct status inbox;
    CHECK_EQ_INT(engine_status(p->engine, ACCOUNT, INBOX, &inbox), 0);
    CHECK_EQ_INT(engine_names(p->engine, ACCOUNT, ALL_NAMES, &records), 0);
    CHECK_EQ_INT(names_apply(&names, buf_span(&records)), 0);
    size_t at = show_rows(p, SPAN("INBOX"), INBOX, inbox.uidvalidity, text, size);
    for (size_t i = 0; i < names.count; i++) {
        const struct name *n = &names.all[i];
        if (n->kind == NAME_MAILBOX)
            at += show_rows(p, n->name, n->id, inbox.uidvalidity, text + at, size - at);
        else
            at += (size_t)snprintf(text + at, size - at,
                                   n->kind == NAME_KEYWORD ? "#%.*s" : "[%.*s]",
                                   SPAN_ARG(n->name));
    }
    names_close(&names);
    buf_free(&records);
}

static void is_as_it_was(struct place *p)
{
    char text[2048];
    uint64_t octets;
    place_until_mended(p, ACCOUNT);
    boxes_show(p, text, sizeof text);
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

void boxes_make(struct place *p)
{
    place_make(p);
    CHECK_EQ_INT(place_open(p), 0);
}

TEST(mailboxes_hold_what_was_put_there)
{
    struct place p;
    boxes_make(&p);
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
    boxes_make(&p);
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
    CHECK_EQ_INT(boxes_name(p, NAMES_CREATE, "dead", ""), 0);
    for (uint32_t i = 0; i < DEAD; i++)
        for (unsigned k = 0; k < 8; k++)
            boxes_append(p, "dead", 999, FLAG_SEEN);
    CHECK_EQ_INT(boxes_name(p, NAMES_DELETE, "dead", ""), 0);
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
