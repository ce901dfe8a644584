#include "ftp/pathname.h"

#include "files/path.h"

#include <errno.h>

/* One part more; "." and ".." are none. */
static int add(char *path, size_t *len, struct span part)
{
    if (part.len == 0 || span_is(part, SPAN(".")))
        return 0;
    if (span_is(part, SPAN(".."))) {
        while (*len > 0 && path[--*len] != '/')
            ;
        return 0;
    }
    if (part.len + 1 > FILES_PATH_MAX - *len)
        return -ENAMETOOLONG;
    path[(*len)++] = '/';
    memcpy(path + *len, part.at, part.len);
    *len += part.len;
    return 0;
}

static int add_all(char *path, size_t *len, struct span rest)
{
    int error = 0;
    while (rest.len > 0 && !error) {
        struct span part = span_first(rest, span_find(rest, '/'));
        error = add(path, len, part);
        rest = span_skip(rest, part.len);
        span_take(&rest, SPAN("/"));
    }
    return error;
}

int pathname_resolve(struct span directory, struct span said,
                     char path_r[PATHNAME_SIZE])
{
    size_t len = 0;
    int error = said.len == 0 ? -EINVAL : 0;
    if (!error && *said.at != '/')
        error = add_all(path_r, &len, directory);
    if (!error)
        error = add_all(path_r, &len, said);
    if (len == 0)
        path_r[len++] = '/';
    path_r[len] = '\0';
    return error ? error : path_check(span_at(path_r, len));
}

void pathname_quote(struct span path, char quoted_r[PATHNAME_QUOTED_SIZE])
{
    size_t len = 0;
    quoted_r[len++] = '"';
    for (size_t i = 0; i < path.len && i < FILES_PATH_MAX; i++) {
        if (path.at[i] == '"')
            quoted_r[len++] = '"';
        quoted_r[len++] = path.at[i];
    }
    quoted_r[len++] = '"';
    quoted_r[len] = '\0';
}
