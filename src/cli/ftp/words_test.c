#include "cli/ftp/words.h"

#include "base/own.h"
#include "test/unit.h"

/* "get|a b|>file;" of a line: words parted by "|", statements by ";;". */
static void print_statement(struct buf *b, const struct statement *s)
{
    static const char *const marks[] = { "", " >", " >>", " |" };
    for (size_t i = 0; i < s->count; i++)
        buf_printf(b, "%s%s", i ? "," : "", s->words[i].text);
    buf_printf(b, "%s%s", marks[s->output], s->output ? s->whither : "");
}

static void print_line(struct buf *b, struct span line, struct arena *arena)
{
    while (line.len > 0) {
        struct statement s;
        const char *error = take_statement(&line, arena, &s);
        if (b->len > 0)
            buf_put(b, SPAN(" ;; "));
        if (error)
            buf_printf(b, "! %s", error);
        else
            print_statement(b, &s);
    }
}

TEST(words_are_a_shells)
{
    static const struct {
        const char *line, *words;
    } rows[] = {
        { "get a b", "get,a,b" },
        { "  get\ta\r\n", "get,a" },
        { "get 'a b' c", "get,a b,c" },
        { "get \"a 'b'\" c", "get,a 'b',c" },
        { "get a\\ b", "get,a b" },
        { "get 'a\\b'", "get,a\\b" },
        { "get \"a\\\"b\"", "get,a\"b" },
        { "get x'y'z", "get,xyz" },
        { "get ''", "get," },
        { "get '' a ''", "get,,a," },
        { "cd a; ls", "cd,a ;; ls" },
        { "cd a\nls\n", "cd,a ;; ls" },
        { "get 'a;b'", "get,a;b" },
        { "# nothing", "" },
        { "ls # all", "ls" },
        { "ls a#b", "ls,a#b" },
        { "!echo a; echo 'b", "!,echo a; echo 'b" },
        { "! ls\nls", "!,ls ;; ls" },
        { "ls > a b", "! only ; may stand there" },
        { "ls >a", "ls >a" },
        { "ls >> 'a b'; pwd", "ls >>a b ;; pwd" },
        { "ls | sort; uniq", "ls |sort; uniq" },
        { "ls |", "! there is no command behind |" },
        { "ls >", "! there is no file behind >" },
        { "> a", "! there is no command" },
        { "get 'a", "! a quote is not closed" },
        { "get 'a\nb'", "! a quote is not closed" },
        { "get \"a\\\nb", "! a quote is not closed" },
        { "get a\\\nb", "get,a\\ ;; b" },
        { "get a\\", "get,a\\" },
        { "ls;;a", "ls ;;  ;; a" },
    };
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { .max = 4096 };
        print_line(&b, span_of(rows[i].line), arena);
        unit_equal_span(buf_span(&b), span_of(rows[i].words), __FILE__, __LINE__,
                        rows[i].line);
        buf_free(&b);
    }
}

TEST(words_are_patterns_where_they_are_not_quoted)
{
    static const struct {
        const char *word, *pattern;
        bool quoted;
    } rows[] = {
        { "*.c", "*.c", false },      { "'*'.c", "\\*.c", true },
        { "\"a?\"*", "a\\?*", true }, { "\\[a]*", "\\[a]*", true },
        { "'a\\b'", "a\\\\b", true },
    };
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct statement s;
        struct span line = span_of(rows[i].word);
        CHECK(!take_statement(&line, arena, &s) && s.count == 1);
        unit_equal_span(span_of(s.words[0].pattern), span_of(rows[i].pattern), __FILE__,
                        __LINE__, rows[i].word);
        CHECK(s.words[0].quoted == rows[i].quoted);
    }
}

TEST(words_has_a_limit)
{
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    char line[2 * STATEMENT_WORDS_MAX + 2];
    for (size_t i = 0; i < sizeof line; i++)
        line[i] = i % 2 ? ' ' : 'a';
    struct statement s;
    struct span text = span_at(line, sizeof line);
    CHECK(take_statement(&text, arena, &s) != NULL);
    CHECK(text.len == 0);
    text = span_at(line, sizeof line - 2);
    CHECK(take_statement(&text, arena, &s) == NULL);
    CHECK_EQ_UINT(s.count, STATEMENT_WORDS_MAX);
}

TEST(words_knows_what_is_being_typed)
{
    static const struct {
        const char *line;
        size_t number, begins;
        const char *first, *word;
        char quote;
        bool is_file;
    } rows[] = {
        { "", 0, 0, "", "", 0, false },
        { "ge", 0, 0, "ge", "ge", 0, false },
        { "get ", 1, 4, "get", "", 0, false },
        { "get fi", 1, 4, "get", "fi", 0, false },
        { "get 'a b", 1, 4, "get", "a b", '\'', false },
        { "get \"a\\\"b", 1, 4, "get", "a\"b", '"', false },
        { "get a\\ b", 1, 4, "get", "a b", 0, false },
        { "get a b", 2, 6, "get", "b", 0, false },
        { "get a; pu", 0, 7, "pu", "pu", 0, false },
        { "get a; put b", 1, 11, "put", "b", 0, false },
        { "ls > fi", 2, 5, "ls", "fi", 0, true },
        { "ls >fi", 2, 4, "ls", "fi", 0, true },
    };
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct unfinished u;
        CHECK(read_unfinished(span_of(rows[i].line), arena, &u));
        unit_equal_uint(u.number, rows[i].number, __FILE__, __LINE__, rows[i].line);
        unit_equal_uint(u.begins, rows[i].begins, __FILE__, __LINE__, rows[i].line);
        unit_equal_span(u.first, span_of(rows[i].first), __FILE__, __LINE__,
                        rows[i].line);
        unit_equal_span(u.word, span_of(rows[i].word), __FILE__, __LINE__,
                        rows[i].line);
        CHECK_EQ_INT(u.quote, rows[i].quote);
        CHECK(u.is_file == rows[i].is_file);
    }
}

TEST(words_are_quoted_so_that_they_are_read_back)
{
    static const char *const names[] = { "plain", "a b",   "it's",    "a\"b",
                                         "a\\b",  "*?[x]", "#a",      "!x",
                                         "a;b",   "a|b>c", "\xc3\xa9" };
    static const char quotes[] = { '\0', '\'', '"' };
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < 3 * (sizeof names / sizeof *names); i++) {
        struct buf b = { .max = 256 };
        char quote = quotes[i % 3];
        buf_printf(&b, "x %.*s", quote ? 1 : 0, &quote);
        CHECK_EQ_INT(put_quoted(&b, span_of(names[i / 3]), quote), 0);
        buf_put(&b, span_at(&quote, quote ? 1 : 0));
        struct statement s;
        struct span line = buf_span(&b);
        if (CHECK(!take_statement(&line, arena, &s) && s.count == 2))
            unit_equal_span(span_of(s.words[1].text), span_of(names[i / 3]), __FILE__,
                            __LINE__, names[i / 3]);
        buf_free(&b);
    }
}
