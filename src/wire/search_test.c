/* search_test - sessions found late, sessions that overlap, and no more remembered than
 * there is a bound for. */
#include "wire/search.h"

#include "base/buf.h"
#include "base/ring.h"
#include "os/files.h"
#include "test/unit.h"
#include "wire/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct transcript_files files;
static char path[64];
static int dir = -1;
static struct search *search;
static char got[TRANSCRIPT_BATCH];

static void begin(void)
{
    snprintf(path, sizeof path, "/tmp/packetboat-search-XXXXXX");
    CHECK(mkdtemp(path));
    dir = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    CHECK_EQ_INT(transcript_files_open(&files, dir), 0);
}

static void end(void)
{
    char name[32];
    search_close(&search);
    transcript_files_close(&files);
    for (uint64_t i = files.range.oldest; i > 0 && i <= files.range.newest; i++) {
        snprintf(name, sizeof name, "wire.%u", (unsigned)i);
        CHECK_EQ_INT(unlinkat(dir, name, 0), 0);
    }
    CHECK_EQ_INT(rmdir(path), 0);
    fd_close(&dir);
}

static void look_for(const char *words, uint64_t from)
{
    struct wire_filter f;
    filter_open(&f);
    for (struct span rest = span_of(words); rest.len > 0;) {
        struct span word = span_first(rest, span_find(rest, ' '));
        CHECK(filter_word(&f, word) == NULL);
        rest = span_skip(rest, word.len < rest.len ? word.len + 1 : word.len);
    }
    search_close(&search);
    search = search_open(&f, from);
    CHECK(search != NULL);
}

static uint64_t now(void)
{
    return files.range.newest * TRANSCRIPT_FILE + files.size;
}

/* Session n's record; the digit stands in front of its id. */
static void put(enum record_kind kind, uint64_t n, uint8_t level, const char *text)
{
    char octets[RECORD_MAX] = { 0 };
    struct record r = { .len = (uint32_t)strlen(text),
                        .kind = (uint8_t)kind,
                        .level = level,
                        .session = n << 60 | n };
    size_t len = sizeof r + (strlen(text) + 7) / 8 * 8;
    memcpy(octets, &r, sizeof r);
    memcpy(octets + sizeof r, text, strlen(text));
    CHECK_EQ_INT(transcript_files_write(&files, span_at(octets, len)), 0);
}

static ptrdiff_t step(size_t max)
{
    ptrdiff_t n;
    while ((n = search_step(search, dir, &files.range, got, max)) == -EAGAIN)
        ;
    return n;
}

/* What is found: "n:text " each. */
static struct span found(size_t max)
{
    static char text[4096];
    size_t len = 0;
    ptrdiff_t n;
    struct record r;
    struct span t;
    while ((n = step(max)) > 0)
        for (struct span rest = span_at(got, (size_t)n); ring_take(&rest, &r, &t);)
            len += (size_t)snprintf(text + len, sizeof text - len, "%u:%.*s ",
                                    (unsigned)(r.session >> 60), SPAN_ARG(t));
    CHECK_EQ_INT(n, 0);
    return span_at(text, len);
}

static void three_sessions(void)
{
    put(RECORD_OPEN, 1, 0, "smtp 192.0.2.1");
    put(RECORD_OPEN, 2, 0, "pop3 192.0.2.1");
    put(RECORD_CLIENT, 1, 0, "QUIT");
    put(RECORD_OPEN, 3, 0, "pop3 198.51.100.1");
    put(RECORD_ACCOUNT, 2, 0, "bob@hamburger.edu");
    put(RECORD_EVENT, 0, 0, "of nobody");
    put(RECORD_CLOSE, 1, RESULT_OK, "closed");
    put(RECORD_CLIENT, 2, 0, "STAT");
    put(RECORD_CLOSE, 3, RESULT_REFUSED | RESULT_DROPPED, "cut");
    put(RECORD_CLOSE, 2, RESULT_OK, "closed");
}

TEST(search_by_each_kind)
{
    static const char one[] = "1:smtp 192.0.2.1 1:QUIT 1:closed ";
    static const char two[] = "2:pop3 192.0.2.1 2:bob@hamburger.edu 2:STAT 2:closed ";
    static const char three[] = "3:pop3 198.51.100.1 3:cut ";
    static const struct {
        const char *words, *found;
    } rows[] = {
        { "smtp", one },
        { "192.0.2.0/24 pop3", two },
        { "198.51.100.1", three },
        { "bob@hamburger.edu", two },
        { "dropped", three },
        { "refused", three },
        { "error", "" },
        { "ok pop3", two },
        { "ok smtp", one },
        { "1000", one },
        { "2000 smtp", "" },
        { "2000 ok", two },
        { "bob@hamburger.edu refused", "" },
        { "alice@hamburger.edu", "" },
    };
    begin();
    three_sessions();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        look_for(rows[i].words, 0);
        unit_equal_span(found(sizeof got), span_of(rows[i].found), __FILE__, __LINE__,
                        rows[i].words);
        CHECK_EQ_UINT(search_cursor(search), now());
    }
    end();
}

