/*
 * keys - what the files of role keys know of each other.
 *
 *     keys_admin.c   a person's commands
 *     keys.c         the role: what it holds, which messages it takes
 */
#ifndef ROLE_KEYS_H
#define ROLE_KEYS_H

#include "keys/keyring.h"
#include "role/role.h"

extern struct keyring keys; /* services take no argument */

void keys_tell_change(void); /* to all fronts */

void keys_on_add(struct call *, const void *question);
void keys_on_next(struct call *, const void *question);
void keys_on_remove(struct call *, const void *question);

#endif
