/*
 * comments - taken out of a configuration before libconfuse sees it.
 *
 * libconfuse 3.3 counts the lines of comments three times, takes a comment that does not
 * end, and prints some backslashes to standard output.
 */
#ifndef CONFIG_COMMENTS_H
#define CONFIG_COMMENTS_H

#include <stddef.h>

/* Puts spaces in the place of comments.  NULL, or what is wrong with the text; the line
 * of it, else the last line. */
const char *comments_blank(char *text, size_t *line_r);

#endif
