/*
 * message - what roles say to each other, as C structs made from messages.def.
 *
 * For ASK(name, ...) there are struct name and struct name_answer, and below
 *     int ask_name(const struct name *, struct name_answer *, struct arena *);
 *     void answer_name(struct call *, const struct name_answer *);
 * for TELL(name, ...) struct name and
 *     int tell_name(struct channel *, const struct name *);
 * How they travel is in ipc/channel.h.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include "base/arena.h"
#include "base/span.h"
#include "config/limits.h"

enum role {
#define ROLE(enumerator, name, kind, summary) ROLE_##enumerator,
#include "ipc/roles.def"
#undef ROLE
    ROLES
};

enum role_kind {
    KIND_MASTER,
    KIND_FRONT,
    KIND_KEEPER,
    KIND_READER,
    KIND_OPERATOR,
    KIND_DIALER
};

const char *role_name(enum role);
const char *role_summary(enum role);
enum role_kind role_kind(enum role);
bool role_of_name(struct span name, enum role *role_r);

/* ---- the structs */
#define U8(f)  uint8_t f;
#define U32(f) uint32_t f;
#define U64(f) uint64_t f;
#define FD(f)  int f;
/* In messages.def SPAN is a field; in C code it makes a span of a literal. */
#pragma push_macro("SPAN")
#undef SPAN
#define SPAN(f, max) struct span f;
#define ASK(name, senders, receivers, question, answer)                                \
    struct name {                                                                      \
        question                                                                       \
    };                                                                                 \
    struct name##_answer {                                                             \
        answer                                                                         \
    };
#define TELL(name, senders, receivers, content)                                        \
    struct name {                                                                      \
        content                                                                        \
    };
#include "ipc/messages.def"
#undef ASK
#undef TELL
#undef U8
#undef U32
#undef U64
#undef FD
#pragma pop_macro("SPAN")

/* ---- their numbers */
enum message {
#define ASK(name, senders, receivers, question, answer) MESSAGE_##name,
#define TELL(name, senders, receivers, content)         MESSAGE_##name,
#include "ipc/messages.def"
#undef ASK
#undef TELL
    MESSAGES
};

const char *message_name(enum message);
bool message_may_send(enum message, enum role from, enum role to);

struct channel;
struct call;

/* ---- saying them */
/* ask_*: to the only instance of the receiving role (for a message that passes through
 * control: the role that this process is not).  Parks the fiber.  Returns the answer's
 * error (0 or -errno of the receiver), or -ETIMEDOUT (no answer in ASK_SECONDS),
 * -EPIPE (the role ended before it answered: it may or may not have acted; or was not
 * there for ASK_SECONDS), -EAGAIN (too much waits for it; it has not heard this),
 * -ECANCELED, -EBADMSG, -EMSGSIZE (a span past its maximum), -ENOMEM, -EMFILE.  After
 * an error the answer's fields mean nothing.
 * Spans of the answer are copied into the arena (NULL: the answer has none);
 * descriptors in the answer belong to the caller.  Descriptors in a question or a tell
 * stay the sender's.
 * tell_*: 0, -EPIPE (the channel is NULL), -EAGAIN, -EMSGSIZE, -ENOMEM, -EMFILE.
 * answer_*: exactly one of answer_name and answer_error for each call; descriptors in
 * the answer stay the service's.  An answer that cannot be sent becomes its error. */
#define ASK(name, senders, receivers, question, answer)                                \
    int ask_##name(const struct name *, struct name##_answer *, struct arena *);       \
    void answer_##name(struct call *, const struct name##_answer *);
#define TELL(name, senders, receivers, content)                                        \
    int tell_##name(struct channel *, const struct name *);
#include "ipc/messages.def"
#undef ASK
#undef TELL

void answer_error(struct call *, int error); /* error: -errno, not 0 */

#endif
