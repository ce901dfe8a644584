#include "cli/cli.h"

#include "test/unit.h"

#include <unistd.h>

enum { ARGUMENTS_MAX = 8 };

struct arguments {
    int count;
    char *words[ARGUMENTS_MAX + 1];
    char text[256];
};

/* Splits at spaces, as a shell would. */
static void split(const char *line, struct arguments *a)
{
    span_to_string(span_of(line), a->text, sizeof a->text);
    a->count = 0;
    char *save = NULL;
    for (char *w = strtok_r(a->text, " ", &save); w; w = strtok_r(NULL, " ", &save))
        a->words[a->count++] = w;
    a->words[a->count] = NULL;
}

static struct span join(const struct arguments *a, char text_r[256])
{
    size_t at = 0;
    text_r[0] = '\0';
    for (int i = 0; i < a->count; i++)
        at +=
            (size_t)snprintf(text_r + at, 256 - at, "%s%s", i ? " " : "", a->words[i]);
    return span_at(text_r, at);
}

TEST(cli_takes_options_from_anywhere)
{
    static const struct {
        const char *line, *value, *rest;
    } rows[] = {
        { "add a@b --dir /x", "/x", "add a@b" },
        { "add --dir /x a@b", "/x", "add a@b" },
        { "add --dir=/x a@b", "/x", "add a@b" },
        { "add --dir /x --dir /y", "/y", "add" },
        { "add --direct /x", NULL, "add --direct /x" },
        { "add -- --dir /x", NULL, "add -- --dir /x" },
        { "add", NULL, "add" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arguments a;
        char rest[256];
        split(rows[i].line, &a);
        const char *value = cli_option(&a.count, a.words, "dir");
        CHECK((value == NULL) == (rows[i].value == NULL));
        if (value && rows[i].value)
            unit_equal_span(span_of(value), span_of(rows[i].value), __FILE__, __LINE__,
                            rows[i].line);
        unit_equal_span(join(&a, rest), span_of(rows[i].rest), __FILE__, __LINE__,
                        rows[i].line);
        CHECK(a.words[a.count] == NULL);
    }
}

TEST(cli_takes_options_of_one_letter)
{
    struct arguments a;
    char rest[256];
    split("ftp -c ls -cx -c pwd --c d", &a);
    CHECK_STR(cli_option(&a.count, a.words, "c"), "pwd");
    CHECK_SPAN(join(&a, rest), "ftp -cx --c d");
}

TEST(cli_takes_flags)
{
    struct arguments a;
    char rest[256];
    split("wire --follow mx --follow", &a);
    CHECK(cli_flag(&a.count, a.words, "follow"));
    CHECK_SPAN(join(&a, rest), "wire mx");
    CHECK(!cli_flag(&a.count, a.words, "follow"));
}

TEST(cli_finds_the_site)
{
    struct arguments a;
    unsetenv("PACKETBOAT_DIR");
    split("serve", &a);
    CHECK_STR(cli_site(&a.count, a.words), "/var/lib/packetboat");
    setenv("PACKETBOAT_DIR", "/from/environment", 1);
    CHECK_STR(cli_site(&a.count, a.words), "/from/environment");
    split("serve --dir /said", &a);
    CHECK_STR(cli_site(&a.count, a.words), "/said");
    setenv("PACKETBOAT_DIR", "", 1);
    split("serve", &a);
    CHECK_STR(cli_site(&a.count, a.words), "/var/lib/packetboat");
    unsetenv("PACKETBOAT_DIR");
}

/* The commands' own words go to standard error and output; here only the exit codes. */
static int quietly(const char *line)
{
    struct arguments a;
    split(line, &a);
    fflush(stdout);
    fflush(stderr);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    FILE *nowhere = fopen("/dev/null", "w");
    dup2(fileno(nowhere), STDOUT_FILENO);
    dup2(fileno(nowhere), STDERR_FILENO);
    int code = cli_main(a.count, a.words);
    fflush(stdout);
    fflush(stderr);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    fclose(nowhere);
    return code;
}

TEST(cli_has_three_exit_codes)
{
    static const struct {
        const char *line;
        int code;
    } rows[] = {
        { "packetboat", EXIT_USAGE },
        { "packetboat nonsense", EXIT_USAGE },
        { "packetboat help", EXIT_SUCCESS },
        { "packetboat --help", EXIT_SUCCESS },
        { "packetboat help serve", EXIT_SUCCESS },
        { "packetboat help nonsense", EXIT_USAGE },
        { "packetboat version", EXIT_SUCCESS },
        { "packetboat --version", EXIT_SUCCESS },
        { "packetboat version now", EXIT_USAGE },
        { "packetboat serve --help", EXIT_SUCCESS },
        { "packetboat init --help", EXIT_SUCCESS },
        { "packetboat demo --help", EXIT_SUCCESS },
        { "packetboat demo -h", EXIT_SUCCESS },
        { "packetboat account --help", EXIT_SUCCESS },
        { "packetboat wire --help", EXIT_SUCCESS },
        { "packetboat verify --help", EXIT_SUCCESS },
        { "packetboat check --help", EXIT_SUCCESS },
        { "packetboat ftp --help", EXIT_SUCCESS },
        { "packetboat ftp --nonsense", EXIT_USAGE },
        { "packetboat ftp too many", EXIT_USAGE },
        { "packetboat check", EXIT_USAGE },
        { "packetboat serve --nonsense", EXIT_USAGE },
        { "packetboat serve too many", EXIT_USAGE },
        { "packetboat serve --dir /nowhere/at/all", EXIT_FAILURE_ },
        { "packetboat init", EXIT_USAGE },
        { "packetboat init mail.example.org", EXIT_USAGE },
        { "packetboat init -bad- you@example.org", EXIT_USAGE },
        { "packetboat init mail.example.org you", EXIT_USAGE },
        { "packetboat demo --base 70000 --dir /tmp/cli_test.demo", EXIT_USAGE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        unit_equal_int(quietly(rows[i].line), rows[i].code, __FILE__, __LINE__,
                       rows[i].line);
    unlink("/tmp/cli_test.demo/lock");
    rmdir("/tmp/cli_test.demo");
}
