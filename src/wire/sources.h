/*
 * sources - how many sessions each network address has, and who is turned away (A03).
 *
 * Counted are the address, its /24 (IPv6: its /64, which one customer has, and its /48).
 * Past its limit a source is turned away; and once a front is crowded, at random, the
 * more likely the fuller it is: but never one whose network has no session yet, so that
 * who comes alone gets in beside those who come in crowds.  Exempt networks are neither
 * counted nor turned away.
 *
 * The counters are a fixed table under a keyed hash, two places for each source, of which
 * the lower counts: memory has a bound whatever comes, and nobody outside can choose
 * whom he shares a place with.  Two sources in one place can only be counted too high.
 *
 * Copies of a front count together: each has a table of its own in memory that the master
 * made, which it alone writes, and reads the sum of all.  The next life of a copy begins
 * its table anew.
 */
#ifndef WIRE_SOURCES_H
#define WIRE_SOURCES_H

#include "config/settings.h"

struct sources; /* one a process, for all its listeners */

/* What copies share: zeroed at first, but for a random key in its first SOURCES_KEY
 * octets. */
enum { SOURCES_KEY = 16 };
size_t sources_memory_size(unsigned copies);

/* memory: shared, borrowed; NULL: this process counts alone.  limits: borrowed, and read
 * anew each time.  NULL: no memory. */
struct sources *sources_open(void *memory, unsigned copies, unsigned self,
                             const struct source_setting *limits);
void sources_close(struct sources **);

enum source_verdict { SOURCE_EXEMPT, SOURCE_COUNTED, SOURCE_HAS_MANY, SOURCE_CROWDED };

/* A connection comes; sessions, max: how full its listener is.  One that is counted
 * must leave; one that is turned away has been logged, once a minute and source. */
enum source_verdict sources_enter(struct sources *, const struct ip *, size_t sessions,
                                  size_t max);
void sources_leave(struct sources *, const struct ip *);

#endif
