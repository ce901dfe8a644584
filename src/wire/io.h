/*
 * io - reading files in a front without ever blocking it.
 *
 * Warm pages are read at once (preadv2 with RWF_NOWAIT); what is not in memory is read
 * by the front's small thread pool, which owns the descriptor while the fiber is parked.
 */
#ifndef WIRE_IO_H
#define WIRE_IO_H

#include "base/span.h"

#include <sys/types.h>

/* Both may park.  -EAGAIN: too many wait for the disk already. */
/* Reads exactly `size` octets at `at`; 0, -EIO (fewer are there), or -errno. */
int io_read(int fd, void *octets_r, size_t size, off_t at);
/* Writes all of `octets` at the file's position; 0 or -errno (some may be written). */
int io_write(int fd, struct span octets);

/* Runs fn(arg) on one of the threads, which owns arg and what it points to meanwhile.
 * 0: it has run; -errno: it will not. */
int io_run(void (*fn)(void *arg), void *arg);
/* There, after EAGAIN: is it soon possible?  Waits for some milliseconds at most, and not
 * when somebody else waits for the thread.  events: as poll has them. */
bool io_soon(int fd, short events);

/* Ends the threads, before the loop is closed; nothing may be under way. */
void io_end(void);

#endif
