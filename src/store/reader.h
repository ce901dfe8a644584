/*
 * reader - the side that asks role parse.
 *
 * What parse answers is checked before anybody sees it.  When parse dies on a message, or
 * takes too long, or answers what is no record, the message is asked once more, alone;
 * and if that fails too, one opaque part stands for it (record_opaque) without text: a
 * message is never lost, and never asked for ever.  So one that kills parse costs the
 * others that were under way a second asking, no more.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "base/buf.h"
#include "ipc/message.h"

/* What was found; the spans live until found_close. */
struct found {
    struct span record, text;
    struct arena *arena;
    void *mapped;
    size_t mapped_len;
    struct buf opaque;
};

/* Parks.  0; -ENOTCONN: parse is not there (and the message was not its end): later;
 * -EAGAIN: its queue is full; -ECANCELED; -ENOMEM. */
int reader_ask(const struct parse_message *, struct found *found_r);
void found_close(struct found *);

/* Messages that became opaque since the start. */
uint64_t reader_given_up(void);

#endif
