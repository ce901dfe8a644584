/* store - the queue's services, asked by relay. */
#include "role/store.h"

#include "base/arena.h"
#include "role/store_front_test.h"
#include "test/unit.h"

#include <errno.h>

static struct ticket ticket_for(uint64_t account)
{
    return (struct ticket){ account, ticket_mac(store_front_key, account) };
}

static int enqueue(struct ticket t, struct span envelope)
{
    const struct store_enqueue q = { span_at(&t, sizeof t), 1, envelope };
    struct store_enqueue_answer answer;
    return ask_store_enqueue(&q, &answer, NULL);
}

static uint64_t deliver(struct span body)
{
    const struct ticket t = ticket_for(QUEUE_ACCOUNT);
    const struct store_deliver q = { .recipients = span_at(&t, sizeof t),
                                     .size = body.len,
                                     .body = body,
                                     .sealed = -1 };
    struct store_deliver_answer answer = { 0 };
    CHECK_EQ_INT(ask_store_deliver(&q, &answer, NULL), 0);
    return answer.email;
}

static size_t rows(uint64_t handle, uint32_t mailbox, uint32_t from, uint32_t most,
                   struct snapshot_row *first_r)
{
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    const struct store_queue_rows q = { handle, mailbox, from, most };
    struct store_queue_rows_answer answer = { .sealed = -1 };
    CHECK_EQ_INT(ask_store_queue_rows(&q, &answer, arena), 0);
    CHECK_EQ_INT(answer.sealed, -1);
    CHECK_EQ_UINT(answer.rows.len, answer.count * sizeof *first_r);
    if (answer.count > 0)
        memcpy(first_r, answer.rows.at, sizeof *first_r);
    arena_close(&arena);
    return answer.count;
}

static void use_queue(void)
{
    struct store_queue_open_answer queue;
    struct store_queue_rows_answer none;
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct snapshot_row row = { 0 };
    CHECK_EQ_INT(ask_store_queue_open(&(struct store_queue_open){ 0 }, &queue, NULL),
                 0);
    CHECK(queue.envelopes != INBOX && queue.handle != 0);
    CHECK_EQ_UINT(rows(queue.handle, INBOX, 1, 100, &row), 0);
    uint64_t email = deliver(SPAN("a: b\r\n\r\nHello\r\n"));
    CHECK_EQ_INT(enqueue(ticket_for(QUEUE_ACCOUNT), SPAN("first")), 0);
    CHECK_EQ_INT(enqueue(ticket_for(QUEUE_ACCOUNT), SPAN("second")), 0);
    CHECK_EQ_UINT(store_front_heard.changed, queue.handle);
    CHECK_EQ_UINT(store_front_heard.changes, 1); /* until it has looked */
    CHECK_EQ_UINT(rows(queue.handle, INBOX, 1, 100, &row), 1);
    CHECK_EQ_UINT(row.email, email);
    CHECK_EQ_UINT(row.size, 15);
    CHECK_EQ_UINT(rows(queue.handle, queue.envelopes, 1, 100, &row), 2);
    CHECK_EQ_UINT(row.uid, 1);
    CHECK_EQ_UINT(rows(queue.handle, queue.envelopes, 1, 1, &row), 1);
    CHECK_EQ_UINT(rows(queue.handle, queue.envelopes, 2, 100, &row), 1);
    CHECK_EQ_UINT(row.uid, 2);
    CHECK_EQ_UINT(row.size, 6);
    CHECK_EQ_UINT(rows(queue.handle, queue.envelopes, 3, 100, &row), 0);
    CHECK_EQ_INT(ask_store_queue_rows(&(struct store_queue_rows){ queue.handle + 1,
                                                                  INBOX, 1, 1 },
                                      &none, arena),
                 -EACCES);
    arena_close(&arena);
}

/* Nobody's ticket but the queue's, and nobody's but auth's. */
static void use_bad_tickets(void)
{
    struct ticket t = ticket_for(7);
    CHECK_EQ_INT(enqueue(t, SPAN("x")), -EACCES);
    t.account = QUEUE_ACCOUNT;
    CHECK_EQ_INT(enqueue(t, SPAN("x")), -EACCES);
    CHECK_EQ_INT(enqueue(ticket_for(QUEUE_ACCOUNT), SPAN("")), -EINVAL);
}

static void with_role(void (*use)(void))
{
    struct place p;
    store_front_begin(&p, ROLE_RELAY);
    store_front_run(use);
    store_front_end(&p);
}

TEST(store_queue_is_listed)
{
    with_role(use_queue);
}

TEST(store_queue_takes_tickets)
{
    with_role(use_bad_tickets);
}
