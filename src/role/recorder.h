/*
 * recorder - role log's work: from the rings of all roles to the files of DIR/log.
 *
 * Rings are read in turn, in large batches; records get the name of the role whose ring
 * it was, and go to DIR/log/wire.N (wire/transcript_files.h), events to DIR/log/events
 * too (role/events.h).  What a writer overwrote before it was read is noted.  The rings
 * may be written by processes that a stranger has taken over: nothing in them is
 * believed but that it is a record.  One a process.
 */
#ifndef ROLE_RECORDER_H
#define ROLE_RECORDER_H

#include "base/log.h"
#include "base/ring.h"
#include "ipc/message.h"
#include "wire/search.h"

/* dir: DIR/log, borrowed.  0 or -errno. */
int recorder_open(int dir);
void recorder_close(void);
/* From now on reads this ring too; size as ring_memory_size was told. */
void recorder_take(enum role, struct ring_memory *, size_t size);

/* Reads what every ring holds, at most one ring full of each, and writes it.  Returns how
 * many octets came. */
size_t recorder_read(void);
/* Lets writers ring the doorbell; false when something is there already. */
bool recorder_sleep(void);

/* A cursor past the end means the end. */
uint64_t recorder_cursor(uint64_t cursor);
/* search_step over what is written. */
ptrdiff_t recorder_search(struct search *, char *records_r, size_t max);

/* What this process itself has to say, for log_to. */
log_sink recorder_event;

#endif
