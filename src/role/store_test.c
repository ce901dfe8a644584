/* store - the role, asked by fronts that say the truth and by fronts that do not. */
#include "role/store.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "ipc/ends_test.h"
#include "os/files.h"
#include "role/store_front_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- mx */

static struct ticket ticket_for(uint64_t account)
{
    return (struct ticket){ account, ticket_mac(store_front_key, account) };
}

static int say_deliver(struct span recipients, struct span body, int sealed,
                       uint64_t size, uint64_t *lsn_r)
{
    struct store_deliver_answer answer = { 0 };
    struct store_deliver question = { .recipients = recipients,
                                      .received = 1,
                                      .size = size,
                                      .body = body,
                                      .sealed = sealed };
    int error = ask_store_deliver(&question, &answer, NULL);
    *lsn_r = answer.lsn;
    return error;
}

static void deliver_and_hear(void)
{
    struct ticket tickets[] = { ticket_for(1), ticket_for(2), ticket_for(1) };
    uint64_t lsn, later;
    CHECK_EQ_INT(say_deliver(span_at(tickets, sizeof tickets), SPAN("hello\r\n"), -1, 7,
                             &lsn),
                 0);
    while (store_front_heard.durable < lsn)
        fiber_sleep(CLOCK_MS);
    OWN(fd_close) int sealed = sealed_copy("body", SPAN("How about pickles?\r\n"));
    CHECK_EQ_INT(say_deliver(span_at(tickets, sizeof *tickets), SPAN(""), sealed, 20,
                             &later),
                 0);
    CHECK(later > lsn);
    while (store_front_heard.durable < later)
        fiber_sleep(CLOCK_MS);
    struct snapshot s;
    CHECK_EQ_INT(engine_snapshot(store_engine, 1, INBOX, &s), 0);
    CHECK_EQ_UINT(s.count, 2);
    free(s.rows);
}

TEST(role_store_files_and_tells_who_has_asked)
{
    struct place p;
    store_front_begin(&p, ROLE_MX);
    store_front_run(deliver_and_hear);
    store_front_end(&p);
}

static void say_nonsense(void)
{
    static struct ticket many[RECIPIENTS_MAX + 1];
    struct ticket good = ticket_for(1), forged = { 2, good.mac };
    struct ticket mixed[] = { good, forged };
    struct span to = span_at(&good, sizeof good);
    uint64_t lsn;
    OWN(fd_close) int sealed = sealed_copy("body", SPAN("0123456789"));
    OWN(fd_close) int unsealed = sealed_open("body");
    CHECK_EQ_INT(ftruncate(unsealed, 10), 0);
    for (size_t i = 0; i <= RECIPIENTS_MAX; i++)
        many[i] = good;
    const struct {
        struct span to, body;
        int sealed;
        uint64_t size;
        int error;
    } bad[] = {
        { span_at(&forged, sizeof forged), SPAN("x"), -1, 1, -EACCES },
        { span_at(mixed, sizeof mixed), SPAN("x"), -1, 1, -EACCES },
        { span_at(&good, sizeof good - 1), SPAN("x"), -1, 1, -EINVAL },
        { SPAN(""), SPAN("x"), -1, 1, -EINVAL },
        { span_at(many, sizeof many), SPAN("x"), -1, 1, -EMSGSIZE }, /* by ipc */
        { to, SPAN("x"), -1, 0, -EINVAL },
        { to, SPAN("x"), -1, 2, -EINVAL },
        { to, SPAN("x"), -1, UINT64_MAX, -EINVAL },
        { to, SPAN(""), sealed, 11, -EINVAL },
        { to, SPAN(""), sealed, (1 << 20) + 1, -EINVAL },
        { to, SPAN(""), sealed, LARGE_BODY_LEAST, -EINVAL },
        { to, SPAN("x"), sealed, 1, -EINVAL },
        { to, SPAN(""), unsealed, 10, -EINVAL },
    };
    enum { BAD = sizeof bad / sizeof *bad };
    size_t before = 0;
    for (size_t i = 0; i < 2 * BAD; i++) {
        if (i == BAD) /* what is opened once has been */
            before = open_descriptors();
        size_t n = i % BAD;
        CHECK_EQ_INT(say_deliver(bad[n].to, bad[n].body, bad[n].sealed, bad[n].size,
                                 &lsn),
                     bad[n].error);
    }
    CHECK_EQ_UINT(open_descriptors(), before);
    CHECK_EQ_INT(say_deliver(to, SPAN("x"), -1, 1, &lsn), 0); /* still there */
}

