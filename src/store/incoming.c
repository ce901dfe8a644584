/*
 * Octets collect in `small`; when it is full it is written to the memfd, so that a large
 * message costs one write in 32 KiB, however small the pieces are that it comes in.
 */
#include "store/session.h"

#include "base/clock.h"
#include "os/files.h"

#include <assert.h>
#include <errno.h>

static void fail(struct incoming *in, int error)
{
    buf_free(&in->small);
    fd_close(&in->memfd);
    in->error = error;
}

static void spill(struct incoming *in)
{
    if (in->memfd == -1) {
        int fd = sealed_open("message");
        if (fd < 0) {
            fail(in, fd);
            return;
        }
        in->memfd = fd;
    }
    int error = file_write_all(in->memfd, buf_span(&in->small));
    if (error)
        fail(in, error);
    else
        buf_clear(&in->small);
}

void incoming_open(struct incoming *in, uint64_t max)
{
    *in = (struct incoming){
        .small = { .max = INLINE_OCTETS_MAX },
        .memfd = -1,
        .max = max,
    };
}

void incoming_put(struct incoming *in, struct span octets)
{
    if (!in->error && octets.len > in->max - in->size)
        fail(in, -EMSGSIZE);
    while (!in->error && octets.len > 0) {
        size_t room = INLINE_OCTETS_MAX - in->small.len;
        size_t n = octets.len < room ? octets.len : room;
        int error = buf_put(&in->small, span_first(octets, n));
        if (error) {
            fail(in, error);
            return;
        }
        in->size += n;
        octets = span_skip(octets, n);
        if (octets.len > 0)
            spill(in);
    }
}

void incoming_insert(struct incoming *in, uint64_t at, struct span octets)
{
    if (in->error)
        return;
    assert(in->memfd == -1 && at <= in->small.len);
    size_t tail = in->small.len - (size_t)at;
    int error = octets.len > in->max - in->size ? -EMSGSIZE
                                                : buf_reserve(&in->small, octets.len);
    if (error) {
        fail(in, error);
        return;
    }
    memmove(in->small.at + at + octets.len, in->small.at + at, tail);
    memcpy(in->small.at + at, octets.at, octets.len);
    in->small.len += octets.len;
    in->size += octets.len;
}

void incoming_close(struct incoming *in)
{
    buf_free(&in->small);
    fd_close(&in->memfd);
}

/* Makes the octets ready to be handed over: all in `small`, or all in a sealed memfd. */
static int finish(struct incoming *in)
{
    if (!in->error && in->memfd != -1) {
        spill(in);
        bool again = in->error || sealed_is(in->memfd);
        int error = again ? 0 : sealed_finish(in->memfd);
        if (error)
            fail(in, error);
    }
    return in->error;
}

int incoming_append(struct incoming *in, const struct store_append *as,
                    struct store_append_answer *answer_r)
{
    struct store_append question = *as;
    int error = finish(in);

    question.size = in->size;
    question.body = buf_span(&in->small);
    question.sealed = in->memfd;
    return error ? error : ask_store_append(&question, answer_r, NULL);
}

int incoming_deliver(struct incoming *in, const struct ticket *recipients, size_t count,
                     uint64_t session, uint64_t *lsn_r, uint64_t *email_r)
{
    struct store_deliver_answer answer;
    int error = finish(in);

    if (error)
        return error;
    error = ask_store_deliver(
        &(struct store_deliver){
            .recipients = span_at(recipients, count * sizeof(*recipients)),
            .session = session,
            .received = (uint64_t)clock_wall(),
            .size = in->size,
            .body = buf_span(&in->small),
            .sealed = in->memfd,
        },
        &answer, NULL);
    if (error)
        return error;
    *lsn_r = answer.lsn;
    *email_r = answer.email;
    return 0;
}
