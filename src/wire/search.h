/*
 * search - the records of the transcript that fit a filter, in two passes.
 *
 * Who logged in, and how a session went, is known only after its first lines: so one pass
 * over what is new finds the sessions, a second gives their records out.  A session that
 * is found late, because it began before, is given from its beginning.  Both go in steps
 * of one block, between which others may have their turn, and what is remembered has a
 * bound: SEARCH_SESSIONS_MAX sessions that may still fit or are not given out yet; a pass
 * that meets more gives out first.
 */
#ifndef WIRE_SEARCH_H
#define WIRE_SEARCH_H

#include "wire/filter.h"
#include "wire/transcript_files.h"

struct search;

/* from: where to begin to give out, a cursor of transcript_files.h; what stands before
 * only says which sessions fit.  NULL: no memory. */
struct search *search_open(const struct wire_filter *, uint64_t from);
void search_close(struct search **);
const struct wire_filter *search_filter(const struct search *);

/* One step.  Octets of records put into records_r (at most max, at least RECORD_MAX);
 * -EAGAIN: there is more to look through; 0: nothing new so far; or -errno. */
ptrdiff_t search_step(struct search *, int dir, const struct transcript_range *,
                      char *records_r, size_t max);
/* Where another search with this filter would go on. */
uint64_t search_cursor(const struct search *);

#endif
