/*
 * searches - the searches of the transcript that commands are at.
 *
 * A question of a command (admin_wire) names its search, which remembers the sessions that
 * fit; the first asks for number 0 and is told another.  One that is no longer there
 * (nobody asked for a while, or this role is new) is begun anew where the question says.
 */
#ifndef ROLE_SEARCHES_H
#define ROLE_SEARCHES_H

#include "ipc/message.h"
#include "wire/search.h"

struct searching; /* one of them, while a question is at it */

/* 0; -EINVAL: the filter is not sound; -ENOMEM. */
int searches_take(const struct admin_wire *question, struct searching **searching_r);
void searches_give_back(struct searching *);
struct search *searching_search(struct searching *);
uint64_t searching_number(const struct searching *);

#endif
