/*
 * readings - messages are handed to parse once they have been filed, and what it finds is
 * kept: behind delivery, and never in its way.
 *
 * Accounts with something unread stand in a line.  Of one after the other the next
 * messages are listed (a job for the applier, who files nothing for it), fetched from
 * pack or file by a thread of its own, asked of parse together, and their rows put into
 * the index in one transaction.  `parsed` in the index says how far that has come, so a
 * restart goes on there: after a start every account is looked at, slowly.  When parse is
 * not there, all of it waits.
 */
#ifndef STORE_READINGS_H
#define STORE_READINGS_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct readings;

struct readings *readings_open(struct engine *); /* NULL: out of memory */
void readings_close(struct readings **);         /* nothing may be under way */
/* There may be something unread of that account; lsn: of what will be filed. */
void readings_note(struct readings *, uint64_t account, uint64_t lsn);
struct texts *readings_texts(const struct readings *); /* NULL: no words are kept */
/* Nothing is begun any more; what is under way ends soon. */
void readings_stop(struct readings *);
/* Messages that wait for their turn or are under way: accounts, that is. */
bool readings_is_idle(const struct readings *);
uint64_t readings_count(const struct readings *); /* messages read since the start */
uint64_t readings_tries(
    const struct readings *); /* turns of accounts; those that failed, too */

#endif
