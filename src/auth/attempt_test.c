/* attempt_test - kept for a while, for one front and one proof. */
#include "auth/attempt.h"

#include "base/clock.h"
#include "test/unit.h"

static struct clock_page page;
static struct attempts *attempts;

static bool begin(void)
{
    page.now_shift = 0;
    clock_use(&page);
    attempts = attempts_open();
    return CHECK(attempts);
}

static void end(void)
{
    attempts_close(&attempts);
    clock_use(NULL);
}

static uint64_t add(enum role front, uint32_t instance)
{
    char name[] = "bob", said[] = "n=bob,r=x,r=xy,s=,i=1";
    uint64_t id = attempt_add(attempts, &(struct attempt){ .front = front,
                                                           .instance = instance,
                                                           .name = span_of(name),
                                                           .source = SPAN("192.0.2.1"),
                                                           .said = span_of(said),
                                                           .account = 7 });
    memset(name, 'x', sizeof name); /* it has copies */
    memset(said, 'x', sizeof said);
    return id;
}

static bool take(uint64_t id, enum role front, uint32_t instance)
{
    struct attempt *a = attempt_take(attempts, id, front, instance);
    if (!a)
        return false;
    CHECK_SPAN(a->name, "bob");
    CHECK_SPAN(a->source, "192.0.2.1");
    CHECK_SPAN(a->said, "n=bob,r=x,r=xy,s=,i=1");
    CHECK_EQ_UINT(a->account, 7);
    attempt_free(&a);
    return true;
}

TEST(attempt_once)
{
    if (begin()) {
        uint64_t one = add(ROLE_POP3, 0), other = add(ROLE_POP3, 0);
        CHECK(one && other && one != other);
        CHECK(!take(one ^ 1, ROLE_POP3, 0) && !take(0, ROLE_POP3, 0));
        CHECK(!take(one, ROLE_MX, 0) && !take(one, ROLE_POP3, 1));
        CHECK(take(one, ROLE_POP3, 0));
        CHECK(!take(one, ROLE_POP3, 0));
        CHECK(take(other, ROLE_POP3, 0));
        CHECK(attempt_add(attempts, &(struct attempt){ .front = ROLE_POP3 }));
        add(ROLE_POP3, 0); /* closed while it is under way */
    }
    end();
}

TEST(attempt_for_a_while)
{
    if (begin()) {
        uint64_t one = add(ROLE_POP3, 0);
        page.now_shift = (SCRAM_SECONDS - 1) * (int64_t)CLOCK_SECOND;
        uint64_t other = add(ROLE_POP3, 0);
        page.now_shift = SCRAM_SECONDS * (int64_t)CLOCK_SECOND;
        CHECK(!take(one, ROLE_POP3, 0));
        CHECK(take(other, ROLE_POP3, 0));
    }
    end();
}

TEST(attempt_of_very_many)
{
    if (begin()) {
        uint64_t oldest = add(ROLE_POP3, 0), second = add(ROLE_POP3, 0);
        for (int i = 0; i < SCRAM_ATTEMPTS_MAX - 1; i++)
            add(ROLE_POP3, 0);
        CHECK(!take(oldest, ROLE_POP3, 0));
        CHECK(take(second, ROLE_POP3, 0));
    }
    end();
}
