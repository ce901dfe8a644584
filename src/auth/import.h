/*
 * import - lines of other programs' password files.
 *
 *     bob@hamburger.edu:$6$...                a name and a hash: htpasswd's, anybody's
 *     bob:$y$...:19000:0:99999:7:::           /etc/shadow's
 *     bob@hamburger.edu:{BLF-CRYPT}$2y$...:   Dovecot's passwd-file
 *
 * A hash is kept as it is, so it must be one that crypt(3) knows: whoever has the password
 * can log in as before, and nobody has to be asked for it.
 */
#ifndef AUTH_IMPORT_H
#define AUTH_IMPORT_H

#include "base/span.h"

struct import_line {
    struct span name; /* with a domain or without */
    struct span hash;
};
/* False: there is nothing to import, and *why_r says why; NULL: an empty line or a
 * comment.  The line comes without its end. */
bool import_take_line(struct span line, struct import_line *line_r, const char **why_r);

/* Would crypt(3) make such a hash? */
bool hash_is_usable(struct span hash);

#endif
