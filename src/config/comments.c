#include "config/comments.h"

#include <stdbool.h>
#include <string.h>

static bool begins_comment(const char *c, char before)
{
    return *c == '#' || (*c == '/' && (c[1] == '/' || c[1] == '*') &&
                         strchr(" \t\r\n{}()=+,*\"'", before));
}

/* Blanks a comment; its last octet, or NULL: it does not end. */
static char *blank_comment(char *c)
{
    bool block = c[0] == '/' && c[1] == '*';
    char *end = block ? strstr(c + 2, "*/") : strchr(c, '\n');
    if (!end && block)
        return NULL;
    end = !end ? c + strlen(c) : block ? end + 2 : end;
    for (; c < end; c++)
        if (*c != '\n')
            *c = ' ';
    return end - 1;
}

const char *comments_blank(char *text, size_t *line_r)
{
    char quote = '\0', before = '\n';
    *line_r = 1;
    for (char *c = text; *c; before = *c++) {
        *line_r += *c == '\n';
        if (*c == '\\')
            return "a backslash means nothing here";
        else if (quote)
            quote = *c == quote ? '\0' : quote;
        else if (*c == '"' || *c == '\'')
            quote = *c;
        else if (begins_comment(c, before)) {
            char *begin = c;
            if (!(c = blank_comment(c)))
                return "a comment without end";
            for (; begin < c; begin++)
                *line_r += *begin == '\n';
        }
    }
    return NULL;
}
