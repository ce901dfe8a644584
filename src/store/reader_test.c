#include "store/reader.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "ipc/channel.h"
#include "ipc/ends_test.h"
#include "mime/maker.h"
#include "mime/service.h"
#include "os/files.h"
#include "test/unit.h"

#include <errno.h>
#include <unistd.h>

/* ---- a parse that does what the message says */

static size_t asked, deaths, together, most_together;

static void come_again(void *arg)
{
    int pair[2];
    (void)arg;
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt(pair[1], ROLE_STORE, 0), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[0], ROLE_STORE, ROLE_PARSE, 0), 0);
}

static void die(struct call *call)
{
    deaths++;
    channel_close(call->channel);
    answer_error(call, -EPIPE); /* nobody hears it */
    fiber_go(come_again, NULL);
}

static void lie(struct call *call, size_t size)
{
    struct buf b = { 0 };
    CHECK_EQ_INT(record_opaque((uint32_t)size, &b), 0);
    struct parse_found lengths = { .record = (uint32_t)b.len };
    struct parse_messages_answer a = { .lengths = span_at(&lengths, sizeof lengths),
                                       .found = buf_span(&b),
                                       .sealed = -1 };
    answer_parse_messages(call, &a);
    buf_free(&b);
}

static void parse(struct call *call, const void *question)
{
    const struct parse_messages *q = question;
    asked++;
    if (++together > most_together)
        most_together = together;
    fiber_sleep(CLOCK_MS); /* others come in meanwhile */
    together--;
    bool poisoned = q->body.len > 0 && memmem(q->body.at, q->body.len, "poison", 6);
    if (poisoned && !span_is(q->body, SPAN("poison once")) && call->channel)
        die(call);
    else if (span_is(q->body, SPAN("poison once")) && deaths == 0 && call->channel)
        die(call);
    else if (span_is(q->body, SPAN("lie")))
        lie(call, 4);
    else
        parse_on_messages(call, question);
}

static const struct service services[] = { { MESSAGE_parse_messages, parse }, { 0 } };

/* ---- askers */

struct asker {
    struct parse_messages question;
    uint32_t size;
    struct found found;
    int error;
    bool done;
};

static void ask_it(void *arg)
{
    struct asker *a = arg;
    a->error = reader_ask(&a->question, &a->found);
    a->done = true;
}

static void ask_for(struct asker *a, struct span body)
{
    *a = (struct asker){ .question = { .text = 1, .body = body, .file = -1 },
                         .size = (uint32_t)body.len };
    a->question.sizes = span_at(&a->size, sizeof a->size);
    fiber_go(ask_it, a);
}

static bool is_unread(const struct asker *a)
{
    struct record r;
    if (!CHECK_EQ_INT(a->error, 0) || !CHECK(record_is_sound(a->found.record)))
        return false;
    record_open(a->found.record, &r);
    CHECK_EQ_UINT(r.head.size, a->size);
    return r.head.flags & RECORD_UNREAD;
}

static void begin(void)
{
    asked = deaths = together = most_together = 0;
    ends_open(ROLE_STORE, ROLE_PARSE, services);
}

TEST(reader_hears_what_parse_has_found)
{
    struct asker a;
    begin();
    ask_for(&a, SPAN("Subject: Hello\r\n\r\nWorld\r\n"));
    CHECK(ends_turn(&a.done));
    CHECK(!is_unread(&a));
    CHECK_SPAN(a.found.text, "hello\nworld\n");
    found_close(&a.found);
    ends_close();
}

static void ask_in_file(struct asker *a, int fd, uint64_t offset, uint32_t size)
{
    *a = (struct asker){ .question = { .text = 1, .offset = offset, .file = fd },
                         .size = size };
    a->question.sizes = span_at(&a->size, sizeof a->size);
    fiber_go(ask_it, a);
    CHECK(ends_turn(&a->done));
}

TEST(reader_hands_in_a_range_of_a_file)
{
    static char message[200000];
    struct asker a;
    struct span head = SPAN("Subject: x\r\n\r\n");
    memset(message, 'y', sizeof message);
    memcpy(message, head.at, head.len);
    for (size_t i = 80; i < sizeof message; i += 8)
        message[i] = ' ';
    begin();
    int fd = sealed_open("pack");
    CHECK_EQ_INT(file_write_at(fd, span_at(message, sizeof message), 4097), 0);
    ask_in_file(&a, fd, 4097, sizeof message);
    CHECK(!is_unread(&a));
    CHECK(a.found.text.len > 190000); /* in a sealed memfd, therefore */
    found_close(&a.found);
    ask_in_file(&a, fd, 4098, sizeof message); /* past the file's end */
    CHECK(is_unread(&a));
    found_close(&a.found);
    close(fd);
    ends_close();
}

