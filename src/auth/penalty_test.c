/* penalty_test - A10: guessing from one place and from many, and who must not suffer. */
#include "auth/penalty.h"

#include "base/clock.h"
#include "test/unit.h"

#include <stdio.h>

static struct clock_page page;
static struct penalty_setting setting;
static struct penalties *penalties;

static bool begin(void)
{
    page.now_shift = 0;
    clock_use(&page);
    setting = (struct penalty_setting){ .failures = 10, .seconds = 900, .exempts = 1 };
    CHECK(network_parse(SPAN("127.0.0.0/8"), &setting.exempt[0]));
    penalties = penalties_open(&setting);
    return CHECK(penalties);
}

static void end(void)
{
    penalties_close(&penalties);
    clock_use(NULL);
}

static void pass(uint64_t seconds)
{
    page.now_shift += (int64_t)(seconds * CLOCK_SECOND);
}

static uint32_t delay; /* of the last one */

static enum penalty try(const char *name, const char *source, enum proof proof)
{
    struct suspect s;
    penalty_suspect(penalties, span_of(name), span_of(source), &s);
    enum penalty penalty = penalty_begin(penalties, &s);
    if (penalty == PENALTY_NONE)
        delay = penalty_end(penalties, &s, proof);
    return penalty;
}

/* How many wrong ones were checked until none was. */
static unsigned guesses(const char *name, const char *source)
{
    unsigned n = 0;
    while (n < 1000 && try(name, source, PROOF_WRONG) == PENALTY_NONE)
        n++;
    return n;
}

TEST(penalty_grows_and_drains)
{
    static const uint32_t delays[] = { 0,    250,  500,  1000, 2000,
                                       4000, 5000, 5000, 5000, 5000 };
    if (begin()) {
        for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
            CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_WRONG), PENALTY_NONE);
            CHECK_EQ_UINT(delay, delays[i]);
        }
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_WRONG), PENALTY_BEGINS);
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_WRONG), PENALTY_LATER);
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_RIGHT), PENALTY_LATER);
        pass(88);
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_WRONG), PENALTY_LATER);
        pass(3);
        CHECK_EQ_UINT(guesses("bob", "192.0.2.1"), 1);
        pass(450);
        CHECK_EQ_UINT(guesses("bob", "192.0.2.1"), 5);
        pass(900);
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_WRONG), PENALTY_NONE);
        CHECK_EQ_UINT(delay, 0);
    }
    end();
}

/* From one address 10, whatever names; from one network 40. */
TEST(penalty_of_many_names)
{
    char name[32], source[32];
    unsigned checked = 0;
    if (begin()) {
        for (int i = 0; i < 10000; i++) {
            snprintf(name, sizeof name, "name%d", i);
            checked += try(name, "192.0.2.1", PROOF_WRONG) == PENALTY_NONE;
        }
        CHECK_EQ_UINT(checked, 10);
        for (int i = 0; i < 2000; i++) {
            snprintf(name, sizeof name, "name%d", i);
            snprintf(source, sizeof source, "192.0.2.%d", i % 250 + 2);
            checked += try(name, source, PROOF_WRONG) == PENALTY_NONE;
        }
        CHECK_EQ_UINT(checked, 40);
        CHECK_EQ_INT(try("alice", "192.0.3.1", PROOF_RIGHT), PENALTY_NONE);
    }
    end();
}

/* One name from 1,000 sources: each network has its 10, and the name is open to others. */
TEST(penalty_of_one_name)
{
    char source[32];
    unsigned checked = 0;
    if (begin()) {
        for (int i = 0; i < 10000; i++) {
            snprintf(source, sizeof source, "10.%d.0.%d", i % 100, i / 100 % 10);
            checked += try("bob", source, PROOF_WRONG) == PENALTY_NONE;
        }
        CHECK_EQ_UINT(checked, 100 * 10);
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_RIGHT), PENALTY_NONE);
        CHECK_EQ_UINT(guesses("bob", "no address"), 10);
    }
    end();
}