TEST(role_store_refuses_what_a_front_makes_up)
{
    struct place p;
    store_front_begin(&p, ROLE_MX);
    store_front_run(say_nonsense);
    store_front_end(&p);
}

/* ---- pop3 */

void store_front_grant(enum role front, uint32_t instance, uint64_t handle,
                       uint64_t account, uint32_t rights)
{
    struct call call = { .from = ROLE_AUTH, .message = MESSAGE_store_grant };
    struct store_grant q = { (uint8_t)front, instance, handle, account, rights };
    store_on_grant(&call, &q);
}

int store_front_select(uint64_t handle, uint32_t mailbox)
{
    struct store_snapshot_answer answer = { .rows = -1 };
    int error =
        ask_store_snapshot(&(struct store_snapshot){ handle, mailbox }, &answer, NULL);
    fd_close(&answer.rows);
    return error;
}

static bool allowed(enum role front, uint32_t instance, uint64_t handle,
                    enum right right)
{
    struct call call = { .from = front, .instance = instance };
    uint64_t account;
    return store_may(&call, handle, right, &account) == 0 && account == 7;
}

static void release_from(enum role front, uint32_t instance, uint64_t handle)
{
    struct call call = { .from = front, .instance = instance };
    store_on_release(&call, &(struct store_release){ handle });
}

TEST(role_store_a_handle_counts_on_its_channel_alone)
{
    struct place p;
    store_front_begin(&p, ROLE_POP3);
    store_front_grant(ROLE_POP3, 0, 11, 7, RIGHT_READ);
    store_front_grant(ROLE_POP3, 0, 12, 7, RIGHT_READ | RIGHT_EXPUNGE);
    CHECK(allowed(ROLE_POP3, 0, 11, RIGHT_READ));
    CHECK(!allowed(ROLE_POP3, 0, 11, RIGHT_EXPUNGE));
    CHECK(allowed(ROLE_POP3, 0, 12, RIGHT_EXPUNGE));
    CHECK(!allowed(ROLE_POP3, 1, 11, RIGHT_READ));
    CHECK(!allowed(ROLE_MX, 0, 11, RIGHT_READ));
    CHECK(!allowed(ROLE_POP3, 0, 13, RIGHT_READ));
    release_from(ROLE_POP3, 1, 11);
    release_from(ROLE_MX, 0, 11);
    release_from(ROLE_POP3, 0, 99);
    CHECK(allowed(ROLE_POP3, 0, 11, RIGHT_READ));
    release_from(ROLE_POP3, 0, 11);
    CHECK(!allowed(ROLE_POP3, 0, 11, RIGHT_READ));
    CHECK(allowed(ROLE_POP3, 0, 12, RIGHT_READ));
    store_front_end(&p); /* the channel's end takes the other one */
}

