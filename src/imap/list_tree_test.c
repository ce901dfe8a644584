#include "imap/list_tree.h"

#include "test/unit.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

static struct buf records = { .max = 64 << 20 };

static void record(enum name_kind kind, uint32_t id, const char *name)
{
    const struct name n = { .kind = kind, .id = id, .name = span_of(name) };

    CHECK_EQ_INT(name_put(&records, &n), 0);
}

/* All names, each behind how many levels it shares with the one before. */
static void write_tree(const struct list_tree *t, char *text, size_t size)
{
    size_t at = 0;

    for (size_t i = 0; i < t->count; i++) {
        const struct list_entry *e = &t->entries[i];
        at += (size_t)snprintf(text + at, size - at, "%s%d%.*s%s%s", i > 0 ? " " : "",
                               e->shared, SPAN_ARG(e->name), e->number ? "" : "-",
                               e->subscribed ? "+" : "");
    }
}

TEST(names_stand_as_LIST_tells_them)
{
    struct list_tree t;
    char text[200];

    record(NAME_COUNTERS, 99, "");
    record(NAME_MAILBOX, 2, "a");
    record(NAME_MAILBOX, 3, "a!b");
    record(NAME_MAILBOX, 4, "a/b");
    record(NAME_MAILBOX, 5, "a/bc/d");
    record(NAME_MAILBOX, 6, "INBOX/x");
    record(NAME_MAILBOX, 7, "INBOXES");
    record(NAME_SUBSCRIBED, 8, "a/b");
    record(NAME_SUBSCRIBED, 9, "a/b/gone");
    record(NAME_SUBSCRIBED, 10, "A");
    CHECK_EQ_INT(list_tree_open(&t, buf_span(&records)), 0);
    write_tree(&t, text, sizeof(text));
    CHECK(strcmp(text, "0INBOX+ 1INBOX/x 0A-+ 0INBOXES 0a 1a/b+ 2a/b/gone-+ 1a/bc/d "
                       "0a!b") == 0);
    list_tree_close(&t);
    /* damage */
    CHECK_EQ_INT(list_tree_open(&t, span_first(buf_span(&records), records.len - 1)),
                 -EBADMSG);
    list_tree_close(&t);
    CHECK_EQ_INT(list_tree_open(&t, SPAN("")), 0);
    CHECK_EQ_INT(t.count, 1);
    list_tree_close(&t);
    buf_free(&records);
}

TEST(a_tree_knows_what_is_below)
{
    struct list_tree t;

    record(NAME_MAILBOX, 2, "a/b/c");
    record(NAME_SUBSCRIBED, 3, "a/b");
    record(NAME_SUBSCRIBED, 4, "a/x/y");
    CHECK_EQ_INT(list_tree_open(&t, buf_span(&records)), 0);
    CHECK_EQ_INT(t.count, 4);
    t.entries[1].matches = true; /* a/b */
    list_tree_measure(&t);
    const struct list_entry *b = &t.entries[1];
    /* a, that has no entry: all three are below it; a/b: the mailbox alone */
    CHECK(b->levels == 2 && b->shared == 0);
    CHECK(b->reach.mailbox == 2 && b->reach.subscribed == 2 && b->reach.unmatched == 1);
    CHECK(b->below.mailbox == 2 && b->below.subscribed == 1);
    CHECK(t.entries[2].below.mailbox == 0 && t.entries[3].below.mailbox == 0);
    CHECK(t.entries[3].shared == 1 && t.entries[3].reach.unmatched == 3);
    CHECK(span_is(list_level(SPAN("a/bc/d"), 1), SPAN("a")));
    CHECK(span_is(list_level(SPAN("a/bc/d"), 2), SPAN("a/bc")));
    CHECK(span_is(list_level(SPAN("a/bc/d"), 3), SPAN("a/bc/d")));
    list_tree_close(&t);
    buf_free(&records);
}

/* I07: as many as there may be, of one beginning each. */
TEST(many_names_are_put_in_order_soon_I07)
{
    struct list_tree t;
    char name[MAILBOX_NAME_MAX + 1];

    memset(name, 'a', sizeof(name) - 1);
    for (unsigned i = 0; i < MAILBOX_NAMES_MAX; i++) {
        snprintf(name + MAILBOX_NAME_MAX - 6, 7, "/%05u", (i * 7919) % 100000);
        record(NAME_MAILBOX, i + 2, name);
    }
    CHECK_EQ_INT(list_tree_open(&t, buf_span(&records)), 0);
    list_tree_measure(&t);
    CHECK_EQ_INT(t.count, MAILBOX_NAMES_MAX + 1);
    CHECK(t.entries[1].shared == 0 && t.entries[2].shared == 1 &&
          t.entries[1].reach.mailbox == 2);
    list_tree_close(&t);
    buf_free(&records);
}