/* ---- several at once */

enum { MANY = 4 };

struct many {
    struct parse_messages question;
    uint32_t sizes[MANY];
    struct found found[MANY];
    int error;
    bool done;
};

static void ask_many(void *arg)
{
    struct many *m = arg;
    m->error = reader_ask(&m->question, m->found);
    m->done = true;
}

static void check_many(struct many *m, const char *const *texts)
{
    m->question.sizes = span_at(m->sizes, sizeof m->sizes);
    fiber_go(ask_many, m);
    if (!CHECK(ends_turn(&m->done)) || !CHECK_EQ_INT(m->error, 0))
        return;
    for (size_t i = 0; i < MANY; i++) {
        struct record r;
        CHECK(record_is_sound(m->found[i].record));
        record_open(m->found[i].record, &r);
        CHECK_EQ_UINT(r.head.size, m->sizes[i]);
        CHECK_EQ_INT(r.head.flags & RECORD_UNREAD, texts[i] ? 0 : RECORD_UNREAD);
        unit_equal_span(m->found[i].text, span_of(texts[i] ? texts[i] : ""), __FILE__,
                        __LINE__, "text");
    }
    for (size_t i = 0; i < MANY; i++)
        found_close(&m->found[i]);
}

TEST(reader_asks_many_at_once)
{
    static const char *const texts[] = { "one\n", "two\n", "", "three\n" };
    struct many m = { .question = { .text = 1, .file = -1 }, .sizes = { 8, 8, 0, 10 } };
    begin();
    m.question.body = SPAN("\r\nOne\r\n\n\ntwo\r\n\n\n\n\nThree\r\n\n");
    m.sizes[0] = 7;
    m.sizes[1] = 8;
    m.sizes[3] = (uint32_t)m.question.body.len - 15;
    check_many(&m, texts);
    CHECK_EQ_UINT(asked, 1);
    ends_close();
}

TEST(reader_asks_each_once_more_when_one_is_poison)
{
    static const char *const texts[] = { "one\n", NULL, "", "three\n" };
    struct many m = { .question = { .text = 1, .file = -1 }, .sizes = { 7, 6, 0, 9 } };
    begin();
    m.question.body = SPAN("\r\nOne\r\npoison\r\nThree\r\n");
    check_many(&m, texts);
    CHECK_EQ_UINT(asked, 1 + MANY);
    CHECK_EQ_UINT(deaths, 2);
    ends_close();
}

TEST(reader_asks_for_no_text_where_nobody_searches)
{
    static const char *const texts[] = { "", "", "", "" };
    struct many m = { .question = { .file = -1 }, .sizes = { 7, 0, 0, 9 } };
    begin();
    m.question.body = SPAN("\r\nOne\r\n\r\nThree\r\n");
    check_many(&m, texts);
    ends_close();
}

TEST(reader_asks_once_more_alone_then_gives_up)
{
    struct asker all[9];
    begin();
    uint64_t before = reader_given_up();
    for (size_t i = 0; i < 9; i++)
        ask_for(&all[i], i == 4 ? SPAN("poison") : SPAN("Subject: x\r\n\r\n"));
    for (size_t i = 0; i < 9; i++)
        CHECK(ends_turn(&all[i].done));
    for (size_t i = 0; i < 9; i++) {
        CHECK_EQ_INT(is_unread(&all[i]), i == 4);
        found_close(&all[i].found);
    }
    CHECK_EQ_UINT(deaths, 2);
    CHECK_EQ_UINT(reader_given_up() - before, 1);
    CHECK(most_together > 1);
    ends_close();
}

TEST(reader_forgives_one_death)
{
    struct asker a;
    begin();
    ask_for(&a, SPAN("poison once"));
    CHECK(ends_turn(&a.done));
    CHECK(!is_unread(&a));
    CHECK_EQ_UINT(asked, 2);
    found_close(&a.found);
    ends_close();
}

TEST(reader_believes_no_wrong_record)
{
    struct asker a;
    begin();
    ask_for(&a, SPAN("lie")); /* of another size */
    CHECK(ends_turn(&a.done));
    CHECK(is_unread(&a));
    CHECK_EQ_UINT(asked, 2);
    found_close(&a.found);
    ends_close();
}

TEST(reader_leaves_it_for_later_when_parse_is_not_there)
{
    struct asker a;
    begin();
    channel_close(ipc_peer(ROLE_PARSE, 0));
    ask_for(&a, SPAN("x"));
    CHECK(ends_turn(&a.done));
    CHECK_EQ_INT(a.error, -ENOTCONN);
    ends_close();
}
