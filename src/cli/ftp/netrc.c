/* netrc - see netrc.h. */
#include "cli/ftp/netrc.h"

#include "base/own.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- words */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

static void skip_to_word(struct span *text)
{
    while (text->len > 0 && (is_blank(text->at[0]) || text->at[0] == '#')) {
        size_t len = text->at[0] == '#' ? span_find(*text, '\n') : 1;
        *text = span_skip(*text, len);
    }
}

/* False at the end; a word that is too long is cut, and so fits nothing. */
static bool take_word(struct span *text, char word_r[NETRC_WORD_MAX + 1])
{
    skip_to_word(text);
    if (text->len == 0)
        return false;
    bool quoted = span_take(text, SPAN("\""));
    size_t len = 0;
    while (text->len > 0 && (quoted ? text->at[0] != '"' : !is_blank(text->at[0]))) {
        if (text->at[0] == '\\' && text->len > 1)
            *text = span_skip(*text, 1);
        if (len < NETRC_WORD_MAX)
            word_r[len++] = text->at[0];
        *text = span_skip(*text, 1);
    }
    if (quoted)
        span_take(text, SPAN("\""));
    word_r[len] = '\0';
    return true;
}

/* A macro ends with an empty line. */
static void skip_macro(struct span *text)
{
    while (text->len > 0) {
        size_t len = span_find(*text, '\n');
        bool empty = len == 0 || (len == 1 && text->at[0] == '\r');
        *text = span_skip(*text, len < text->len ? len + 1 : len);
        if (empty)
            return;
    }
}

/* ---- entries */

struct reading {
    bool in_entry, fits; /* the machine does */
    struct netrc entry;
};

static bool fits(const struct reading *r, const char *user)
{
    return r->in_entry && r->fits &&
           (!user || !r->entry.has_user || strcmp(user, r->entry.user) == 0);
}

/* A word with its value; false: at the end, or it is none. */
static bool take_value(struct reading *r, const char *word, struct span *text)
{
    struct {
        const char *name;
        char *value;
        bool *has;
    } values[] = {
        { "login", r->entry.user, &r->entry.has_user },
        { "password", r->entry.password, &r->entry.has_password },
        { "account", r->entry.account, &r->entry.has_account },
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(word, values[i].name) == 0)
            return *values[i].has = take_word(text, values[i].value);
    return false;
}

bool netrc_read(struct span text, const char *host, const char *user, struct netrc *r)
{
    struct reading reading = { 0 };
    char word[NETRC_WORD_MAX + 1], name[NETRC_WORD_MAX + 1];
    while (take_word(&text, word)) {
        bool is_machine = strcmp(word, "machine") == 0;
        if (is_machine || strcmp(word, "default") == 0) {
            if (fits(&reading, user))
                break;
            reading = (struct reading){ .in_entry = true, .fits = true };
            if (is_machine)
                reading.fits = take_word(&text, name) && strcasecmp(name, host) == 0;
        } else if (strcmp(word, "macdef") == 0) {
            skip_macro(&text);
        } else {
            take_value(&reading, word, &text);
        }
    }
    bool found = fits(&reading, user);
    *r = found ? reading.entry : (struct netrc){ 0 };
    explicit_bzero(&reading, sizeof reading);
    return found;
}

/* ---- the file */

static bool file_path(char *path_r, size_t size)
{
    const char *said = getenv("NETRC"), *home = getenv("HOME");
    if (said && *said)
        return span_to_string(span_of(said), path_r, size);
    int len = snprintf(path_r, size, "%s/.netrc", home ? home : "");
    return home && len > 0 && (size_t)len < size;
}

int netrc_look(const char *host, const char *user, struct netrc *r)
{
    char path[4096];
    *r = (struct netrc){ 0 };
    if (!file_path(path, sizeof path))
        return -ENOENT;
    OWN(fd_close) int fd = file_open(AT_FDCWD, path, O_RDONLY, 0);
    struct stat facts;
    struct span text;
    if (fd < 0)
        return fd;
    if (fstat(fd, &facts) < 0)
        return -errno;
    int error = file_read_all(fd, &text, NETRC_OCTETS_MAX);
    if (error)
        return error;
    bool found = netrc_read(text, host, user, r);
    explicit_bzero((char *)(uintptr_t)text.at, text.len);
    free((void *)(uintptr_t)text.at);
    bool open_to_others = (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    bool is_anonymous = r->has_user && strcmp(r->user, "anonymous") == 0;
    if (found && r->has_password && open_to_others && !is_anonymous) {
        explicit_bzero(r->password, sizeof r->password);
        r->has_password = false;
        return -EPERM;
    }
    return found ? 0 : -ENOENT;
}
