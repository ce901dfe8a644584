#include "store/names.h"

#include "config/limits.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* I05 */
TEST(names_are_keys_never_paths_I05)
{
    char deep[2 * MAILBOX_LEVELS_MAX + 2], longest[MAILBOX_NAME_MAX + 1];

    CHECK(name_is_good(SPAN("INBOX")));
    CHECK(name_is_good(SPAN("a/b/c")));
    CHECK(name_is_good(SPAN("..")) && name_is_good(SPAN("~user")));
    CHECK(!name_is_good(SPAN("")) && !name_is_good(SPAN("/abs")));
    CHECK(!name_is_good(SPAN("a//b")) && !name_is_good(SPAN("a/")));
    CHECK(!name_is_good(SPAN("a\0b")) && !name_is_good(SPAN("a\r\nb")));
    CHECK(!name_is_good(SPAN("\xc0\xaf")) && !name_is_good(SPAN("\x7f")));
    for (size_t i = 0; i < sizeof(deep); i++)
        deep[i] = i % 2 ? '/' : 'a';
    CHECK(name_is_good(span_at(deep, 2 * MAILBOX_LEVELS_MAX - 1)));
    CHECK(!name_is_good(span_at(deep, 2 * MAILBOX_LEVELS_MAX + 1)));
    memset(longest, 'a', sizeof(longest));
    CHECK(name_is_good(span_at(longest, MAILBOX_NAME_MAX)));
    CHECK(!name_is_good(span_at(longest, MAILBOX_NAME_MAX + 1)));
    CHECK(name_is_inbox(SPAN("iNbOx")) && !name_is_inbox(SPAN("INBOX/")));
}

/* ---- changes */

static struct names begin(void)
{
    return (struct names){ .next = 2, .uidvalidity = 1000 };
}

/* Asks for it, and does it when it can be done; what came of it. */
static int ask(struct names *all, enum names_verb verb, const char *name,
               const char *to)
{
    struct buf records = { .max = NAMES_CHANGE_MAX };
    const struct names_request r = { verb, span_of(name), span_of(to), 900,
                                     FOR_ANYTHING };
    int error = names_change(all, &r, &records);
    if (!error)
        error = names_apply(all, buf_span(&records));
    else
        CHECK_EQ_INT(records.len, 0);
    buf_free(&records);
    return error;
}

/* "name=id:uidvalidity ..." of the mailboxes, then the subscriptions in brackets. */
static const char *show(const struct names *all)
{
    static char text[1024];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < all->count; i++) {
        const struct name *n = &all->all[i];
        at += (size_t)snprintf(text + at, sizeof text - at,
                               n->kind == NAME_MAILBOX ? "%s%.*s=%u:%u" : "%s[%.*s]",
                               at ? " " : "", SPAN_ARG(n->name), n->id, n->uidvalidity);
    }
    return text;
}

TEST(create_makes_superiors_and_gives_each_a_number_once)
{
    struct names all = begin();
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a/b", ""), 0);
    CHECK_STR(show(&all), "a=2:1001 a/b=3:1001");
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a/b", ""), -EEXIST);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a/c", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "inbox/x", ""), 0);
    CHECK_STR(show(&all), "INBOX/x=5:1003 a=2:1001 a/b=3:1001 a/c=4:1002");
    CHECK(names_find(&all, NAME_MAILBOX, SPAN("Inbox/x")));
    CHECK(!names_find(&all, NAME_MAILBOX, SPAN("A")));
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "InBox", ""), -EEXIST);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a//b", ""), -EINVAL);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "", ""), -EINVAL);
    CHECK_EQ_INT(ask(&all, NAMES_VERBS, "a", ""), -EINVAL);
    names_close(&all);
}

TEST(what_is_deleted_comes_again_as_another)
{
    struct names all = begin();
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a/b", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "a", ""), 0);
    CHECK_STR(show(&all), "a/b=3:1001");
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "a", ""), -ENOENT);
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "INBOX", ""), -EPERM);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a", ""), 0);
    CHECK_STR(show(&all), "a=4:1002 a/b=3:1001");
    names_close(&all);
}