TEST(search_for_all)
{
    begin();
    look_for("", 0);
    CHECK_SPAN(found(sizeof got), "");
    three_sessions();
    CHECK_SPAN(found(RECORD_MAX),
               "1:smtp 192.0.2.1 2:pop3 192.0.2.1 1:QUIT 3:pop3 198.51.100.1 "
               "2:bob@hamburger.edu 1:closed 2:STAT 3:cut 2:closed ");
    end();
}

/* An answer has little room: the next goes on where it ended. */
TEST(search_in_small_answers)
{
    begin();
    three_sessions();
    look_for("pop3 ok", 0);
    CHECK_SPAN(found(RECORD_MAX),
               "2:pop3 192.0.2.1 2:bob@hamburger.edu 2:STAT 2:closed ");
    end();
}

/* Who follows sees a session from its beginning once it is known to fit, ... */
TEST(search_follows)
{
    begin();
    put(RECORD_OPEN, 1, 0, "pop3 192.0.2.1");
    look_for("bob@hamburger.edu", 0);
    CHECK_SPAN(found(sizeof got), "");
    put(RECORD_CLIENT, 1, 0, "USER bob");
    put(RECORD_OPEN, 2, 0, "pop3 192.0.2.2");
    CHECK_SPAN(found(sizeof got), "");
    put(RECORD_ACCOUNT, 1, 0, "bob@hamburger.edu");
    put(RECORD_ACCOUNT, 2, 0, "alice@hamburger.edu");
    CHECK_SPAN(found(sizeof got), "1:pop3 192.0.2.1 1:USER bob 1:bob@hamburger.edu ");
    put(RECORD_CLIENT, 2, 0, "STAT");
    put(RECORD_CLIENT, 1, 0, "LIST");
    CHECK_SPAN(found(sizeof got), "1:LIST ");
    put(RECORD_CLOSE, 1, 0, "closed");
    put(RECORD_CLIENT, 1, 0, "after its end");
    CHECK_SPAN(found(sizeof got), "1:closed ");
    end();
}

/* ... but nothing that stands before where he began. */
TEST(search_follows_from_now_on)
{
    begin();
    put(RECORD_OPEN, 1, 0, "pop3 192.0.2.1");
    put(RECORD_OPEN, 2, 0, "pop3 192.0.2.1");
    put(RECORD_ACCOUNT, 1, 0, "bob@hamburger.edu");
    put(RECORD_OPEN, 3, 0, "pop3 192.0.2.1");
    put(RECORD_ACCOUNT, 3, 0, "bob@hamburger.edu");
    put(RECORD_CLOSE, 3, 0, "closed");
    look_for("bob@hamburger.edu", now());
    CHECK_SPAN(found(sizeof got), "");
    put(RECORD_CLIENT, 1, 0, "STAT");
    put(RECORD_ACCOUNT, 2, 0, "bob@hamburger.edu");
    CHECK_SPAN(found(sizeof got), "1:STAT 2:bob@hamburger.edu ");
    end();
}

/* The first lines of a session are no longer kept. */
TEST(search_without_a_beginning)
{
    begin();
    put(RECORD_CLIENT, 1, 0, "LIST");
    put(RECORD_CLOSE, 1, RESULT_DROPPED, "cut");
    look_for("dropped", 0);
    CHECK_SPAN(found(sizeof got), "1:LIST 1:cut ");
    look_for("dropped pop3", 0);
    CHECK_SPAN(found(sizeof got), "");
    end();
}

static void many_sessions(uint64_t count)
{
    static char octets[TRANSCRIPT_BATCH];
    size_t len = 0;
    for (uint64_t i = 1; i <= count; i++)
        for (int kind = RECORD_OPEN; kind <= RECORD_CLOSE;
             kind += RECORD_CLOSE - RECORD_OPEN) {
            struct record r = { .len = 16, .kind = (uint8_t)kind, .session = i };
            if (sizeof octets - len < sizeof r + 16) {
                CHECK_EQ_INT(transcript_files_write(&files, span_at(octets, len)), 0);
                len = 0;
            }
            memcpy(octets + len, &r, sizeof r);
            memcpy(octets + len + sizeof r, "smtp 192.0.2.201", 16);
            len += sizeof r + 16;
        }
    CHECK_EQ_INT(transcript_files_write(&files, span_at(octets, len)), 0);
}

/* More sessions than are remembered at once, over several files: all are found. */
TEST(search_through_many)
{
    enum { SESSIONS = 300000 };
    begin();
    many_sessions(SESSIONS);
    CHECK(files.range.newest > 1);
    look_for("192.0.2.201 ok", 0);
    size_t records = 0;
    ptrdiff_t n;
    struct record r;
    struct span text;
    while ((n = step(sizeof got)) > 0)
        for (struct span rest = span_at(got, (size_t)n); ring_take(&rest, &r, &text);)
            records++;
    CHECK_EQ_INT(n, 0);
    CHECK_EQ_UINT(records, 2 * SESSIONS);
    end();
}
