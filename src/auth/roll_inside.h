/*
 * roll_inside - what the two files of the roll know of each other.
 */
#ifndef AUTH_ROLL_INSIDE_H
#define AUTH_ROLL_INSIDE_H

#include "auth/roll.h"

/* A copy of its own; false: no memory. */
bool roll_keep(struct span, struct span *kept_r);
void roll_drop(struct span);
/* Room for one pointer more in *(void **)array; false: no memory. */
bool roll_grow(void *array, size_t count, size_t *room);
/* 0, -EEXIST, -ENOMEM. */
int roll_put_address(struct roll *, struct span name, struct account *,
                     struct address **address_r);
void roll_address_free(struct address *);

#endif