TEST(rename_takes_along_what_is_below)
{
    struct names all = begin();
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a/b/c", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a-b", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a", "x/y"), 0);
    CHECK_STR(show(&all), "a-b=5:1002 x=6:1003 x/y=2:1001 x/y/b=3:1001 x/y/b/c=4:1001");
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a", "z"), -ENOENT);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a-b", "x/y"), -EEXIST);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a-b", "INBOX"), -EEXIST);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a-b", "a-b"), -EEXIST);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "x", "x/z"), -EPERM);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "INBOX", "old"), -EPERM);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a-b", "a//b"), -EINVAL);
    /* a superior that is gone, and what is below its new name already */
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "x", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "n/y", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "n", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "x", "n"), -EEXIST);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "x", "m"), 0);
    CHECK_STR(show(&all),
              "a-b=5:1002 m/y=2:1001 m/y/b=3:1001 m/y/b/c=4:1001 n/y=8:1004");
    names_close(&all);
}

TEST(a_rename_makes_no_name_that_could_not_be_created)
{
    char longest[MAILBOX_NAME_MAX + 1] = { 0 }, deep[2 * MAILBOX_LEVELS_MAX] = { 0 };
    struct names all = begin();
    memset(longest, 'l', MAILBOX_NAME_MAX);
    for (size_t i = 0; i + 1 < sizeof deep; i++)
        deep[i] = i % 2 ? '/' : 'd';
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a/b", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a", longest), -EINVAL);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "a", deep), -EINVAL);
    CHECK_STR(show(&all), "a=2:1001 a/b=3:1001");
    names_close(&all);
}

TEST(names_are_subscribed_to_whether_they_are_there_or_not)
{
    struct names all = begin();
    CHECK_EQ_INT(ask(&all, NAMES_SUBSCRIBE, "nowhere", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_SUBSCRIBE, "nowhere", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_SUBSCRIBE, "inbox", ""), 0);
    CHECK_STR(show(&all), "[nowhere]");
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "nowhere", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "nowhere", ""), 0);
    CHECK_STR(show(&all), "[nowhere]");
    CHECK_EQ_INT(ask(&all, NAMES_UNSUBSCRIBE, "nowhere", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_UNSUBSCRIBE, "nowhere", ""), -ENOENT);
    CHECK_EQ_INT(ask(&all, NAMES_UNSUBSCRIBE, "INBOX", ""), -EPERM);
    CHECK_STR(show(&all), "");
    names_close(&all);
}

TEST(there_is_an_end_to_names)
{
    char name[32];
    struct names all = begin();
    for (int i = 0; i < MAILBOX_NAMES_MAX; i++) {
        snprintf(name, sizeof name, "t/%05d", i);
        CHECK_EQ_INT(ask(&all, NAMES_SUBSCRIBE, name, ""), 0);
    }
    CHECK_EQ_INT(ask(&all, NAMES_SUBSCRIBE, "one more", ""), -EMLINK);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "one more", ""), -EMLINK);
    CHECK_EQ_INT(ask(&all, NAMES_UNSUBSCRIBE, "t/00000", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "one more", ""), 0);
    all.next = UINT32_MAX;
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "one more", ""), -EMLINK);
    names_close(&all);
}

TEST(a_rename_of_too_many_is_refused_whole)
{
    char name[MAILBOX_NAME_MAX + 1] = { 0 };
    struct names all = begin();
    memset(name, 'n', MAILBOX_NAME_MAX);
    memcpy(name, "t/", 2);
    for (int i = 0; i < 200; i++) {
        name[2] = (char)('a' + i % 26);
        name[3] = (char)('a' + i / 26);
        CHECK_EQ_INT(ask(&all, NAMES_CREATE, name, ""), 0);
    }
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "t", "u"), -E2BIG);
    CHECK(names_find(&all, NAME_MAILBOX, SPAN("t")));
    CHECK(!names_find(&all, NAME_MAILBOX, SPAN("u")));
    names_close(&all);
}

/* ---- records */

/* Cut short: whole records, and nothing beyond its end. */
static void read_cut(struct span records)
{
    char *copy = malloc(records.len);
    struct name one;
    if (!CHECK(copy))
        return;
    memcpy(copy, records.at, records.len);
    struct span rest = span_at(copy, records.len);
    while (name_take(&rest, &one))
        continue;
    CHECK(names_are_sound(span_at(copy, records.len)) == (rest.len == 0));
    free(copy);
}

TEST(a_list_of_names_reads_as_it_was_written)
{
    struct names all = begin(), back = { 0 };
    struct buf records = { .max = 4096 };
    CHECK_EQ_INT(ask(&all, NAMES_CREATE, "a/\xc3\xa9t\xc3\xa9", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_SUBSCRIBE, "a", ""), 0);
    CHECK_EQ_INT(names_put(&all, &records), 0);
    CHECK(names_are_sound(buf_span(&records)));
    CHECK_EQ_INT(names_apply(&back, buf_span(&records)), 0);
    CHECK_EQ_INT(back.next, all.next);
    CHECK_EQ_INT(back.uidvalidity, all.uidvalidity);
    CHECK_STR(show(&back), "a=2:1001 a/\xc3\xa9t\xc3\xa9=3:1001 [a]");
    for (size_t n = 1; n < records.len; n++)
        read_cut(span_first(buf_span(&records), n));
    struct names none = { 0 };
    CHECK_EQ_INT(names_apply(&none, span_first(buf_span(&records), records.len - 1)),
                 -EBADMSG);
    CHECK_EQ_INT(none.count, 0);
    names_close(&all);
    names_close(&back);
    buf_free(&records);
}

