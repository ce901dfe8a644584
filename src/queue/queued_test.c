/* queued_test - envelopes, written and read; what is none. */
#include "queue/queued.h"

#include "base/own.h"
#include "config/limits.h"
#include "test/unit.h"

#include <errno.h>

static struct queued_recipient two[] = {
    { .mailbox = { "bob@hamburger.edu", 17 }, .notify = 6, .next = 1700000000 },
    { .mailbox = { "carol@hamburger.edu", 19 },
      .orcpt = { "rfc822;carol@crepes.fr", 22 },
      .fate = QUEUED_FAILED,
      .noticed = true,
      .attempts = 3,
      .tried = 1700000001,
      .status = { 550, 5, 1, 1 },
      .remote = { "mail.hamburger.edu", 18 },
      .words = { "No such user", 12 } },
};
static const struct queued usual = { .email = 4711,
                                     .first = 7,
                                     .session = UINT64_MAX,
                                     .arrived = 1699999999,
                                     .utf8 = true,
                                     .ret = RET_HDRS,
                                     .envid = { "QQ314159", 8 },
                                     .reverse_path = { "alice@crepes.fr", 15 },
                                     .recipients = two,
                                     .count = 2 };

static struct span put(struct buf *to, const struct queued *e)
{
    *to = (struct buf){ .max = 2 * ENVELOPE_OCTETS_MAX };
    CHECK_EQ_INT(queued_put(to, e), 0);
    return buf_span(to);
}

TEST(queued_comes_back)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    struct queued e;
    OWN(buf_free) struct buf octets;
    struct span all = put(&octets, &usual);
    CHECK(all.len <= queued_length_most(&usual));
    if (!CHECK_EQ_INT(queued_take(all, arena, &e), 0))
        return;
    CHECK_EQ_UINT(e.email, 4711);
    CHECK_EQ_UINT(e.first, 7);
    CHECK_EQ_UINT(e.session, UINT64_MAX);
    CHECK_EQ_INT(e.arrived, 1699999999);
    CHECK(e.utf8 && !e.held);
    CHECK_EQ_INT(e.ret, RET_HDRS);
    CHECK_SPAN(e.envid, "QQ314159");
    CHECK_SPAN(e.reverse_path, "alice@crepes.fr");
    CHECK_EQ_UINT(e.count, 2);
    CHECK_SPAN(e.recipients[0].mailbox, "bob@hamburger.edu");
    CHECK_EQ_UINT(e.recipients[0].notify, 6);
    CHECK_EQ_INT(e.recipients[0].next, 1700000000);
    const struct queued_recipient *r = &e.recipients[1];
    CHECK_SPAN(r->orcpt, "rfc822;carol@crepes.fr");
    CHECK_EQ_INT(r->fate, QUEUED_FAILED);
    CHECK(r->noticed && r->attempts == 3 && r->tried == 1700000001);
    CHECK(r->status.code == 550 && r->status.class == 5 && r->status.subject == 1 &&
          r->status.detail == 1);
    CHECK_SPAN(r->remote, "mail.hamburger.edu");
    CHECK_SPAN(r->words, "No such user");
}

/* Cut short anywhere, or with more behind it, it is none. */
TEST(queued_is_whole_or_none)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    struct queued e;
    OWN(buf_free) struct buf octets;
    struct span all = put(&octets, &usual);
    for (size_t n = 0; n < all.len; n++)
        CHECK_EQ_INT(queued_take(span_first(all, n), arena, &e), -EBADMSG);
    CHECK_EQ_INT(buf_put(&octets, SPAN("x")), 0);
    CHECK_EQ_INT(queued_take(buf_span(&octets), arena, &e), -EBADMSG);
}

TEST(queued_refuses)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    struct queued e, bad = usual;
    OWN(buf_free) struct buf octets;
    bad.reverse_path = SPAN("a\r\nRCPT TO:<x>@crepes.fr");
    CHECK_EQ_INT(queued_take(put(&octets, &bad), arena, &e), -EBADMSG);
    buf_free(&octets);
    bad = usual;
    bad.count = 0;
    CHECK_EQ_INT(queued_take(put(&octets, &bad), arena, &e), -EBADMSG);
    bad.count = 1;
    bad.recipients = (struct queued_recipient[]){ { .mailbox = { "", 0 } } };
    buf_free(&octets);
    CHECK_EQ_INT(queued_take(put(&octets, &bad), arena, &e), -EBADMSG);
    bad.recipients = (struct queued_recipient[]){ { .mailbox = { "a@b", 3 },
                                                    .status = { .code = 600 } } };
    buf_free(&octets);
    CHECK_EQ_INT(queued_take(put(&octets, &bad), arena, &e), -EBADMSG);
}

/* One that is too large is not written at all. */
TEST(queued_has_a_most)
{
    static struct queued_recipient many[2000];
    for (size_t i = 0; i < 2000; i++)
        many[i] = two[0];
    struct queued e = usual;
    e.recipients = many;
    e.count = 2000;
    OWN(buf_free) struct buf octets = { .max = 1 << 20 };
    CHECK_EQ_INT(queued_put(&octets, &e), -EMSGSIZE);
    CHECK_EQ_UINT(octets.len, 0);
}
