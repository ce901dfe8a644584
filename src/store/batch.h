/*
 * batch - the next unread messages of one account, read together; for readings.c.
 *
 * They are listed by a job for the applier, who files nothing for it; fetched by a
 * thread; asked of parse together; their words go to the text (texts.h), and the records
 * into the index in one transaction.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "base/work.h"
#include "store/engine.h"
#include "store/texts.h"

struct batch_threads {
    struct work_pool *pool; /* that fetches */
    struct texts *texts;    /* NULL: no words are kept */
};

/* How far it has come with one account.  Zeroed at first, but for `more`. */
struct batch_progress {
    bool more;  /* there may be; false: all that had been filed has been read */
    bool moved; /* something was not where it had been listed: nothing was read, and the
                   * next call takes it as it is */
    size_t count; /* read this time */
};

/* Parks.  0, or -errno and none of them has been read. */
int batch_read(struct engine *, const struct batch_threads *, uint64_t account,
               struct batch_progress *);

#endif
