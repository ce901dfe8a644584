/* For whom mail may come in, and whose mail for elsewhere goes into the queue. */
#include "role/auth.h"

#include "auth/site_test.h"
#include "base/fiber.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

static const struct service services[] = {
    { MESSAGE_auth_recipient, auth_on_recipient },
    { 0 },
};

struct asker {
    struct span address;
    uint8_t verdict;
    struct ticket ticket;
    size_t tickets;
    bool done;
};

static void ask_on_fiber(void *arg)
{
    struct asker *a = arg;
    struct auth_recipient_answer answer;
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    CHECK_EQ_INT(ask_auth_recipient(&(struct auth_recipient){ a->address }, &answer,
                                    arena),
                 0);
    a->verdict = answer.verdict;
    a->tickets = answer.tickets.len / sizeof a->ticket;
    if (a->tickets > 0)
        memcpy(&a->ticket, answer.tickets.at, sizeof a->ticket);
    arena_close(&arena);
    a->done = true;
}

static struct asker asks(enum role front, const char *address)
{
    struct asker a = { .address = span_of(address) };
    ends_open(front, ROLE_AUTH, services);
    CHECK_EQ_INT(fiber_go(ask_on_fiber, &a), 0);
    CHECK(ends_turn(&a.done));
    ends_close();
    return a;
}

TEST(recipient_elsewhere_is_for_the_queue)
{
    static struct settings settings;
    struct site s;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    auth.directory = s.directory;
    auth.hostname = "hamburger.edu";
    settings.relay.wanted = 1;
    auth.settings = &settings;
    struct asker a = asks(ROLE_SUBMISSION, "alice@crepes.fr");
    CHECK_EQ_INT(a.verdict, AUTH_ELSEWHERE);
    CHECK_EQ_UINT(a.tickets, 1);
    CHECK_EQ_UINT(a.ticket.account, QUEUE_ACCOUNT);
    CHECK_EQ_UINT(a.ticket.mac, ticket_mac(auth.ticket_key, QUEUE_ACCOUNT));
    CHECK_EQ_INT(asks(ROLE_RELAY, "alice@crepes.fr").verdict, AUTH_ELSEWHERE);
    /* Strangers' mail stays out, and what is ours is not elsewhere. */
    a = asks(ROLE_MX, "alice@crepes.fr");
    CHECK_EQ_INT(a.verdict, AUTH_NOT_OURS);
    CHECK_EQ_UINT(a.tickets, 0);
    CHECK_EQ_INT(asks(ROLE_SUBMISSION, "bob@hamburger.edu").verdict, AUTH_OK);
    CHECK_EQ_INT(asks(ROLE_SUBMISSION, "nobody@hamburger.edu").verdict,
                 AUTH_NO_SUCH_USER);
    CHECK_EQ_INT(asks(ROLE_SUBMISSION, "nonsense").verdict, AUTH_BAD_ADDRESS);
    settings.relay.wanted = 0;
    CHECK_EQ_INT(asks(ROLE_SUBMISSION, "alice@crepes.fr").verdict, AUTH_NOT_OURS);
    auth.directory = NULL;
    site_end(&s);
}