static void use_handles(void)
{
    struct store_snapshot_answer snapshot_a;
    struct store_pack_answer pack_a;
    struct store_large_answer large_a;
    struct store_expunge_answer expunge_a;
    uint32_t uid = 1;
    struct span uids = span_at(&uid, sizeof uid), odd = span_at(&uid, 3);
    store_front_grant(ROLE_POP3, 0, 21, 7, RIGHT_READ);
    store_front_grant(ROLE_POP3, 0, 22, 7, RIGHT_READ | RIGHT_EXPUNGE);
    CHECK_EQ_INT(ask_store_snapshot(&(struct store_snapshot){ 5, INBOX }, &snapshot_a,
                                    NULL),
                 -EACCES);
    CHECK_EQ_INT(ask_store_pack(&(struct store_pack){ 5, 1 }, &pack_a, NULL), -EACCES);
    CHECK_EQ_INT(ask_store_large(&(struct store_large){ 5, 1 }, &large_a, NULL),
                 -EACCES);
    CHECK_EQ_INT(ask_store_expunge(&(struct store_expunge){ 21, INBOX, uids },
                                   &expunge_a, NULL),
                 -EACCES);
    CHECK_EQ_INT(ask_store_expunge(&(struct store_expunge){ 22, INBOX, odd },
                                   &expunge_a, NULL),
                 -EINVAL);
    CHECK_EQ_INT(ask_store_expunge(&(struct store_expunge){ 22, INBOX, uids },
                                   &expunge_a, NULL),
                 0);
    while (store_front_heard.durable < expunge_a.lsn)
        fiber_sleep(CLOCK_MS);
    CHECK_EQ_INT(ask_store_snapshot(&(struct store_snapshot){ 21, INBOX }, &snapshot_a,
                                    NULL),
                 0);
    CHECK_EQ_UINT(snapshot_a.count, 0);
    CHECK(sealed_is(snapshot_a.rows));
    fd_close(&snapshot_a.rows);
    CHECK_EQ_INT(ask_store_pack(&(struct store_pack){ 21, 1 }, &pack_a, NULL), -ENOENT);
}

/* Who has the mailbox before him hears of it, whoever changes it; nobody else does. */
static void use_imap_handles(void)
{
    struct store_snapshot_answer snapshot_a;
    struct store_records_answer records_a;
    struct store_expunge_answer expunge_a;
    uint64_t email = 1;
    uint32_t uid = 1;
    struct span uids = span_at(&uid, sizeof uid);
    store_front_grant(ROLE_IMAP, 0, 31, 7, RIGHT_READ | RIGHT_EXPUNGE);
    store_front_grant(ROLE_IMAP, 0, 32, 8, RIGHT_READ);
    CHECK_EQ_INT(store_front_select(31, INBOX), 0);
    CHECK_EQ_INT(ask_store_expunge(&(struct store_expunge){ 31, INBOX, uids },
                                   &expunge_a, NULL),
                 0);
    CHECK_EQ_INT(ask_store_expunge(&(struct store_expunge){ 31, INBOX, uids },
                                   &expunge_a, NULL),
                 0);
    CHECK_EQ_INT(ask_store_snapshot(&(struct store_snapshot){ 32, INBOX }, &snapshot_a,
                                    NULL),
                 0);
    fd_close(&snapshot_a.rows);
    CHECK_EQ_UINT(store_front_heard.changed, 31);
    CHECK_EQ_UINT(store_front_heard.changes, 1); /* he has not asked meanwhile */
    store_front_heard.changed = 0;
    CHECK_EQ_INT(ask_store_snapshot(&(struct store_snapshot){ 31, INBOX }, &snapshot_a,
                                    NULL),
                 0);
    CHECK_EQ_UINT(snapshot_a.uidnext, 1);
    fd_close(&snapshot_a.rows);
    CHECK_EQ_UINT(store_front_heard.changed, 0);
    CHECK_EQ_INT(ask_store_expunge(&(struct store_expunge){ 31, INBOX, uids },
                                   &expunge_a, NULL),
                 0);
    CHECK_EQ_INT(ask_store_snapshot(&(struct store_snapshot){ 32, INBOX }, &snapshot_a,
                                    NULL),
                 0);
    fd_close(&snapshot_a.rows);
    CHECK_EQ_UINT(store_front_heard.changes, 2);
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct store_records q = { 99, span_at(&email, sizeof email) };
    CHECK_EQ_INT(ask_store_records(&q, &records_a, arena), -EACCES);
    q = (struct store_records){ 31, span_at(&email, 3) };
    CHECK_EQ_INT(ask_store_records(&q, &records_a, arena), -EINVAL);
    q.emails = span_at(&email, sizeof email);
    CHECK_EQ_INT(ask_store_records(&q, &records_a, arena), 0);
    CHECK_EQ_UINT(records_a.records.len,
                  sizeof(uint32_t)); /* there is no such message */
    CHECK_EQ_INT(records_a.sealed, -1);
    struct store_scan_answer scan_a;
    struct store_scan scan = { .handle = 99, .email = 1, .text = SPAN("a") };
    CHECK_EQ_INT(ask_store_scan(&scan, &scan_a, NULL), -EACCES);
    scan.handle = 31;
    CHECK_EQ_INT(ask_store_scan(&scan, &scan_a, NULL), 0);
    CHECK(!scan_a.has);
    struct store_find_answer find_a;
    struct store_find find = { .handle = 99, .text = SPAN("a") };
    CHECK_EQ_INT(ask_store_find(&find, &find_a, arena), -EACCES);
    find.handle = 31; /* this store keeps no words */
    CHECK_EQ_INT(ask_store_find(&find, &find_a, arena), -EOPNOTSUPP);
}

