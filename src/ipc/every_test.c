/* Each message there is, over a real channel, with the least and the most it may say. */
#include "ipc/every_test.h"

#include "base/fiber.h"
#include "base/own.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char octets[MESSAGE_OCTETS_MAX];

uint32_t every_random(struct filler *f)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 17;
    f->random ^= f->random << 5;
    return f->random;
}

/* --- filling --- */

static uint64_t fill_number(struct filler *f, uint64_t most)
{
    uint64_t any = (uint64_t)every_random(f) << 32 | every_random(f);
    return f->filling == LEAST ? 0 : f->filling == MOST ? most : any & most;
}

static struct span fill_span(struct filler *f, size_t max)
{
    if (!octets[1])
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = (char)(i * 31 + i / 256);
    size_t len = f->filling == LEAST  ? 0
                 : f->filling == MOST ? max
                                      : every_random(f) % (max + 1);
    return span_at(octets + (sizeof octets - max), len);
}

static int fill_fd(struct filler *f)
{
    if (f->filling == LEAST || (f->filling == ANYTHING && every_random(f) % 2))
        return -1;
    return f->lend ? f->descriptor : fcntl(f->descriptor, F_DUPFD_CLOEXEC, 0);
}

static bool same_fd(int a, int b)
{
    struct stat at_a, at_b;
    if (a < 0 || b < 0 || a == b)
        return a == b;
    return fstat(a, &at_a) == 0 && fstat(b, &at_b) == 0 && at_a.st_ino == at_b.st_ino;
}

static uint32_t read_all(struct span s)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += (uint8_t)s.at[i];
    return sum;
}

/* --- what can be done with the fields of each --- */

#pragma push_macro("SPAN")
#undef SPAN

#define EACH(name, each)                                                               \
    static void fill_##name(struct filler *f, union fields *u)                         \
    {                                                                                  \
        struct name *m = &u->name;                                                     \
        (void)f;                                                                       \
        each                                                                           \
    }
