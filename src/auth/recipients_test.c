/* What a front remembers of auth's answers, and when it forgets. */
#include "auth/recipients.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "config/limits.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

static struct {
    size_t asked;
    uint8_t verdict;
    uint64_t account; /* the tickets are of this one and those that follow */
    size_t count;     /* 0: one */
    bool changes;     /* an account goes while the question is answered */
} auth;

static void recipient(struct call *call, const void *question)
{
    (void)question;
    static uint64_t tickets[RECIPIENTS_MAX][2];
    size_t count = auth.count ? auth.count : 1;
    for (size_t i = 0; i < count; i++)
        tickets[i][0] = auth.account + i;
    struct auth_recipient_answer answer = {
        .verdict = auth.verdict,
        .room = 5,
        .limit = 9,
        .tickets = span_at(tickets, count * sizeof *tickets),
    };
    auth.asked++;
    answer_auth_recipient(call, &answer);
    if (auth.changes)
        tell_auth_changed(call->channel, &(struct auth_changed){ 0 });
}

static const struct service services[] = {
    { MESSAGE_auth_recipient, recipient },
    { MESSAGE_auth_changed, recipients_on_changed },
    { 0 },
};

struct asker {
    struct span address;
    struct auth_recipient_answer answer;
    uint64_t first, last; /* accounts of its tickets, which are borrowed */
    int error;
    bool done;
};

static void ask_on_fiber(void *arg)
{
    struct asker *a = arg;
    a->error = recipient_ask(a->address, &a->answer);
    memcpy(&a->first, a->answer.tickets.at, sizeof a->first);
    memcpy(&a->last, a->answer.tickets.at + a->answer.tickets.len - 16, sizeof a->last);
    a->done = true;
}

/* Whether auth was asked; the answer must be what auth would say. */
static bool asks(const char *address)
{
    struct asker a = { .address = span_of(address), .error = -1 };
    size_t before = auth.asked;
    CHECK_EQ_INT(fiber_go(ask_on_fiber, &a), 0);
    CHECK(ends_turn(&a.done));
    CHECK_EQ_INT(a.error, 0);
    CHECK_EQ_UINT(a.answer.verdict, auth.verdict);
    CHECK_EQ_UINT(a.answer.room, 5);
    CHECK_EQ_UINT(a.answer.limit, 9);
    CHECK_EQ_UINT(a.first, auth.account);
    CHECK_EQ_UINT(a.last, auth.account + (auth.count ? auth.count - 1 : 0));
    ends_turn(NULL);
    return auth.asked > before;
}

static void start(void)
{
    auth.asked = 0;
    auth.verdict = AUTH_OK;
    auth.account = 7;
    auth.count = 0;
    auth.changes = false;
    ends_open(ROLE_MX, ROLE_AUTH, services);
    ipc_on_end(recipients_on_end);
}

static void stop(void)
{
    ends_close();
    ipc_on_end(NULL);
}

TEST(recipients_are_asked_for_once)
{
    start();
    CHECK(asks("bob@hamburger.edu"));
    CHECK(!asks("bob@hamburger.edu"));
    CHECK(asks("Bob@hamburger.edu"));
    ends_pass((RECIPIENT_SECONDS - 1) * CLOCK_SECOND);
    CHECK(!asks("bob@hamburger.edu"));
    ends_pass(2 * CLOCK_SECOND);
    CHECK(asks("bob@hamburger.edu"));
    stop();
}

TEST(recipients_that_were_refused_are_asked_for_again)
{
    start();
    auth.verdict = AUTH_NO_SUCH_USER;
    CHECK(asks("carol@hamburger.edu"));
    CHECK(asks("carol@hamburger.edu"));
    auth.verdict = AUTH_OK;
    CHECK(asks("carol@hamburger.edu"));
    CHECK(!asks("carol@hamburger.edu"));
    stop();
}

/* Until it is one of ours: then auth says that something has changed. */
TEST(recipients_elsewhere_are_remembered_until_they_are_here)
{
    start();
    auth.verdict = AUTH_ELSEWHERE;
    CHECK(asks("alice@crepes.fr"));
    CHECK(!asks("alice@crepes.fr"));
    auth.verdict = AUTH_OK;
    CHECK_EQ_INT(tell_auth_changed(ipc_peer(ROLE_MX, 0), &(struct auth_changed){ 0 }),
                 0);
    ends_turn(NULL);
    CHECK(asks("alice@crepes.fr"));
    stop();
}

/* Many tickets are much memory: such an alias is asked for again. */
TEST(recipients_behind_an_alias)
{
    start();
    auth.count = TICKETS_REMEMBERED;
    CHECK(asks("staff@hamburger.edu"));
    CHECK(!asks("staff@hamburger.edu"));
    auth.count = TICKETS_REMEMBERED + 1;
    CHECK(asks("all@hamburger.edu"));
    CHECK(asks("all@hamburger.edu"));
    auth.count = RECIPIENTS_MAX;
    CHECK(asks("all@hamburger.edu"));
    CHECK(asks("all@hamburger.edu"));
    stop();
}

TEST(recipients_are_forgotten_when_an_account_goes)
{
    start();
    CHECK(asks("bob@hamburger.edu"));
    CHECK_EQ_INT(tell_auth_changed(ipc_peer(ROLE_MX, 0), &(struct auth_changed){ 0 }),
                 0);
    ends_turn(NULL);
    auth.account = 8;
    CHECK(asks("bob@hamburger.edu"));
    CHECK(!asks("bob@hamburger.edu"));
    auth.changes = true;
    CHECK(asks("dave@hamburger.edu"));
    auth.account = 9;
    CHECK(asks("dave@hamburger.edu"));
    stop();
}

TEST(recipients_are_forgotten_with_auth_itself)
{
    start();
    CHECK(asks("bob@hamburger.edu"));
    stop();
    start();
    CHECK(asks("bob@hamburger.edu"));
    stop();
}

TEST(recipients_remembered_are_bounded)
{
    start();
    char address[64];
    for (unsigned i = 0; i <= RECIPIENTS_REMEMBERED; i++) {
        snprintf(address, sizeof address, "user%u@hamburger.edu", i);
        asks(address);
    }
    CHECK_EQ_UINT(auth.asked, RECIPIENTS_REMEMBERED + 1);
    CHECK(asks("user0@hamburger.edu"));
    CHECK(!asks(address));
    stop();
}
