/*
 * fetch - bodies of messages from packs and files, for parse.
 *
 * Blocks, so it runs on a thread.  What travels inside a message comes as octets, what is
 * larger in a sealed memfd, for a pack holds more than one message; a message with a file
 * of its own comes as that.
 */
#ifndef STORE_FETCH_H
#define STORE_FETCH_H

#include "base/span.h"
#include "store/env.h"

struct fetched {
    struct unread what;
    char *octets; /* malloc'ed; or */
    int file;     /* -1 */
    int error;    /* -ENOENT: it is not there; -EBADMSG: not what its checksum says */
};

void fetch(int store, uint64_t account, struct fetched *, size_t count);
void fetched_close(struct fetched *);

#endif