TEST(names_that_could_not_be_are_no_records)
{
    struct buf records = { .max = 4096 };
    const struct name bad[] = {
        { .kind = NAME_MAILBOX, .id = 7, .name = SPAN("a//b") },
        { .kind = NAME_MAILBOX, .id = 7, .name = SPAN("\xff") },
        { .kind = NAME_KINDS, .id = 7, .name = SPAN("a") },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_clear(&records);
        CHECK_EQ_INT(name_put(&records, &bad[i]), 0);
        CHECK(!names_are_sound(buf_span(&records)));
    }
    buf_free(&records);
}

/* ---- what they are for (RFC 6154) */

TEST(an_account_begins_with_mailboxes_that_have_a_use)
{
    struct names all = begin();
    CHECK_EQ_INT(ask(&all, NAMES_BEGIN, "INBOX", ""), 0);
    CHECK_STR(show(&all), "Archive=2:1001 Drafts=4:1001 Junk=6:1001 Sent=8:1001"
                          " Trash=10:1001 [Archive] [Drafts] [Junk] [Sent] [Trash]");
    CHECK_EQ_INT(names_find(&all, NAME_MAILBOX, SPAN("Junk"))->role, FOR_JUNK);
    CHECK_EQ_INT(ask(&all, NAMES_BEGIN, "INBOX", ""), -EEXIST);
    CHECK_EQ_INT(ask(&all, NAMES_RENAME, "Junk", "Spam"), 0);
    CHECK_EQ_INT(names_find(&all, NAME_MAILBOX, SPAN("Spam"))->role, FOR_JUNK);
    names_close(&all);
}

TEST(each_use_has_one_mailbox)
{
    struct names all = begin();
    struct buf records = { .max = NAMES_CHANGE_MAX };
    struct names_request r = { NAMES_CREATE, { "a/b", 3 }, { 0 }, 900, FOR_SENT };
    CHECK_EQ_INT(names_change(&all, &r, &records), 0);
    CHECK_EQ_INT(names_apply(&all, buf_span(&records)), 0);
    CHECK_EQ_INT(names_find(&all, NAME_MAILBOX, SPAN("a"))->role, FOR_ANYTHING);
    CHECK_EQ_INT(names_find(&all, NAME_MAILBOX, SPAN("a/b"))->role, FOR_SENT);
    r.name = (struct span){ "c", 1 };
    CHECK_EQ_INT(names_change(&all, &r, &records), -ENOTUNIQ);
    r.role = MAILBOX_ROLES;
    CHECK_EQ_INT(names_change(&all, &r, &records), -ENOTUNIQ);
    CHECK_EQ_INT(ask(&all, NAMES_DELETE, "a/b", ""), 0);
    r.role = FOR_SENT;
    CHECK_EQ_INT(names_change(&all, &r, &records), 0);
    names_close(&all);
    buf_free(&records);
}

/* ---- keywords */

TEST(keywords_are_bits_for_good)
{
    char name[KEYWORD_MAX + 2] = { 0 };
    struct names all = begin();
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, "$Forwarded", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, "$FORWARDED", ""), 0);
    CHECK_EQ_UINT(all.count, 1);
    CHECK_EQ_UINT(names_keyword(&all, SPAN("$forwarded"))->id, KEYWORD_FIRST);
    for (int i = KEYWORD_FIRST + 1; i < 64; i++) {
        snprintf(name, sizeof name, "k%d", i);
        CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, name, ""), 0);
        CHECK_EQ_INT(names_keyword(&all, span_of(name))->id, i);
    }
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, "one-more", ""), -EMLINK);
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, "k63", ""), 0);
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, "a b", ""), -EINVAL);
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, "\\Seen", ""), -EINVAL);
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, "", ""), -EINVAL);
    memset(name, 'k', KEYWORD_MAX + 1);
    CHECK_EQ_INT(ask(&all, NAMES_KEYWORD, name, ""), -EINVAL);
    CHECK_EQ_UINT(all.next, 2);
    names_close(&all);
}
