/* administer - see administer.h. */
#include "cli/administer.h"

#include "base/own.h"
#include "config/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- subcommands */

int wrong_words(const struct words *w, const char *format, ...)
{
    char text[512], both[64];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(both, sizeof both, "%s %s", w->command, w->subcommand);
    return cli_usage(both, "%s", text);
}

static const struct subcommand *subcommand_of(const struct subcommand *rows,
                                              const char *name)
{
    while (rows->name && strcmp(rows->name, name) != 0)
        rows++;
    return rows->name ? rows : NULL;
}

int run_subcommand(const struct subcommand *rows, const char *site, int argc,
                   char **argv)
{
    const struct subcommand *s = subcommand_of(rows, argv[1]);
    if (!s)
        return cli_usage(argv[0], "there is no '%s %s'", argv[0], argv[1]);
    struct words w = { argv[0], s->name, site, argc - 2, argv + 2 };
    if (w.count < s->least)
        return wrong_words(&w, "something is missing");
    if (w.count > s->most)
        return wrong_words(&w, "'%s' is too much", w.at[s->most]);
    return s->run(&w);
}

/* ---- asking */

struct asking {
    const char *site;
    int (*ask)(void *arg);
    void *arg;
    int result;
};

static int on_fiber(void *arg)
{
    struct asking *a = arg;
    if (cli_connect(a->site, ROLE_AUTH)) {
        a->result = ALREADY_SAID;
        return EXIT_FAILURE_;
    }
    a->result = a->ask(a->arg);
    cli_disconnect();
    return EXIT_SUCCESS;
}

int administer(const char *site, int (*ask)(void *arg), void *arg)
{
    struct asking a = { site, ask, arg, ALREADY_SAID };
    cli_on_fiber(on_fiber, &a);
    return a.result;
}

int explain_error(int error)
{
    switch (error) {
    case 0:
        return EXIT_SUCCESS;
    case ALREADY_SAID:
        return EXIT_FAILURE_;
    case -EPIPE:
    case -ETIMEDOUT:
        return cli_fail("the server has not answered; what it did, the lists show");
    case -ESHUTDOWN:
        return cli_fail("the server is just stopping; try again in a moment");
    case -EAGAIN:
        return cli_fail("the server is too busy; try again in a moment");
    case -EIO:
        return cli_fail(
            "the accounts' database cannot be written; the reason is in the "
            "server's log");
    case -ENOSYS:
        return cli_fail("the server that runs here is older than this command; "
                        "restart it");
    default:
        return cli_fail("%s", strerror(-error));
    }
}

/* ---- words */

bool size_of(const char *word, uint64_t *octets_r)
{
    static const char letters[] = "KMGT";
    struct span rest = span_of(word);
    if (!span_take_number(&rest, UINT64_MAX >> 41, octets_r) || *octets_r == 0)
        return false;
    if (rest.len == 0)
        return true;
    const char *letter = strchr(letters, rest.at[0] & ~0x20);
    if (rest.len != 1 || !letter || !*letter)
        return false;
    *octets_r <<= 10 * (letter - letters + 1);
    return true;
}

const char *size_text(uint64_t octets, char text_r[SIZE_TEXT])
{
    static const char letters[] = "\0KMGT";
    int power = 0;
    while (octets > 0 && octets % 1024 == 0 && power < 4) {
        octets /= 1024;
        power++;
    }
    snprintf(text_r, SIZE_TEXT, "%" PRIu64 "%.1s", octets, &letters[power]);
    return octets == UINT64_MAX ? "none" : text_r;
}
