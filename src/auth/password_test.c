/* password_test - right, wrong, unknown, remembered, too many. */
#include "auth/auth.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "base/own.h"
#include "config/limits.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>

static struct passwords *passwords;
static struct arena *arena;
static struct clock_page page;
static struct span ketchup; /* its hash */

static bool begin(void)
{
    page.now_shift = 0;
    clock_use(&page);
    arena = arena_open(64 << 10);
    passwords = passwords_open();
    return CHECK(passwords) &&
           CHECK_EQ_INT(password_hash(passwords, SPAN("ketchup"), arena, &ketchup), 0);
}

static void end(void)
{
    passwords_close(&passwords);
    arena_close(&arena);
    clock_use(NULL);
}

/* The verdict, and how often crypt(3) ran for it. */
static enum auth_verdict check(uint64_t account, struct span hash, struct span password,
                               uint64_t *crypted_r)
{
    uint64_t before = passwords_crypted(passwords);
    enum auth_verdict verdict = password_check(passwords, account, hash, password);
    *crypted_r = passwords_crypted(passwords) - before;
    return verdict;
}

TEST(password_hashes)
{
    struct span again;
    if (begin()) {
        CHECK(span_starts_nocase(ketchup, SPAN("$y$")));
        CHECK_EQ_INT(password_hash(passwords, SPAN("ketchup"), arena, &again), 0);
        CHECK(!span_is(ketchup, again)); /* salted */
        CHECK_EQ_INT(password_hash(passwords, SPAN("ket\0chup"), arena, &again),
                     -EINVAL);
        char most[PASSWORD_OCTETS_MAX + 1];
        memset(most, 'x', sizeof most);
        CHECK_EQ_INT(password_hash(passwords, span_at(most, sizeof most), arena,
                                   &again),
                     -EINVAL);
        CHECK_EQ_INT(password_hash(passwords, span_at(most, sizeof most - 1), arena,
                                   &again),
                     0);
    }
    end();
}

/* A11: an unknown name costs exactly what a wrong password costs. */
TEST(password_wrong_and_unknown_cost_the_same)
{
    uint64_t crypted;
    if (begin()) {
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 1);
        CHECK_EQ_INT(check(1, ketchup, SPAN("mustard"), &crypted), AUTH_REFUSED);
        CHECK_EQ_UINT(crypted, 1);
        CHECK_EQ_INT(check(0, SPAN(""), SPAN("ketchup"), &crypted), AUTH_REFUSED);
        CHECK_EQ_UINT(crypted, 1);
        CHECK_EQ_INT(check(0, SPAN(""), SPAN("ketchup"), &crypted), AUTH_REFUSED);
        CHECK_EQ_UINT(crypted, 1);
    }
    end();
}

/* clang-format off */
static const struct span wrong[] = {
    { "", 0 }, { "Ketchup", 7 }, { "ketchup ", 8 }, { "ketchu", 6 }, { "ketchup\0", 8 },
    { "ketchup\0x", 9 }, { "\0", 1 },
};
/* clang-format on */

TEST(password_wrong)
{
    uint64_t crypted;
    if (begin()) {
        /* Remembered or not, wrong is wrong. */
        for (int round = 0; round < 2; round++) {
            for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                CHECK_EQ_INT(check(1, ketchup, wrong[i], &crypted), AUTH_REFUSED);
                CHECK_EQ_UINT(crypted, 1);
            }
            CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        }
    }
    end();
}

TEST(password_of_a_damaged_hash)
{
    static const char *const damaged[] = {
        "*", "*0", "x", "$y$", "$y$j9T$", "$1$", "!"
    };
    uint64_t crypted;
    if (begin())
        for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
            CHECK_EQ_INT(check(1, span_of(damaged[i]), SPAN("ketchup"), &crypted),
                         AUTH_REFUSED);
            CHECK_EQ_INT(check(1, span_of(damaged[i]), SPAN(""), &crypted),
                         AUTH_REFUSED);
        }
    end();
}

TEST(password_is_remembered)
{
    uint64_t crypted;
    if (begin()) {
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 1);
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 0);
        /* A16: for this account alone. */
        CHECK_EQ_INT(check(2, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 1);
        passwords_forget(passwords, 1);
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 1);
        CHECK_EQ_INT(check(2, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 0);
    }
    end();
}

TEST(password_is_remembered_for_a_while)
{
    uint64_t crypted;
    if (begin()) {
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        page.now_shift = (VERIFIED_SECONDS - 1) * (int64_t)CLOCK_SECOND;
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 0);
        page.now_shift = VERIFIED_SECONDS * (int64_t)CLOCK_SECOND;
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 1);
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_UINT(crypted, 0);
    }
    end();
}

/* A new password: the old one is wrong at once, though it was right a moment ago. */
TEST(password_changes)
{
    uint64_t crypted;
    struct span mustard;
    if (begin()) {
        CHECK_EQ_INT(check(1, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        CHECK_EQ_INT(password_hash(passwords, SPAN("mustard"), arena, &mustard), 0);
        CHECK_EQ_INT(check(1, mustard, SPAN("ketchup"), &crypted), AUTH_REFUSED);
        CHECK_EQ_INT(check(1, mustard, SPAN("mustard"), &crypted), AUTH_OK);
    }
    end();
}

/* A12: many at once. */
static struct {
    size_t ended, ok, busy;
} logins;

static void login(void *arg)
{
    (void)arg;
    enum auth_verdict verdict = password_check(passwords, 1, ketchup, SPAN("ketchup"));
    logins.ended++;
    logins.ok += verdict == AUTH_OK;
    logins.busy += verdict == AUTH_BUSY;
}

/* All of them at once, and then all have ended. */
static void log_in_at_once(size_t count)
{
    memset(&logins, 0, sizeof logins);
    for (size_t i = 0; i < count; i++)
        CHECK_EQ_INT(fiber_go(login, NULL), 0);
    for (int i = 0; i < 100000 && logins.ended < count; i++)
        loop_turn(true);
    CHECK_EQ_UINT(logins.ended, count);
    CHECK_EQ_UINT(logins.ok + logins.busy, count);
}

/* By a hash that is weak, so that the test is quick, and yet takes two threads longer than
 * a fiber takes to start, under AddressSanitizer too: or none would ever wait. */
TEST(password_too_many_at_once)
{
    uint64_t crypted;
    if (begin() && CHECK_EQ_INT(loop_open(), 0)) {
        ketchup =
            SPAN("$5$rounds=20000$salt$LvDCFWm8BrBrnuyOQe4H.AFuZ9w/CvKmh5zLxw3JqS3");
        for (int i = 0; i < 20; i++) /* until they are typical */
            check(9, ketchup, SPAN("mustard"), &crypted);
        log_in_at_once((size_t)2 * VERIFY_QUEUE_MAX);
        CHECK(logins.busy > 0);
        CHECK_EQ_INT(check(9, ketchup, SPAN("ketchup"), &crypted), AUTH_OK);
        loop_close();
    }
    end();
}

/* Of a hash that takes its time, so many that they would wait for seconds: those that would
 * are told at once to come again. */
TEST(password_too_many_for_the_time)
{
    uint64_t crypted;
    if (begin() && CHECK_EQ_INT(loop_open(), 0)) {
        for (int i = 0; i < 20; i++)
            check(9, ketchup, SPAN("mustard"), &crypted);
        uint64_t start = clock_now();
        log_in_at_once(VERIFY_QUEUE_MAX);
        CHECK(logins.busy > 0 && logins.ok > 0);
        CHECK(clock_now() - start < 10 * CLOCK_SECOND);
        loop_close();
    }
    end();
}
