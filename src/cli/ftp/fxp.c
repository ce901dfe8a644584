/* fxp - from one server to another, RFC 959 §5.2. */
#include "cli/ftp/commands.h"
#include "cli/ftp/names.h"

#include <errno.h>

static int copy_all(struct call *c, const struct names *names, const char *to)
{
    struct shell *s = c->shell;
    int code = EXIT_SUCCESS;
    for (size_t i = 0; i < names->count && !shell_interrupted(s); i++) {
        const char *from = names->at[i].path, *name = to ? to : path_base(from);
        int error = ftp_copy(s->client, from, s->second, name);
        if (call_met(c, s->client, error, from) != EXIT_SUCCESS)
            code = EXIT_FAILURE_;
        else
            shell_note(s, "%s is there", from);
    }
    return code;
}

int ftp_do_fxp(struct call *c)
{
    struct shell *s = c->shell;
    const char *to = call_option(c, 'o', "name");
    struct names names;
    struct url url;
    if (!call_words(c, 2, STATEMENT_WORDS_MAX))
        return EXIT_USAGE;
    if (names_remote(c, 0, c->count - 1, &names) != 0)
        return EXIT_FAILURE_;
    if (to && names.count > 1)
        return call_usage(c, "-o is for one file");
    if (!shell_find(s, c->words[c->count - 1].text, &url))
        return EXIT_FAILURE_;
    struct ftp_options options = shell_options(s, &url);
    s->second = ftp_open(&options);
    int error = s->second ? ftp_login(s->second) : -ENOMEM;
    if (!error && *url.path)
        error = ftp_change(s->second, url.path);
    int code =
        error ? call_met(c, s->second, error, url.host) : copy_all(c, &names, to);
    if (s->second)
        ftp_close(&s->second);
    explicit_bzero(&url, sizeof url);
    return code;
}