#define ASK(name, senders, receivers, question, answer)                                \
    EACH(name, question) EACH(name##_answer, answer)
#define TELL(name, senders, receivers, content) EACH(name, content)
#define U8(n)                                   m->n = (uint8_t)fill_number(f, UINT8_MAX);
#define U32(n)                                  m->n = (uint32_t)fill_number(f, UINT32_MAX);
#define U64(n)                                  m->n = fill_number(f, UINT64_MAX);
#define SPAN(n, max)                            m->n = fill_span(f, max);
#define FD(n)                                   m->n = fill_fd(f);
#include "ipc/messages.def"
#undef EACH
#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD

#define EACH(name, each)                                                               \
    static bool same_##name(const union fields *u, const union fields *v)              \
    {                                                                                  \
        const struct name *a = &u->name, *b = &v->name;                                \
        return true each;                                                              \
    }
#define U8(n)        &&a->n == b->n
#define U32(n)       &&a->n == b->n
#define U64(n)       &&a->n == b->n
#define SPAN(n, max) &&span_is(a->n, b->n)
#define FD(n)        &&same_fd(a->n, b->n)
#include "ipc/messages.def"
#undef EACH
#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD

#define EACH(name, each)                                                               \
    static uint32_t drop_##name(const union fields *u)                                 \
    {                                                                                  \
        const struct name *m = &u->name;                                               \
        uint32_t sum = 0;                                                              \
        (void)m;                                                                       \
        each return sum;                                                               \
    }
#define U8(n)        sum += m->n;
#define U32(n)       sum += m->n;
#define U64(n)       sum += (uint32_t)m->n;
#define SPAN(n, max) sum += read_all(m->n);
#define FD(n)                                                                          \
    if (m->n >= 0)                                                                     \
        sum += (uint32_t)close(m->n);
#include "ipc/messages.def"
#undef EACH
#undef ASK
#undef TELL
#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD
#pragma pop_macro("SPAN")

static const struct {
    void (*fill)(struct filler *, union fields *);
    bool (*same)(const union fields *, const union fields *);
    uint32_t (*drop)(const union fields *);
} table[MESSAGES][2] = {
#define ASK(n, s, r, q, a)                                                             \
    [MESSAGE_##n] = { { fill_##n, same_##n, drop_##n },                                \
                      { fill_##n##_answer, same_##n##_answer, drop_##n##_answer } },
#define TELL(n, s, r, c) [MESSAGE_##n] = { { fill_##n, same_##n, drop_##n } },
#include "ipc/messages.def"
#undef ASK
#undef TELL
};

void every_fill(struct filler *f, enum message m, enum packet_kind kind,
                union fields *fields_r)
{
    memset(fields_r, 0, sizeof *fields_r);
    table[m][kind == PACKET_ANSWER].fill(f, fields_r);
}

bool every_same(enum message m, enum packet_kind kind, const union fields *a,
                const union fields *b)
{
    return table[m][kind == PACKET_ANSWER].same(a, b);
}

uint32_t every_drop(enum message m, enum packet_kind kind, const union fields *fields)
{
    return table[m][kind == PACKET_ANSWER].drop(fields);
}

/* --- the generated functions, by number --- */

/* clang-format off */
int every_ask(enum message m, const union fields *q, union fields *answer_r,
              struct arena *arena)
{
    switch (m) {
#define ASK(n, s, r, question, a)                                                      \
    case MESSAGE_##n: return ask_##n(&q->n, &answer_r->n##_answer, arena);
#define TELL(n, s, r, c)
#include "ipc/messages.def"
#undef ASK
#undef TELL
    default: return 1;
    }
}

int every_tell(enum message m, struct channel *channel, const union fields *content)
{
    switch (m) {
#define ASK(n, s, r, q, a)
#define TELL(n, s, r, c) case MESSAGE_##n: return tell_##n(channel, &content->n);
#include "ipc/messages.def"
#undef ASK
#undef TELL
    default: return 1;
    }
}

void every_answer(struct call *call, const union fields *answer)
{
    switch (call->message) {
#define ASK(n, s, r, q, a) case MESSAGE_##n: answer_##n(call, &answer->n##_answer); break;
#define TELL(n, s, r, c)
#include "ipc/messages.def"
#undef ASK
#undef TELL
    default: CHECK(message_is_tell(call->message) && false);
    }
}
/* clang-format on */

void (*every_serve)(struct call *, const union fields *question);

static void serve(struct call *call, const void *question)
{
    every_serve(call, question);
}

const struct service every_service[MESSAGES + 1] = {
#define ASK(n, s, r, q, a) { MESSAGE_##n, serve },
#define TELL(n, s, r, c)   { MESSAGE_##n, serve },
#include "ipc/messages.def"
#undef ASK
#undef TELL
    { 0 },
};

/* --- the test --- */

static struct {
    enum message message;
    union fields question, answer;
    bool heard, done;
} now;

static void check_and_answer(struct call *call, const union fields *question)
{
    now.heard = true;
    CHECK_EQ_INT(call->message, now.message);
    CHECK(every_same(now.message, PACKET_QUESTION, question, &now.question));
    every_drop(now.message, PACKET_QUESTION, question);
    if (message_is_tell(now.message))
        return;
    every_answer(call, &now.answer);
}

static void say(void *arg)
{
    struct channel *channel = arg;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    union fields answer;
    memset(&answer, 0, sizeof answer);
    if (message_is_tell(now.message)) {
        CHECK_EQ_INT(every_tell(now.message, channel, &now.question), 0);
    } else if (CHECK_EQ_INT(every_ask(now.message, &now.question, &answer, arena), 0)) {
        CHECK(every_same(now.message, PACKET_ANSWER, &answer, &now.answer));
        every_drop(now.message, PACKET_ANSWER, &answer);
    }
    now.done = true;
}

/* Between the first two roles that may. */
static void open_for(enum message m)
{
    for (enum role from = 0; from < ROLES; from++)
        for (enum role to = 0; to < ROLES; to++)
            if (message_may_send(m, from, to)) {
                ends_open(from, to, every_service);
                CHECK_EQ_INT(fiber_go(say, ipc_peer(to, 0)), 0);
                return;
            }
    const bool somebody_may_send_it = false;
    CHECK(somebody_may_send_it);
}

static void exchange(enum message m, struct filler *f)
{
    now.message = m;
    now.heard = now.done = false;
    every_fill(f, m, PACKET_QUESTION, &now.question);
    if (!message_is_tell(m))
        every_fill(f, m, PACKET_ANSWER, &now.answer);
    open_for(m);
    ends_turn(NULL);
    CHECK(now.heard && now.done);
    ends_close();
}

TEST(every_message_arrives_as_it_was_said)
{
    struct filler f = { .descriptor = memfd_create("said", 0),
                        .lend = true,
                        .random = 2463534242 };
    every_serve = check_and_answer;
    size_t before = open_descriptors();
    for (enum message m = 0; m < MESSAGES; m++)
        for (f.filling = LEAST; f.filling < FILLINGS; f.filling++)
            exchange(m, &f);
    CHECK_EQ_INT(open_descriptors(), before);
    close(f.descriptor);
}
