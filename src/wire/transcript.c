/* transcript - the dialogue, as records in this process's ring. */
#include "wire/connection.h"

#include "base/ring.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static struct ring_writer *ring;

void wire_transcript_to(struct ring_writer *writer)
{
    ring = writer;
}

static void record(const struct wire *w, enum record_kind kind, struct span text)
{
    if (text.len > TRANSCRIPT_LINE_MAX)
        text.len = TRANSCRIPT_LINE_MAX;
    if (ring)
        ring_write(ring, kind, kind == RECORD_CLOSE ? w->result : 0, w->session, text);
}

/* A reply makes something of the session, whoever of us has said it. */
static void judge(struct wire *w, struct span line, bool is_reply)
{
    if (is_reply && w->judge)
        w->result |= w->judge(line);
}

void wire_heard(struct wire *w, struct span line)
{
    record(w, w->is_client ? RECORD_SERVER : RECORD_CLIENT, line);
    judge(w, line, w->is_client);
}

void wire_account(struct wire *w, struct span address)
{
    record(w, RECORD_ACCOUNT, address);
}

void transcript_said(struct wire *w, struct span line)
{
    judge(w, line, !w->is_client);
    record(w, w->is_client ? RECORD_CLIENT : RECORD_SERVER, line);
}

void wire_note(struct wire *w, const char *format, ...)
{
    char text[TRANSCRIPT_LINE_MAX + 1];
    if (!ring)
        return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n >= 0)
        record(w, RECORD_NOTE, span_at(text, (size_t)n));
}

void transcript_open(const struct wire *w)
{
    char text[128];
    int n = snprintf(text, sizeof(text), "%s %s", w->protocol, w->peer);
    if (n >= 0)
        record(w, RECORD_OPEN, span_of(text));
}

/* What ends a session in ordinary life, in words; the rest in the system's own. */
static const char *reason(int error)
{
    switch (error) {
    case 0:
        return "closed";
    case -ENODATA:
        return "the peer closed";
    case -ETIMEDOUT:
        return "timed out";
    case -ECONNRESET:
    case -EPIPE:
        return "the peer broke the connection";
    case -EMSGSIZE:
        return "a line without end";
    case -ECANCELED:
        return "this server stops";
    case -EPROTO:
        return "TLS failed";
    case -EIO:
        return "not durable: nothing was promised";
    default:
        return strerror(-error);
    }
}

void transcript_close(struct wire *w)
{
    if (w->error)
        w->result |= RESULT_DROPPED;
    record(w, RECORD_CLOSE, span_of(reason(w->error)));
}
