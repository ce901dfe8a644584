/*
 * pathname - RFC 959's pathnames, and what TVFS (RFC 3659 §6) makes of them: from what a
 * client says, seen from its directory, to the path that files knows (files/path.h).
 *
 * Pure.  "." and ".." are worked out on the name alone; above "/" there is "/".
 */
#ifndef FTP_PATHNAME_H
#define FTP_PATHNAME_H

#include "base/span.h"
#include "config/limits.h"

enum {
    PATHNAME_SIZE = FILES_PATH_MAX + 1,
    PATHNAME_QUOTED_SIZE = 2 * FILES_PATH_MAX + 3
};

/* An absolute, plain path with a NUL behind it.  0, -EINVAL (empty, no UTF-8, control
 * characters), -ENAMETOOLONG. */
int pathname_resolve(struct span directory, struct span said,
                     char path_r[PATHNAME_SIZE]);

/* RFC 959 appendix II: in quotation marks, those within doubled; with a NUL. */
void pathname_quote(struct span path, char quoted_r[PATHNAME_QUOTED_SIZE]);

#endif
