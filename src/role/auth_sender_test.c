/* Whose a handle is: on one front's channel, until it is released, and not for ever. */
#include "role/auth.h"

#include "auth/site_test.h"
#include "base/fiber.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

static const struct service services[] = {
    { MESSAGE_auth_sender, auth_on_sender },
    { MESSAGE_auth_release, auth_on_release },
    { 0 },
};

struct asker {
    uint64_t handle;
    struct span address;
    uint8_t verdict;
    bool done;
};

static void ask_on_fiber(void *arg)
{
    struct asker *a = arg;
    struct auth_sender_answer answer;
    int error =
        ask_auth_sender(&(struct auth_sender){ a->handle, a->address }, &answer, NULL);
    CHECK_EQ_INT(error, 0);
    a->verdict = answer.verdict;
    a->done = true;
}

/* What auth says to submission 0. */
static enum auth_verdict asks(uint64_t handle, const char *address)
{
    struct asker a = { .handle = handle, .address = span_of(address) };
    CHECK_EQ_INT(fiber_go(ask_on_fiber, &a), 0);
    CHECK(ends_turn(&a.done));
    return a.verdict;
}

static bool grant(uint32_t instance, uint64_t handle, uint64_t account)
{
    struct call call = { .from = ROLE_SUBMISSION, .instance = instance };
    return auth_sender_put(&call, handle, account) == 0;
}

static uint64_t start(struct site *s)
{
    if (!site_begin(s))
        return 0;
    uint64_t bob = site_add(s, "bob@hamburger.edu");
    auth.directory = s->directory;
    ends_open(ROLE_SUBMISSION, ROLE_AUTH, services);
    ipc_on_end(auth_on_end);
    return bob;
}

/* The channels end, and with them whatever was remembered for them. */
static void stop(struct site *s)
{
    ends_close();
    ipc_on_end(NULL);
    auth.directory = NULL;
    site_end(s);
}

TEST(sender_of_a_handle)
{
    struct site s;
    uint64_t bob = start(&s);
    CHECK(grant(0, 5, bob) && grant(1, 6, bob) && grant(0, 7, bob + 1));
    CHECK_EQ_INT(asks(5, "bob@hamburger.edu"), AUTH_OK);
    CHECK_EQ_INT(asks(5, "carol@hamburger.edu"), AUTH_REFUSED);
    CHECK_EQ_INT(asks(5, "bob"), AUTH_BAD_ADDRESS);
    CHECK_EQ_INT(asks(6, "bob@hamburger.edu"), AUTH_BUSY); /* another copy's */
    CHECK_EQ_INT(asks(7, "bob@hamburger.edu"), AUTH_REFUSED);
    CHECK_EQ_INT(asks(8, "bob@hamburger.edu"), AUTH_BUSY); /* nobody's */
    CHECK_EQ_INT(tell_auth_release(ipc_peer(ROLE_AUTH, 0),
                                   &(struct auth_release){ .handle = 5 }),
                 0);
    ends_turn(NULL);
    CHECK_EQ_INT(asks(5, "bob@hamburger.edu"), AUTH_BUSY);
    stop(&s);
}

TEST(sender_is_forgotten_with_its_front)
{
    struct site s;
    uint64_t bob = start(&s);
    CHECK(grant(0, 5, bob));
    stop(&s);
    start(&s);
    CHECK_EQ_INT(asks(5, "bob@hamburger.edu"), AUTH_BUSY);
    stop(&s);
}

TEST(senders_are_bounded)
{
    struct site s;
    uint64_t bob = start(&s);
    const uint64_t first = 100;
    for (uint64_t i = 0; i <= SENDERS_MAX; i++)
        CHECK(grant(0, first + i, bob));
    CHECK_EQ_INT(asks(first, "bob@hamburger.edu"), AUTH_BUSY);
    CHECK_EQ_INT(asks(first + SENDERS_MAX, "bob@hamburger.edu"), AUTH_OK);
    stop(&s);
}