/* IPv6: a customer has a /64, or a /48. */
TEST(penalty_of_ipv6)
{
    char source[64];
    unsigned checked = 0;
    if (begin()) {
        for (int i = 0; i < 1000; i++) {
            snprintf(source, sizeof source, "2001:db8:1:2::%x", i + 1);
            checked += try("bob", source, PROOF_WRONG) == PENALTY_NONE;
        }
        CHECK_EQ_UINT(checked, 10);
        for (int i = 0; i < 1000; i++) {
            snprintf(source, sizeof source, "2001:db8:1:%x::1", i + 3);
            checked += try(source, source, PROOF_WRONG) == PENALTY_NONE;
        }
        CHECK_EQ_UINT(checked, 40);
        CHECK_EQ_INT(try("bob", "2001:db8:2::1", PROOF_WRONG), PENALTY_NONE);
        /* An IPv4 address written as an IPv6 one is the same. */
        CHECK_EQ_UINT(guesses("x", "198.51.100.7"), 10);
        CHECK_EQ_UINT(guesses("x", "::ffff:198.51.100.7"), 0);
    }
    end();
}

/* An account is never closed to where it has lately logged in. */
TEST(penalty_spares_who_is_known)
{
    if (begin()) {
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_RIGHT), PENALTY_NONE);
        CHECK_EQ_UINT(guesses("alice", "192.0.2.1"), 10);
        CHECK_EQ_UINT(guesses("alice", "192.0.2.2"), 0);
        for (int i = 0; i < 50; i++) {
            CHECK_EQ_INT(try("bob", "192.0.2.9", PROOF_WRONG), PENALTY_NONE);
            CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_RIGHT), PENALTY_NONE);
        }
        CHECK_EQ_INT(try("bob", "192.0.2.9", PROOF_WRONG), PENALTY_NONE);
        CHECK_EQ_UINT(delay, PENALTY_DELAY_MOST_MS);
        pass(KNOWN_SECONDS - 1);
        CHECK_EQ_UINT(guesses("bob", "192.0.2.9"), 1000);
        pass(2);
        CHECK(guesses("bob", "192.0.2.9") < 1000);
    }
    end();
}

TEST(penalty_exempt)
{
    if (begin()) {
        CHECK_EQ_UINT(guesses("bob", "127.0.0.1"), 1000);
        CHECK_EQ_UINT(delay, 0);
        CHECK_EQ_UINT(guesses("bob", "::1"), 10);
        setting.exempts = 0;
        CHECK_EQ_UINT(guesses("bob", "127.0.0.1"), 10);
    }
    end();
}

/* So many at once of one address; others have their turn. */
TEST(penalty_busy)
{
    struct suspect one, other;
    if (begin()) {
        penalty_suspect(penalties, SPAN("bob"), SPAN("192.0.2.1"), &one);
        penalty_suspect(penalties, SPAN("bob"), SPAN("192.0.3.1"), &other);
        for (int i = 0; i < PENALTY_PENDING_MAX; i++)
            CHECK_EQ_INT(penalty_begin(penalties, &one), PENALTY_NONE);
        CHECK_EQ_INT(penalty_begin(penalties, &one), PENALTY_BUSY);
        CHECK_EQ_INT(penalty_begin(penalties, &other), PENALTY_NONE);
        CHECK_EQ_UINT(penalty_end(penalties, &one, PROOF_UNCHECKED), 0);
        CHECK_EQ_INT(penalty_begin(penalties, &one), PENALTY_NONE);
        for (int i = 0; i < PENALTY_PENDING_MAX; i++)
            penalty_end(penalties, &one, PROOF_UNCHECKED);
        CHECK_EQ_INT(try("bob", "192.0.2.1", PROOF_WRONG), PENALTY_NONE);
        CHECK_EQ_UINT(delay, 0);
    }
    end();
}

/* Memory has a bound; what is under way is not forgotten. */
TEST(penalty_of_very_many)
{
    struct suspect busy;
    char source[64];
    if (begin()) {
        penalty_suspect(penalties, SPAN("bob"), SPAN("192.0.2.1"), &busy);
        for (int i = 0; i < PENALTY_PENDING_MAX; i++)
            penalty_begin(penalties, &busy);
        for (int i = 0; i < PENALTY_COUNTS_MAX; i++) {
            snprintf(source, sizeof source, "2001:%x:%x::1", i / 65536 + 1, i % 65536);
            try("bob", source, PROOF_WRONG);
        }
        CHECK_EQ_INT(penalty_begin(penalties, &busy), PENALTY_BUSY);
    }
    end();
}
