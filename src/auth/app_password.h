/*
 * app_password - further passwords of an account, for one program each.
 *
 * We make them: LETTERS random letters of 26, 94 bits, so that one salted SHA-256 keeps
 * them as well as any slow hash would, and to try all of an account's costs
 * microseconds.  They are shown in groups, "abcde-fghij-klmno-pqrst", and taken with the
 * groups parted by anything or nothing, in either case of letters.
 */
#ifndef AUTH_APP_PASSWORD_H
#define AUTH_APP_PASSWORD_H

#include "auth/directory.h"

/* A new one, all of it in the arena.  0 or -errno. */
int app_password_make(struct arena *, struct span *password_r, struct span *salt_r,
                      struct span *digest_r);
/* Which of the account's this is; NULL: none.  Borrowed as the credentials are. */
const struct app_password *app_password_find(const struct credentials *,
                                             struct span password);

#endif
