/*
 * input - lines from any octets, in parts of any size, against a reader that has all of
 * them at once.
 */
#include "wire/wire.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "config/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_HERE = 8, LINES = 4096 };

struct seen {
    enum line_form form;
    size_t len;
    char text[LINE_HERE];
};

struct reading {
    struct seen lines[LINES];
    size_t count;
    int error;
};

static struct reading got, wanted;

static void add(struct reading *r, enum line_form form, struct span text)
{
    assert(r->count < LINES && text.len <= LINE_HERE);
    struct seen *seen = &r->lines[r->count++];
    *seen = (struct seen){ .form = form, .len = text.len };
    if (text.len > 0)
        memcpy(seen->text, text.at, text.len);
}

static void read_lines(void *arg)
{
    struct wire *w = arg;
    struct line line;
    while (wire_line(w, &line))
        add(&got, line.form, line.text);
    got.error = wire_error(w);
    wire_close(&w);
}

static void read_naively(struct span in)
{
    wanted.error = -ENODATA;
    for (size_t lf = span_find(in, '\n'); in.len > 0; lf = span_find(in, '\n')) {
        bool whole = lf < in.len;
        bool crlf = lf > 0 && in.at[lf - 1] == '\r';
        struct span text = span_first(in, lf - (crlf && whole));
        if (text.len > WIRE_LONG_LINE * LINE_HERE + (whole ? 0 : 1)) {
            wanted.error = -EMSGSIZE;
            return;
        }
        if (!whole)
            return;
        bool odd = !crlf || span_find(text, '\r') < text.len ||
                   span_find(text, '\0') < text.len;
        if (text.len > LINE_HERE)
            add(&wanted, LINE_TOO_LONG, span_first(text, LINE_HERE));
        else
            add(&wanted, odd ? LINE_BARE : LINE_GOOD, text);
        in = span_skip(in, lf + 1);
    }
}

static void say(int peer, struct span in, size_t step)
{
    for (; in.len > 0; in = span_skip(in, in.len < step ? in.len : step)) {
        if (send(peer, in.at, in.len < step ? in.len : step, MSG_NOSIGNAL) < 0)
            break; /* a line too long has ended it */
        loop_turn(false);
    }
    close(peer);
    for (int i = 0; i < 100 && fiber_count() > 0; i++)
        loop_turn(false);
    assert(fiber_count() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wire_settings settings = {
        .line_max = LINE_HERE,
        .read_time = CLOCK_NEVER,
        .write_time = CLOCK_NEVER,
        .protocol = "fuzz",
    };
    static bool opened;
    int ends[2];
    if (size < 1 || size > LINES)
        return 0;
    if (!opened)
        opened = loop_open() == 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return 0;
    got.count = wanted.count = 0;
    struct wire *w = wire_open(ends[1], "127.0.0.1", &settings);
    if (!w || fiber_go(read_lines, w) != 0)
        abort();
    struct span in = span_at(data + 1, size - 1);
    say(ends[0], in, data[0] < 64 ? data[0] + 1u : in.len + 1);
    read_naively(in);
    assert(got.error == wanted.error && got.count == wanted.count);
    for (size_t i = 0; i < got.count; i++) {
        struct seen *a = &got.lines[i], *b = &wanted.lines[i];
        assert(a->form == b->form &&
               span_is(span_at(a->text, a->len), span_at(b->text, b->len)));
    }
    return 0;
}
