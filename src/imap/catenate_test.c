#include "imap/catenate.h"

#include "test/unit.h"

static bool read_url(const char *text, struct arena *arena, struct catenate_url *u)
{
    arena_reset(arena);
    return catenate_url_read(span_of(text), arena, u);
}

TEST(catenate_reads_urls_of_its_own)
{
    struct arena *arena = arena_open(1 << 16);
    struct catenate_url u;

    CHECK(
        read_url("/INBOX;UIDVALIDITY=785799047/;UID=113330;section=1.5.9", arena, &u));
    CHECK_SPAN(u.mailbox, "INBOX");
    CHECK_EQ_UINT(u.uidvalidity, 785799047);
    CHECK_EQ_UINT(u.uid, 113330);
    CHECK_SPAN(u.section, "1.5.9");
    CHECK_EQ_UINT(u.count, UINT64_MAX);
    CHECK(read_url("/a/b%2fc/%C3%A9/;UID=1/;PARTIAL=7.9", arena, &u));
    CHECK_SPAN(u.mailbox, "a/b/c/\xc3\xa9");
    CHECK(u.section.at == NULL);
    CHECK_EQ_UINT(u.uidvalidity, 0);
    CHECK_EQ_UINT(u.from, 7);
    CHECK_EQ_UINT(u.count, 9);
    CHECK(read_url("/x/;uid=4294967295/;section=/;partial=3", arena, &u));
    CHECK_EQ_UINT(u.section.len, 0);
    CHECK_EQ_UINT(u.from, 3);
    arena_close(&arena);
}

TEST(catenate_reads_nothing_else)
{
    static const char *const urls[] = {
        "",
        "/",
        "/INBOX",
        "INBOX/;UID=1",
        "/;UID=1",
        "/INBOX/;UID=0",
        "/INBOX/;UID=4294967296",
        "/INBOX/;UID=1x",
        "/INBOX/;UID=1/;UID=1",
        "/INBOX;UIDVALIDITY=0/;UID=1",
        "/INBOX/;UID=1;URLAUTH=anonymous:internal:00",
        "/INBOX/;UID=1;EXPIRE=2026-01-01T00:00:00Z",
        "/INBOX/;UID=1/;PARTIAL=1.0",
        "/INBOX/;UID=1/;PARTIAL=.1",
        "/INBOX/;UID=1/;PARTIAL=99999999999999999999",
        "/IN%00BOX/;UID=1",
        "/IN%4/;UID=1",
        "/IN%zz/;UID=1",
        "/INBOX/;UID=1/;SECTION=%",
        "imap://bob@example.org/INBOX/;UID=1",
        "/INBOX/;UID=1;",
    };
    struct arena *arena = arena_open(1 << 16);
    struct catenate_url u;

    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        CHECK(!read_url(urls[i], arena, &u));
    arena_close(&arena);
}
