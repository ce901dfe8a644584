/*
 * All of this is made from messages.def and roles.def.  A line of messages.def expands
 * its fields only where it is included, so each part defines the field macros anew.
 */
#include "ipc/message.h"

#include "ipc/codec.h"
#include "ipc/inside.h"

#include <assert.h>

/* --- roles --- */

static const struct {
    const char *name, *summary;
    enum role_kind kind;
} roles[ROLES] = {
#define ROLE(enumerator, name, kind, summary)                                          \
    [ROLE_##enumerator] = { #name, summary, KIND_##kind },
#include "ipc/roles.def"
#undef ROLE
};

const char *role_name(enum role role)
{
    return role < ROLES ? roles[role].name : "nobody";
}

const char *role_summary(enum role role)
{
    assert(role < ROLES);
    return roles[role].summary;
}

enum role_kind role_kind(enum role role)
{
    assert(role < ROLES);
    return roles[role].kind;
}

bool role_of_name(struct span name, enum role *role_r)
{
    for (enum role role = 0; role < ROLES; role++) {
        if (!span_is(name, span_of(roles[role].name)))
            continue;
        *role_r = role;
        return true;
    }
    return false;
}

/* From here to the end SPAN is a field. */
#pragma push_macro("SPAN")
#undef SPAN

/* --- every message fits --- */

/* clang-format off */
#define U8(f)        + 1
#define U32(f)       + 4
#define U64(f)       + 8
#define SPAN(f, max) + 4 + (max)
#define FD(f)        + 1
#define FITS(what, fields)                                                             \
    _Static_assert(PACKET_HEADER + (0 fields) <= MESSAGE_OCTETS_MAX, what " is too long");
#define ASK(name, senders, receivers, question, answer)                                \
    FITS(#name, question) FITS("the answer of " #name, answer)
#define TELL(name, senders, receivers, content) FITS(#name, content)
#include "ipc/messages.def"
#undef FITS
#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD

#define U8(f)
#define U32(f)
#define U64(f)
#define SPAN(f, max)
#define FD(f)        + 1
#define FITS(what, fields)                                                             \
    _Static_assert((0 fields) <= MESSAGE_DESCRIPTORS_MAX, what ": too many descriptors");
#include "ipc/messages.def"
#undef FITS
#undef ASK
#undef TELL
#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD
/* clang-format on */

/* --- encoders --- */

#define U8(f)        put_u8(to, m->f);
#define U32(f)       put_u32(to, m->f);
#define U64(f)       put_u64(to, m->f);
#define SPAN(f, max) put_span(to, m->f, max);
#define FD(f)        put_fd(to, m->f);
#define PUT(name, fields)                                                              \
    static void put_##name(struct encoder *to, const void *from)                       \
    {                                                                                  \
        const struct name *m = from;                                                   \
        fields                                                                         \
    }
#define ASK(name, senders, receivers, question, answer)                                \
    PUT(name, question) PUT(name##_answer, answer)
#define TELL(name, senders, receivers, content) PUT(name, content)
#include "ipc/messages.def"
#undef PUT
#undef ASK
#undef TELL
#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD

/* --- decoders --- */

#define U8(f)        m->f = take_u8(from);
#define U32(f)       m->f = take_u32(from);
#define U64(f)       m->f = take_u64(from);
#define SPAN(f, max) m->f = take_span(from, max);
#define FD(f)        m->f = take_fd(from);
#define TAKE_FIELDS(name, fields)                                                      \
    static void take_##name(struct decoder *from, void *to)                            \
    {                                                                                  \
        struct name *m = to;                                                           \
        fields                                                                         \
    }
#define ASK(name, senders, receivers, question, answer)                                \
    TAKE_FIELDS(name, question) TAKE_FIELDS(name##_answer, answer)
#define TELL(name, senders, receivers, content) TAKE_FIELDS(name, content)
#include "ipc/messages.def"
#undef TAKE_FIELDS
#undef ASK
#undef TELL
#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD

/* --- the table --- */

#define R(role) (UINT32_C(1) << ROLE_##role)
/* Every role that the master starts. */
#define R_ALL (((UINT32_C(1) << ROLES) - 1) & ~(R(MASTER) | R(ADMIN)))

#define U8(f)
#define U32(f)
#define U64(f)
#define SPAN(f, max) +1
#define FD(f)

_Static_assert(ROLES < 32, "roles are bits of a number");

static const struct {
    const char *name;
    uint32_t senders, receivers;
    bool is_tell, answer_has_spans;
    struct fields_codec question, answer;
} messages[MESSAGES] = {
#define ASK(n, s, r, q, a)                                                             \
    [MESSAGE_##n] = { #n,                                                              \
                      (s),                                                             \
                      (r),                                                             \
                      false,                                                           \
                      (0 a),                                                           \
                      { put_##n, take_##n },                                           \
                      { put_##n##_answer, take_##n##_answer } },
#define TELL(n, s, r, c)                                                               \
    [MESSAGE_##n] = { #n, (s), (r), true, false, { put_##n, take_##n }, { 0 } },
#include "ipc/messages.def"
#undef ASK
#undef TELL
};

#undef U8
#undef U32
#undef U64
#undef SPAN
#undef FD
#pragma pop_macro("SPAN")

const char *message_name(enum message m)
{
    return m < MESSAGES ? messages[m].name : "unknown";
}

bool message_is_tell(enum message m)
{
    return messages[m].is_tell;
}

bool message_answer_has_spans(enum message m)
{
    return messages[m].answer_has_spans;
}

const struct fields_codec *message_codec(enum message m, enum packet_kind kind)
{
    assert(m < MESSAGES);
    return kind == PACKET_ANSWER ? &messages[m].answer : &messages[m].question;
}

/* What passes through control names control as sender and as receiver; a person's
 * command gets no further than control. */
bool message_may_send(enum message m, enum role from, enum role to)
{
    if (m >= MESSAGES || from >= ROLES || to >= ROLES || from == to)
        return false;
    if (from == ROLE_ADMIN && to != ROLE_CONTROL)
        return false;
    return (messages[m].senders >> from & 1) && (messages[m].receivers >> to & 1);
}

/* --- saying them --- */

#define ASK(name, senders, receivers, question, answer)                                \
    int ask_##name(const struct name *q, struct name##_answer *a, struct arena *arena) \
    {                                                                                  \
        return ask(MESSAGE_##name, q, a, arena);                                       \
    }                                                                                  \
    void answer_##name(struct call *call, const struct name##_answer *a)               \
    {                                                                                  \
        assert(call->message == MESSAGE_##name);                                       \
        call_answer(call, 0, a);                                                       \
    }
#define TELL(name, senders, receivers, content)                                        \
    int tell_##name(struct channel *c, const struct name *m)                           \
    {                                                                                  \
        return channel_tell(c, MESSAGE_##name, m);                                     \
    }
#include "ipc/messages.def"
#undef ASK
#undef TELL
