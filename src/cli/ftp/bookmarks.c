/* bookmarks - see bookmarks.h. */
#include "cli/ftp/bookmarks.h"

#include "base/own.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

bool bookmark_is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return name.len > 0 && name.len <= BOOKMARK_NAME_MAX;
}

/* ---- the text */

static struct span take_line(struct span *text)
{
    struct span line = span_first(*text, span_find(*text, '\n'));
    *text = span_skip(*text, line.len < text->len ? line.len + 1 : line.len);
    return line;
}

static struct span take_word(struct span *line)
{
    while (line->len > 0 && (line->at[0] == ' ' || line->at[0] == '\t'))
        *line = span_skip(*line, 1);
    size_t len = 0;
    while (len < line->len && line->at[len] > ' ')
        len++;
    struct span word = span_first(*line, len);
    *line = span_skip(*line, len);
    return word;
}

static bool read_line(struct span line, struct bookmark *r)
{
    r->name = take_word(&line);
    r->url = take_word(&line);
    return bookmark_is_name(r->name) && r->url.len > 0;
}

bool bookmark_take(struct span *text, struct bookmark *r)
{
    while (text->len > 0)
        if (read_line(take_line(text), r))
            return true;
    return false;
}

bool bookmark_find(struct span text, struct span name, struct span *url_r)
{
    struct bookmark b;
    while (bookmark_take(&text, &b))
        if (span_is(b.name, name)) {
            *url_r = b.url;
            return true;
        }
    return false;
}

static int put_bookmark(struct buf *to, struct span name, struct span url)
{
    return buf_printf(to, "%.*s %.*s\n", SPAN_ARG(name), SPAN_ARG(url));
}

int bookmark_put(struct buf *to, struct span text, struct span name, struct span url)
{
    bool found = false;
    int error = 0;
    while (text.len > 0 && !error) {
        struct bookmark b;
        struct span line = take_line(&text);
        if (!read_line(line, &b) || !span_is(b.name, name)) {
            error = buf_printf(to, "%.*s\n", SPAN_ARG(line));
            continue;
        }
        if (url.len > 0 && !found)
            error = put_bookmark(to, name, url);
        found = true;
    }
    if (error || found)
        return error;
    return url.len > 0 ? put_bookmark(to, name, url) : -ENOENT;
}

/* ---- the file */

/* Each directory of the path, the file's name excepted. */
static bool make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool is_there = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!is_there)
            return false;
    }
    return true;
}

bool personal_path(const char *name, bool state, bool make, char *path_r, size_t size)
{
    const char *home = getenv("HOME");
    const char *base = getenv(state ? "XDG_STATE_HOME" : "XDG_CONFIG_HOME");
    bool has_base = base && base[0] == '/'; /* "relative paths are to be ignored" */
    if (!has_base && (!home || home[0] != '/'))
        return false;
    int len = has_base ? snprintf(path_r, size, "%s/packetboat/%s", base, name)
                       : snprintf(path_r, size, "%s/%s/packetboat/%s", home,
                                  state ? ".local/state" : ".config", name);
    return len > 0 && (size_t)len < size && (!make || make_directories(path_r));
}

int bookmarks_read(struct buf *text_r)
{
    char path[PATH_MAX];
    if (!personal_path("bookmarks", false, false, path, sizeof path))
        return 0;
    OWN(fd_close) int fd = file_open(AT_FDCWD, path, O_RDONLY, 0);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    struct span text;
    int error = file_read_all(fd, &text, BOOKMARKS_OCTETS_MAX);
    if (error)
        return error;
    error = buf_put(text_r, text);
    free((void *)(uintptr_t)text.at);
    return error;
}

int bookmarks_write(struct span text)
{
    char path[PATH_MAX];
    if (!personal_path("bookmarks", false, true, path, sizeof path))
        return -ENOENT;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    OWN(fd_close) int dir = dir_open(AT_FDCWD, path);
    return dir < 0 ? dir : file_replace(dir, slash + 1, text, 0600);
}
