/*
 * fetch - bodies of messages from packs and files, for parse.
 *
 * Blocks, so it runs on a thread.  Those from packs come one behind the other: as octets,
 * or in a sealed memfd when they are too many for a message of ours, for a pack holds
 * more than they; a message with a file of its own comes as that.
 */
#ifndef STORE_FETCH_H
#define STORE_FETCH_H

#include "base/span.h"
#include "store/env.h"

struct fetched {
    struct unread what;
    int file;  /* its own; -1: its octets are among those below */
    int error; /* -ENOENT: it is not there; -EBADMSG: not what its checksum says */
};

/* In the order of their messages. */
struct fetched_octets {
    char *at; /* malloc'ed; or */
    size_t len;
    int file; /* -1 */
};

/* what: given.  0, or -errno and nothing has been fetched. */
int fetch(int store, uint64_t account, struct fetched *, size_t count,
          struct fetched_octets *octets_r);
/* Those that are too many for a message of ours go into a memfd. */
int fetched_seal(struct fetched_octets *);
void fetched_close(struct fetched *, size_t count, struct fetched_octets *);

#endif
