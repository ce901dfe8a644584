/* demo_settings - see demo_settings.h. */
#include "cli/demo_settings.h"

#include "base/buf.h"
#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static struct span take_line(struct span *text)
{
    struct span line = span_first(*text, span_find(*text, '\n'));
    *text = span_skip(*text, line.len + (line.len < text->len));
    return line;
}

/* "listen imap" of such a section's line; empty: it is none. */
static struct span section_of(struct span line)
{
    size_t brace = span_find(line, '{');
    if (brace == line.len || line.at[0] == '#')
        return span_first(line, 0);
    while (brace > 0 && line.at[brace - 1] == ' ')
        brace--;
    return span_first(line, brace);
}

static bool has_section(struct span text, struct span section)
{
    while (text.len > 0)
        if (span_is(section_of(take_line(&text)), section))
            return true;
    return false;
}

static int add_sections(struct buf *b, struct span text, struct span fresh)
{
    int error = 0;
    bool is_first = text.len > 0 && text.at[text.len - 1] != '\n';
    while (fresh.len > 0 && !error) {
        struct span line = take_line(&fresh), section = section_of(line);
        if (section.len == 0 || has_section(text, section))
            continue;
        if (is_first)
            error = buf_put(b, SPAN("\n"));
        is_first = false;
        error = error ? error : buf_put(b, line);
        error = error ? error : buf_put(b, SPAN("\n"));
    }
    return error;
}

int demo_settings_add(int site, struct span fresh)
{
    struct span text;
    struct buf b = { .max = CONFIG_OCTETS_MAX };
    OWN(fd_close) int fd = file_open(site, "packetboat.conf", O_RDONLY, 0);
    int error = fd < 0 ? fd : file_read_all(fd, &text, CONFIG_OCTETS_MAX);
    if (error)
        return error;
    error = buf_put(&b, text);
    if (!error)
        error = add_sections(&b, text, fresh);
    if (!error && b.len > text.len)
        error = file_replace(site, "packetboat.conf", buf_span(&b), 0600);
    free((void *)(uintptr_t)text.at);
    buf_free(&b);
    return error;
}
