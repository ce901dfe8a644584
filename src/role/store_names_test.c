/* store - the role's services for mailboxes, asked by a front. */
#include "role/store.h"

#include "base/arena.h"
#include "role/store_front_test.h"
#include "store/names.h"
#include "test/unit.h"

#include <errno.h>

enum { READS = 41, WRITES = 42 };

static struct arena *arena; /* of what answers hold */

static int ask(uint64_t handle, enum names_verb verb, struct span name, struct span to)
{
    const struct store_name q = { handle, (uint8_t)verb, FOR_ANYTHING, name, to };
    struct store_name_answer answer;
    return ask_store_name(&q, &answer, NULL);
}

static uint32_t mailbox(struct span name)
{
    const struct store_mailbox q = { READS, name };
    struct store_mailbox_answer answer = { 0 };
    int error = ask_store_mailbox(&q, &answer, NULL);
    return error ? 0 : answer.mailbox;
}

static uint32_t total(uint32_t of)
{
    struct store_status_answer answer = { 0 };
    CHECK_EQ_INT(ask_store_status(&(struct store_status){ READS, of }, &answer, NULL),
                 0);
    return answer.total;
}

static void begin(void)
{
    store_front_grant(ROLE_IMAP, 0, READS, 7, RIGHT_READ);
    store_front_grant(ROLE_IMAP, 0, WRITES, 7, RIGHT_READ | RIGHT_EXPUNGE);
}

static void use_names(void)
{
    struct store_names_answer names = { .sealed = -1 };
    struct names all = { 0 };
    arena = arena_open(MESSAGE_OCTETS_MAX);
    begin();
    CHECK_EQ_INT(ask(READS, NAMES_CREATE, SPAN("a/b"), SPAN("")), -EACCES);
    CHECK_EQ_INT(ask(WRITES, NAMES_VERBS, SPAN("a/b"), SPAN("")), -EINVAL);
    CHECK_EQ_INT(ask(WRITES, NAMES_CREATE, SPAN("a//b"), SPAN("")), -EINVAL);
    CHECK_EQ_INT(ask(WRITES, NAMES_CREATE, SPAN("a/b"), SPAN("")), 0);
    CHECK_EQ_INT(ask(WRITES, NAMES_CREATE, SPAN("a/b"), SPAN("")), -EEXIST);
    CHECK_EQ_INT(ask(WRITES, NAMES_RENAME, SPAN("a"), SPAN("c")), 0);
    CHECK_EQ_INT(ask_store_names(&(struct store_names){ READS }, &names, arena), 0);
    CHECK_EQ_INT(names.sealed, -1);
    CHECK_EQ_UINT(names.size, names.names.len);
    CHECK_EQ_INT(names_apply(&all, names.names), 0);
    CHECK_EQ_UINT(all.count, 2);
    CHECK(names_find(&all, NAME_MAILBOX, SPAN("c")));
    CHECK(names_find(&all, NAME_MAILBOX, SPAN("c/b")));
    names_close(&all);
    CHECK_EQ_UINT(mailbox(SPAN("inBox")), INBOX);
    CHECK_EQ_UINT(mailbox(SPAN("a/b")), 0);
    CHECK_EQ_UINT(mailbox(SPAN("c/b")), 3);
    CHECK_EQ_INT(ask_store_names(&(struct store_names){ 43 }, &names, arena), -EACCES);
    arena_close(&arena);
}

/* Those that have the mailbox before them hear what becomes of it, and no others. */
static void use_mailbox(void)
{
    struct store_append q = {
        .handle = WRITES, .mailbox = 2, .size = 4, .body = SPAN("a: b"), .sealed = -1
    };
    struct store_append_answer answer;
    begin();
    CHECK_EQ_INT(ask(WRITES, NAMES_CREATE, SPAN("a"), SPAN("")), 0);
    CHECK_EQ_INT(store_front_select(READS, 2), 0);
    CHECK_EQ_INT(store_front_select(WRITES, INBOX), 0);
    CHECK_EQ_INT(ask_store_append(&q, &answer, NULL), 0);
    CHECK_EQ_UINT(total(2), 1);
    CHECK_EQ_UINT(store_front_heard.changed, READS);
    CHECK_EQ_UINT(store_front_heard.changes, 1);
    q.mailbox = 9;
    CHECK_EQ_INT(ask_store_append(&q, &answer, NULL), -ENOENT);
    CHECK_EQ_INT(store_front_select(READS, 9), -ENOENT);
    CHECK_EQ_INT(store_front_select(READS, 2), 0);
    CHECK_EQ_INT(ask(WRITES, NAMES_DELETE, SPAN("a"), SPAN("")), 0);
    CHECK_EQ_UINT(total(INBOX), 0);
    CHECK_EQ_UINT(store_front_heard.changes, 2);
    CHECK_EQ_INT(store_front_select(READS, 2), -ENOENT);
}

static struct store_copy_answer copy(uint64_t handle, uint32_t from, uint32_t to,
                                     bool move, int wanted)
{
    static const uint32_t uids[] = { 1, 9 };
    const struct store_copy q = { handle, from, to, move, span_at(uids, sizeof uids) };
    struct store_copy_answer answer = { 0 };
    CHECK_EQ_INT(ask_store_copy(&q, &answer, arena), wanted);
    return answer;
}

static void use_copies(void)
{
    struct store_append q = { .handle = WRITES,
                              .mailbox = INBOX,
                              .size = 4,
                              .body = SPAN("a: b"),
                              .sealed = -1 };
    struct store_append_answer appended;
    uint32_t uid = 0;
    arena = arena_open(MESSAGE_OCTETS_MAX);
    begin();
    CHECK_EQ_INT(ask(WRITES, NAMES_CREATE, SPAN("a"), SPAN("")), 0);
    CHECK_EQ_INT(ask_store_append(&q, &appended, NULL), 0);
    copy(READS, INBOX, 2, false, -EACCES);
    copy(WRITES, INBOX, 9, false, -ENOENT);
    struct store_copy_answer answer = copy(WRITES, INBOX, 2, false, 0);
    CHECK_EQ_UINT(answer.first, 1);
    CHECK_EQ_UINT(answer.uidvalidity, appended.uidvalidity + 1);
    CHECK_EQ_UINT(answer.uids.len, 4);
    memcpy(&uid, answer.uids.at, 4);
    CHECK_EQ_UINT(uid, 1);
    CHECK_EQ_UINT(total(2), 1);
    CHECK_EQ_INT(store_front_select(READS, INBOX), 0);
    CHECK_EQ_UINT(copy(WRITES, INBOX, 2, true, 0).first, 2);
    CHECK_EQ_UINT(total(INBOX), 0);
    CHECK_EQ_UINT(total(2), 2);
    CHECK_EQ_UINT(store_front_heard.changed, READS);
    CHECK_EQ_UINT(copy(WRITES, INBOX, 2, true, 0).uids.len,
                  0); /* it is there no more */
}

static void run(void (*fn)(void))
{
    struct place p;
    store_front_begin(&p, ROLE_IMAP);
    store_front_run(fn);
    store_front_end(&p);
}

TEST(role_store_names_mailboxes)
{
    run(use_names);
}

TEST(role_store_tells_who_has_the_mailbox)
{
    run(use_mailbox);
}

TEST(role_store_copies_and_moves)
{
    run(use_copies);
}
