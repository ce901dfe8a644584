#include "cli/ftp/commands.h"

#include "base/own.h"
#include "test/unit.h"

static struct call read_call(struct arena *arena, const char *line)
{
    struct statement st;
    struct span text = span_of(line);
    struct call c = { .arena = arena };
    if (CHECK(!take_statement(&text, arena, &st) && st.count > 0)) {
        c.command = ftp_command_find(span_of(st.words[0].text));
        c.words = st.words + 1;
        c.count = st.count - 1;
    }
    return c;
}

static bool words_are(const struct call *c, const char *wanted)
{
    char text[256] = "";
    size_t len = 0;
    for (size_t i = 0; i < c->count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? " " : "",
                                c->words[i].text);
    return strcmp(text, wanted) == 0;
}

TEST(call_takes_options_from_anywhere)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    struct call c = read_call(arena, "mget a -P 3 -c b -P4 --parallel=5 -- -c --check");
    CHECK_STR(call_option(&c, 'P', "parallel"), "5");
    CHECK(call_flag(&c, 'c', "continue"));
    CHECK(!call_flag(&c, '\0', "check"));
    CHECK(call_words(&c, 1, 10));
    CHECK(words_are(&c, "a b -c --check"));
}

TEST(call_takes_options_one_after_the_other)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    struct call c = read_call(arena, "mirror -X *.o --exclude '*.a' -e d");
    CHECK_STR(call_next_option(&c, 'X', "exclude"), "*.o");
    CHECK_STR(call_next_option(&c, 'X', "exclude"), "*.a");
    CHECK(!call_next_option(&c, 'X', "exclude"));
    CHECK(call_flag(&c, 'e', "delete"));
    CHECK(words_are(&c, "d"));
}

TEST(call_knows_all_commands)
{
    for (size_t i = 0; i < ftp_commands_count; i++) {
        const struct ftp_command *c = &ftp_commands[i];
        CHECK(ftp_command_find(ftp_command_name(c)) == c);
        CHECK(c->run && c->summary);
    }
    CHECK(ftp_command_find(SPAN("bye")) == ftp_command_find(SPAN("quit")));
    CHECK(ftp_command_find(SPAN("exit")) == ftp_command_find(SPAN("quit")));
    CHECK(!ftp_command_find(SPAN("")));
    CHECK(!ftp_command_find(SPAN("qui")));
}
