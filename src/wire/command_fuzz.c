/* command - any line against usage lines of every form. */
#include "wire/command.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(void *session, const struct arg *args)
{
    (void)session, (void)args;
}

static bool take_number(struct span *rest, struct arg *arg_r)
{
    return span_take_number(rest, UINT32_MAX, &arg_r->number);
}

static bool take_word(struct span *rest, struct arg *arg_r)
{
    size_t n = span_find(*rest, ' ');
    arg_r->text = span_first(*rest, n);
    *rest = span_skip(*rest, n);
    return n > 0;
}

static const struct rule rules[] = { { "n", take_number },
                                     { "a-word", take_word },
                                     { 0 } };

/* clang-format off */
static const struct command commands[] = {
    { "QUIT",                         1 | 2, run, 0 },
    { "TOP n n",                      1,     run, 0 },
    { "LIST [n]",                     2,     run, SECRET },
    { "MAIL FROM:<a-word>[ a-word [a-word [n]]]", 1, run, 0 },
    { "MAIL n",                       2,     run, 0 },
    { 0 },
};
/* clang-format on */

static const struct language language = { commands, rules };

static bool lies_within(struct span part, struct span whole)
{
    return part.len == 0 ||
           (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct span line = span_at(data + 1, size - 1);
    unsigned state = data[0] % 4;
    const struct command *command = NULL;
    struct arg args[COMMAND_ARGS_MAX];
    enum command_match match = command_match(&language, state, line, &command, args);
    if (match != COMMAND_FOUND)
        return 0;
    assert(command->states & state);
    bool given = true;
    for (int i = 0; i < COMMAND_ARGS_MAX; i++) {
        assert(given || !args[i].given); /* they are given from the front */
        given = args[i].given;
        assert(!given || lies_within(args[i].text, line));
    }
    return 0;
}
