/* client_hear - replies, and what they mean: RFC 5321 §4.2, §4.5.3.2. */
#include "smtp/client_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *words;
    unsigned seconds;
} steps[SMTP_STEPS_COUNT] = {
#define X(enumerator, words, seconds) { words, seconds },
    SMTP_STEPS(X)
#undef X
};

const char *smtp_step_words(enum smtp_step step)
{
    return steps[step].words;
}

bool smtp_server_has(const struct smtp_client *c, unsigned has)
{
    return (c->extensions.has & has) != 0;
}

bool smtp_is_positive(const struct smtp_client *c)
{
    return c->reply.code / 100 == 2;
}

/* ---- fates */

/* RFC 3463 §3: of the class that the code has. */
static struct smtp_status status_of(const struct smtp_reply *r)
{
    if (r->status.class)
        return r->status;
    return (struct smtp_status){ .class = r->code < 300 ? 2 : r->code < 500 ? 4 : 5 };
}

struct smtp_fate smtp_fate_of(const struct smtp_client *c, enum smtp_step step)
{
    struct smtp_fate fate = {
        .outcome = c->reply.code < 300   ? SMTP_SENT
                   : c->reply.code < 500 ? SMTP_LATER
                                         : SMTP_NEVER,
        .step = step,
        .code = c->reply.code,
        .status = status_of(&c->reply),
    };
    smtp_reply_words(&c->reply, fate.words, sizeof(fate.words));
    return fate;
}

void smtp_end_by_reply(struct smtp_client *c, enum smtp_step step)
{
    c->fate = smtp_fate_of(c, step);
    c->over = true;
}

void smtp_end(struct smtp_client *c, enum smtp_step step, unsigned subject,
              unsigned detail, const char *format, ...)
{
    va_list args;

    c->over = true;
    c->fate = (struct smtp_fate){ .outcome = SMTP_LATER, .step = step };
    c->fate.status = (struct smtp_status){ 4, (uint16_t)subject, (uint16_t)detail };
    va_start(args, format);
    vsnprintf(c->fate.words, sizeof(c->fate.words), format, args);
    va_end(args);
    wire_note(c->wire, "%s", c->fate.words);
}

/* ---- hearing */

static void lost(struct smtp_client *c, enum smtp_step step)
{
    const char *behind = steps[step].words;
    int error = wire_error(c->wire);

    switch (error) {
    case -ENODATA:
    case -ECONNRESET:
    case -EPIPE:
        smtp_end(c, step, 4, 2, "the server closed the connection behind %s", behind);
        break;
    case -ETIMEDOUT:
        smtp_end(c, step, 4, 2, "the server was silent for too long behind %s", behind);
        break;
    case -EMSGSIZE:
        smtp_end(c, step, 5, 0, "the server says a line without end");
        break;
    case -ECANCELED:
        smtp_end(c, step, 3, 2, "this server stops");
        break;
    default:
        smtp_end(c, step, 4, 2, "the connection broke behind %s: %s", behind,
                 strerror(-error));
    }
}

static bool read_reply(struct smtp_client *c, enum smtp_step step)
{
    uint64_t deadline = clock_in(steps[step].seconds * CLOCK_SECOND);
    struct line line;

    for (;;) {
        uint64_t now = clock_now();
        wire_read_time(c->wire, deadline > now ? deadline - now : 1);
        if (!wire_line(c->wire, &line)) {
            lost(c, step);
            return false;
        }
        wire_heard(c->wire, line.text);
        switch (smtp_reply_read(&c->reply, line.text)) {
        case SMTP_REPLY_WHOLE:
            return true;
        case SMTP_REPLY_BROKEN:
            smtp_end(c, step, 5, 0, "what the server says behind %s is no reply",
                     steps[step].words);
            return false;
        case SMTP_REPLY_MORE:
            break;
        }
    }
}

/* §3.8: 421 may be the reply to anything; 3yz only to what goes on. */
bool smtp_hear_reply(struct smtp_client *c, enum smtp_step step)
{
    if (c->over || !read_reply(c, step))
        return false;
    bool may_go_on = step == SMTP_STEP_DATA || step == SMTP_STEP_AUTH;
    if (c->reply.code == 421)
        smtp_end_by_reply(c, step);
    else if (c->reply.code / 100 == 3 && !may_go_on)
        smtp_end(c, step, 5, 0, "the server said %u to %s", c->reply.code,
                 steps[step].words);
    return !c->over;
}

/* What was said before it can be a reply would be taken for one.  421 alone needs no
 * command; and the end may come at any time. */
bool smtp_server_is_ahead(struct smtp_client *c, enum smtp_step step)
{
    if (!wire_peek(c->wire))
        return false;
    if (smtp_hear_reply(c, step))
        smtp_end(c, step, 5, 0, "the server said %u before it was asked",
                 c->reply.code);
    return true;
}