TEST(role_store_tells_who_looks_at_a_mailbox)
{
    struct place p;
    store_front_begin(&p, ROLE_IMAP);
    store_front_run(use_imap_handles);
    store_front_end(&p);
}

TEST(role_store_asks_every_handle_what_it_may)
{
    struct place p;
    store_front_begin(&p, ROLE_POP3);
    store_front_run(use_handles);
    store_front_end(&p);
}

/* A login that auth answered too late leaves a handle that nobody will ever release. */
TEST(role_store_handles_that_nobody_used_make_room)
{
    struct place p;
    store_front_begin(&p, ROLE_POP3);
    for (uint64_t i = 0; i < HANDLES_MAX; i++)
        store_front_grant(ROLE_POP3, 0, 1000 + i, i == 0 ? 7 : 100 + i, RIGHT_READ);
    CHECK(allowed(ROLE_POP3, 0, 1000, RIGHT_READ));
    store_front_grant(ROLE_POP3, 0, 11, 7, RIGHT_READ);
    CHECK(!allowed(ROLE_POP3, 0, 11, RIGHT_READ));
    ends_pass((HANDLE_UNUSED_SECONDS + 1) * CLOCK_SECOND);
    store_front_grant(ROLE_POP3, 0, 12, 7, RIGHT_READ);
    CHECK(allowed(ROLE_POP3, 0, 12, RIGHT_READ));
    CHECK(allowed(ROLE_POP3, 0, 1000, RIGHT_READ));
    CHECK(!allowed(ROLE_POP3, 0, 1001, RIGHT_READ));
    CHECK_EQ_UINT(handles_count(), 2);
    store_front_end(&p);
}

static int take_rows(uint64_t handle, size_t rows)
{
    struct call call = { .from = ROLE_POP3 };
    return handles_take_rows(handles_may(&call, handle, RIGHT_READ), rows);
}

/* However large the mailbox: one session has it. */
TEST(role_store_one_accounts_sessions_hold_so_much)
{
    struct place p;
    store_front_begin(&p, ROLE_POP3);
    for (uint64_t i = 0; i < 4; i++)
        store_front_grant(ROLE_POP3, 0, 11 + i, i < 3 ? 7 : 8, RIGHT_READ);
    CHECK_EQ_INT(take_rows(11, 3 * ROWS_OF_ACCOUNT_MAX), 0);
    CHECK_EQ_INT(take_rows(12, 1), -EUSERS);
    CHECK_EQ_INT(take_rows(14, ROWS_OF_ACCOUNT_MAX), 0); /* another's */
    CHECK_EQ_INT(take_rows(11, ROWS_OF_ACCOUNT_MAX - 5), 0);
    CHECK_EQ_INT(take_rows(12, 3), 0);
    CHECK_EQ_INT(take_rows(13, 3), -EUSERS);
    release_from(ROLE_POP3, 0, 12);
    CHECK_EQ_INT(take_rows(13, 3), 0);
    store_front_end(&p);
}

TEST(role_store_forgets_an_accounts_handles)
{
    struct place p;
    store_front_begin(&p, ROLE_POP3);
    store_front_grant(ROLE_POP3, 0, 31, 7, RIGHT_READ);
    store_front_grant(ROLE_POP3, 0, 32, 8, RIGHT_READ);
    handles_drop_account(7);
    CHECK(!allowed(ROLE_POP3, 0, 31, RIGHT_READ));
    CHECK_EQ_UINT(handles_count(), 1);
    store_front_end(&p);
}
