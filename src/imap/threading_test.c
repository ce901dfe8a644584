#include "imap/threading.h"

#include "test/unit.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 50000 };

static size_t turns;

static bool take_turn(void *arg)
{
    (void)arg;
    turns++;
    return true;
}

static void add(struct threading *t, uint32_t number, int64_t date, uint64_t subject,
                bool is_reply, const char *id)
{
    CHECK_EQ_INT(threading_message(t,
                                   &(struct thread_message){
                                       .number = number,
                                       .date = date,
                                       .subject = subject,
                                       .is_reply = is_reply,
                                       .id = span_of(id),
                                   }),
                 0);
}

static void name(struct threading *t, const char *id)
{
    CHECK_EQ_INT(threading_reference(t, span_of(id)), 0);
}

static void name_number(struct threading *t, unsigned number)
{
    char id[24];
    snprintf(id, sizeof(id), "%u@x", number);
    name(t, id);
}

static void add_number(struct threading *t, unsigned number)
{
    char id[24];
    snprintf(id, sizeof(id), "%u@x", number);
    add(t, number, number, 0, false, id);
}

/* What is said, and how many octets that was. */
static void say(struct threading **t, struct buf *b)
{
    CHECK_EQ_INT(threading_end(*t, THREADING_REFERENCES), 0);
    b->max = 4 << 20;
    struct buf piece = { .max = 32 << 10 };
    bool more;
    do {
        more = threading_say(*t, &piece);
        buf_put(b, buf_span(&piece));
        buf_clear(&piece);
    } while (more);
    buf_free(&piece);
    threading_close(t);
}

static void check(struct threading *t, const char *wanted)
{
    struct buf b = { 0 };

    say(&t, &b);
    unit_equal_span(buf_span(&b), span_of(wanted), __FILE__, __LINE__, "threads");
    buf_free(&b);
}

static struct threading *threads(void)
{
    struct threading *t = threading_open(200000, take_turn, NULL);
    CHECK(t);
    turns = 0;
    return t;
}

TEST(no_message_has_no_thread)
{
    check(threads(), "");
}

TEST(own_references_replace_what_others_said)
{
    struct threading *t = threads();

    add(t, 1, 1, 0, false, "a");
    name(t, "c"), name(t, "b"); /* b below c */
    add(t, 2, 2, 0, false, "b");
    name(t, "d"); /* no: below d */
    add(t, 3, 3, 0, false, "c");
    check(t, "(2 1)(3)");
}

TEST(a_dummy_stands_where_its_first_child_does)
{
    struct threading *t = threads();

    add(t, 1, 5, 0, false, "a");
    add(t, 2, 9, 0, false, "b");
    name(t, "gone");
    add(t, 3, 4, 0, false, "c");
    name(t, "gone");
    check(t, "((3)(2))(1)");
}

TEST(dummies_within_go_with_all_their_levels)
{
    struct threading *t = threads();

    add(t, 1, 1, 0, false, "a");
    add(t, 2, 2, 0, false, "b");
    name(t, "a"), name(t, "x"), name(t, "y"), name(t, "z");
    add(t, 3, 3, 0, false, "c");
    name(t, "p"), name(t, "q");
    add(t, 4, 4, 0, false, "d");
    name(t, "p"), name(t, "r"), name(t, "s");
    check(t, "(1 2)((3)(4))");
}

TEST(subjects_gather_as_step_5_has_it)
{
    struct threading *t = threads();

    add(t, 1, 1, 7, true, "a"); /* a reply before what it replies to */
    add(t, 2, 2, 7, false, "b");
    add(t, 3, 3, 7, true, "c");
    add(t, 4, 4, 8, false, "d");
    name(t, "g");
    add(t, 5, 5, 0, false, "e");
    name(t, "g");
    add(t, 6, 6, 8, false, "f");
    add(t, 7, 7, 8, false, "h");
    name(t, "k");
    add(t, 8, 8, 0, false, "i");
    name(t, "k");
    check(t, "(2 (1)(3))((4)(5)(6)(7)(8))");
}

TEST(quoted_ids_are_what_they_quote)
{
    struct threading *t = threads();

    add(t, 1, 1, 0, false, "\"a\\b\"@x");
    add(t, 2, 2, 0, false, "c");
    name(t, "ab@x");
    check(t, "(1 2)");
}

TEST(past_the_limit_names_are_as_if_not_said)
{
    struct threading *t = threading_open(1, NULL, NULL);

    add(t, 1, 1, 0, false, "a");
    name(t, "b"), name(t, "c"), name(t, "d");
    add(t, 2, 2, 0, false, "e");
    name(t, "b"), name(t, "a"), name(t, "f");
    check(t, "(1 2)");
}

/* I03, I17: each of these is quadratic for who looks for circles by walking up. */
TEST(i03_deep_threads_are_cheap)
{
    struct threading *t = threads();
    struct buf b = { 0 };

    for (unsigned i = 1; i <= MANY; i++) { /* one chain, named from its end */
        add_number(t, i);
        name_number(t, i + 1);
    }
    say(&t, &b);
    struct span rest = buf_span(&b);
    CHECK(span_take(&rest, SPAN("(50000 49999 49998 ")));
    CHECK(turns < 1000);
    buf_free(&b);
}

TEST(i17_names_in_circles_are_cheap)
{
    struct threading *t = threads();
    struct buf b = { 0 };

    for (unsigned i = 1; i <= MANY;
         i++) { /* each names ten of one chain, and its end */
        add_number(t, i);
        for (unsigned k = 10; k > 0; k--)
            name_number(t, i > k ? i - k : 1);
        name_number(t, MANY), name_number(t, i > 1 ? i - 1 : 1);
    }
    say(&t, &b);
    CHECK_EQ_UINT(b.len > MANY, true);
    buf_free(&b);
}

TEST(a_turn_that_is_refused_ends_it)
{
    struct threading *t = threads();

    for (unsigned i = 1; i <= MANY; i++)
        add_number(t, i);
    threading_close(&t);
    CHECK(t == NULL);
}
