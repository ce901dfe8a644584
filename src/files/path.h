/*
 * path - names of the users' files, as they travel between roles.
 *
 * A path is absolute, UTF-8 (RFC 2640), and plain: "/" alone, or parts that each begin
 * with "/": none of them empty, "." or "..", none with a control character, "/" or NUL in
 * it.  The front makes it so; here it is checked again, for a front may have been taken
 * over (F04).  A pattern is one part with "*", "?" and "[...]" in it, and nothing else:
 * no braces, and never a "/" (F06); to match takes time proportional to the product of
 * both lengths at most, whatever stands in it.
 */
#ifndef FILES_PATH_H
#define FILES_PATH_H

#include "base/span.h"
#include "config/limits.h"

/* 0, -EINVAL, or -ENAMETOOLONG. */
int path_check(struct span path);
/* Is it one part of a path? */
bool path_is_name(struct span name);
bool path_is_root(struct span path);
/* Takes the first part, with its "/", off the path; false: there is none left. */
bool path_take(struct span *path, struct span *name_r);
/* What stands before the last part ("" before the only one), and the last part. */
struct span path_parent(struct span path);
struct span path_name(struct span path);
/* Is `path` that tree's top, or below it?  The tree is no "/". */
bool path_is_in(struct span path, struct span tree);

/* Is it a pattern, with at most FILES_STARS_MAX stars? */
bool pattern_is_sound(struct span pattern);
/* An empty pattern matches everything. */
bool pattern_matches(struct span pattern, struct span name);

#endif
