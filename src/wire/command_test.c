/* command - usage lines as grammar. */
#include "test/unit.h"
#include "wire/command.h"

static int ran;

static void run(void *session, const struct arg *args)
{
    (void)session, (void)args;
    ran++;
}

static bool take_number(struct span *rest, struct arg *arg_r)
{
    return span_take_number(rest, 1000, &arg_r->number);
}

static bool take_word(struct span *rest, struct arg *arg_r)
{
    size_t n = span_find(*rest, ' ');
    arg_r->text = span_first(*rest, n);
    *rest = span_skip(*rest, n);
    return n > 0;
}

static bool take_string(struct span *rest, struct arg *arg_r)
{
    arg_r->text = *rest;
    *rest = span_skip(*rest, rest->len);
    return true;
}

static bool take_path(struct span *rest, struct arg *arg_r)
{
    size_t n = span_find(*rest, '>');
    if (n == rest->len || *rest->at != '<')
        return false;
    arg_r->text = span_first(span_skip(*rest, 1), n - 1);
    *rest = span_skip(*rest, n + 1);
    return true;
}

static const struct rule rules[] = {
    { "msg", take_number },
    { "n", take_number },
    { "word", take_word },
    { "string", take_string },
    { "reverse-path", take_path },
    { "base64_2", take_word },
    { 0 },
};

enum { ONE = 1, TWO = 2 };

/* clang-format off */
static const struct command commands[] = {
    { "QUIT",                               ONE | TWO, run, 0 },
    { "PASS string",                        ONE,       run, SECRET },
    { "LIST [msg]",                         TWO,       run, 0 },
    { "TOP msg n",                          TWO,       run, 0 },
    { "MAIL FROM:reverse-path[ word [word]]", TWO,     run, 0 },
    { "AUTH PLAIN [base64_2]",              ONE,       run, SECRET },
    { "AUTH LOGIN",                         ONE,       run, 0 },
    { "EITHER msg",                         ONE,       run, 0 },
    { "EITHER reverse-path",                ONE,       run, 0 },
    { "EITHER word",                        TWO,       run, 0 },
    { 0 },
};
/* clang-format on */

static const struct language language = { commands, rules };

TEST(command_matches)
{
    const struct {
        unsigned state;
        const char *line;
        enum command_match match;
        int row;
    } cases[] = {
        { ONE, "QUIT", COMMAND_FOUND, 0 },
        { TWO, "quit", COMMAND_FOUND, 0 },
        { ONE, "qUiT \t ", COMMAND_FOUND, 0 },
        { 4, "QUIT", COMMAND_OUT_OF_STATE, -1 },
        { ONE, "QUIT now", COMMAND_BAD_ARGUMENTS, -1 },
        { ONE, "QUITS", COMMAND_UNKNOWN, -1 },
        { ONE, "QUI", COMMAND_UNKNOWN, -1 },
        { ONE, " QUIT", COMMAND_UNKNOWN, -1 },
        { ONE, "", COMMAND_UNKNOWN, -1 },
        { ONE, ":", COMMAND_UNKNOWN, -1 },
        { ONE, "\xff\xfe", COMMAND_UNKNOWN, -1 },
        { ONE, "PASS  a b ", COMMAND_FOUND, 1 },
        { ONE, "PASS", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "PASS a", COMMAND_OUT_OF_STATE, -1 },
        { TWO, "LIST", COMMAND_FOUND, 2 },
        { TWO, "LIST 7", COMMAND_FOUND, 2 },
        { TWO, "LIST 7 8", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "LIST 1001", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "LIST7", COMMAND_UNKNOWN, -1 },
        { TWO, "TOP 1 0", COMMAND_FOUND, 3 },
        { TWO, "TOP 1", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "TOP 1 -1", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "mail from:<>", COMMAND_FOUND, 4 },
        { TWO, "MAIL FROM:<a@b> SIZE=1", COMMAND_FOUND, 4 },
        { TWO, "MAIL FROM:<a@b> SIZE=1 BODY=7BIT", COMMAND_FOUND, 4 },
        { TWO, "MAIL FROM:<a@b>SIZE=1", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "MAIL TO:<a@b>", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "MAIL", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "MAILFROM:<a@b>", COMMAND_UNKNOWN, -1 },
        { ONE, "AUTH PLAIN", COMMAND_FOUND, 5 },
        { ONE, "auth plain dGFuc3RhYWY=", COMMAND_FOUND, 5 },
        { ONE, "AUTH LOGIN", COMMAND_FOUND, 6 },
        { ONE, "AUTH", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "AUTH", COMMAND_OUT_OF_STATE, -1 },
        { ONE, "EITHER 5", COMMAND_FOUND, 7 },
        { ONE, "EITHER <5>", COMMAND_FOUND, 8 },
        { ONE, "EITHER x", COMMAND_BAD_ARGUMENTS, -1 },
        { TWO, "EITHER x", COMMAND_FOUND, 9 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct command *command = NULL;
        struct arg args[COMMAND_ARGS_MAX];
        enum command_match match =
            command_match(&language, cases[i].state, span_of(cases[i].line), &command,
                          args);
        bool good = CHECK_EQ_INT(match, cases[i].match);
        if (match == COMMAND_FOUND)
            good = CHECK_EQ_INT(command - commands, cases[i].row) && good;
        if (!good)
            CHECK_STR(cases[i].line, "");
    }
}

TEST(command_gives_arguments)
{
    const struct command *c;
    struct arg args[COMMAND_ARGS_MAX];

    command_match(&language, TWO, SPAN("TOP 12 345"), &c, args);
    CHECK(args[0].given && args[1].given && !args[2].given);
    CHECK_EQ_UINT(args[0].number, 12);
    CHECK_EQ_UINT(args[1].number, 345);

    command_match(&language, TWO, SPAN("LIST"), &c, args);
    CHECK(!args[0].given);

    command_match(&language, TWO, SPAN("MAIL FROM:<a@b> x"), &c, args);
    CHECK_SPAN(args[0].text, "a@b");
    CHECK_SPAN(args[1].text, "x");
    CHECK(!args[2].given);

    command_match(&language, ONE, SPAN("PASS  a b "), &c, args);
    CHECK_SPAN(args[0].text, " a b ");
}

/* A08 for the matcher: no octet behind the line is looked at. */
TEST(command_stays_within_the_line)
{
    const struct command *c;
    struct arg args[COMMAND_ARGS_MAX];
    struct span whole = SPAN("MAIL FROM:<a@b> x y");
    const size_t good[] = { 15, 16, 17, 18, 19 };
    size_t next = 0;
    for (size_t n = 0; n <= whole.len; n++) {
        enum command_match m =
            command_match(&language, TWO, span_first(whole, n), &c, args);
        CHECK_EQ_INT(m == COMMAND_FOUND, n == good[next]);
        next += n == good[next] && next < 4;
    }
}
