/*
 * names_fuzz - records that are read can be written; what is in memory is the same when it
 * is written and read again; no change makes what is not sound.
 */
#include "store/names.h"

#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void write_again(struct span in)
{
    struct buf out = { .max = SIZE_MAX / 2 };
    struct span rest = in;
    struct name n;

    while (name_take(&rest, &n))
        assert(name_put(&out, &n) == 0);
    assert(names_are_sound(buf_span(&out)));
    buf_free(&out);
}

static void put_again(const struct names *all)
{
    struct buf first = { .max = SIZE_MAX / 2 }, second = { .max = SIZE_MAX / 2 };
    struct names back = { 0 };

    assert(names_put(all, &first) == 0);
    assert(names_apply(&back, buf_span(&first)) == 0);
    assert(names_put(&back, &second) == 0);
    assert(span_is(buf_span(&first), buf_span(&second)));
    names_close(&back);
    buf_free(&first);
    buf_free(&second);
}

/* What the octets ask for, one verb after the other. */
static void change(struct names *all, struct span in)
{
    for (int i = 0; i < 200 && in.len > 2; i++) {
        struct buf records = { .max = NAMES_CHANGE_MAX };
        size_t n = (unsigned char)in.at[1] % 8, m = (unsigned char)in.at[2] % 8;
        enum names_verb verb = (unsigned char)in.at[0] % NAMES_VERBS;
        in = span_skip(in, 3);
        if (in.len < n + m)
            return;
        const struct names_request r = { verb, span_first(in, n),
                                         span_first(span_skip(in, n), m), 1000,
                                         n % MAILBOX_ROLES };
        in = span_skip(in, n + m);
        if (names_change(all, &r, &records) == 0) {
            assert(names_are_sound(buf_span(&records)));
            assert(names_apply(all, buf_span(&records)) == 0);
        }
        buf_free(&records);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span in = span_at(octets, len);
    struct names read = { 0 }, made = { .next = INBOX + 1, .uidvalidity = 1000 };

    if (names_are_sound(in)) {
        write_again(in);
        assert(names_apply(&read, in) == 0);
        put_again(&read);
    }
    change(&made, in);
    put_again(&made);
    names_close(&read);
    names_close(&made);
    return 0;
}
