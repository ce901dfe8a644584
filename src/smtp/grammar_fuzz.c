/*
 * Every rule on any octets: it takes a part from the front or nothing at all, and what
 * it has taken is taken again, whole, from a line that holds nothing else.
 */
#include "smtp/session.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct span part, struct span whole)
{
    return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

/* False: nothing was taken. */
static bool take(bool (*rule)(struct span *, struct arg *), struct span line,
                 struct span *text_r)
{
    struct span rest = line;
    struct arg arg = { 0 };
    bool taken = rule(&rest, &arg);

    assert(rest.at + rest.len == line.at + line.len && is_within(rest, line));
    assert(taken || rest.len == line.len);
    assert(!taken || is_within(arg.text, line));
    *text_r = arg.text;
    return taken;
}

static void check_path(bool (*rule)(struct span *, struct arg *), struct span line)
{
    char path[PATH_OCTETS_MAX + 1];
    struct span text, again;

    if (!take(rule, line, &text))
        return;
    int n = snprintf(path, sizeof(path), "<%.*s>", SPAN_ARG(text));
    assert(n > 0 && (size_t)n < sizeof(path) && !memchr(path, '\n', (size_t)n));
    assert(take(rule, span_of(path), &again) && span_is(text, again));
}

static void check_word(bool (*rule)(struct span *, struct arg *), struct span line)
{
    struct span text, again;

    if (take(rule, line, &text))
        assert(take(rule, text, &again) && span_is(text, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span line = span_at(data, size);

    check_path(smtp_take_reverse_path, line);
    check_path(smtp_take_forward_path, line);
    check_word(smtp_take_client, line);
    check_word(smtp_take_mail_parameters, line);
    return 0;
}
