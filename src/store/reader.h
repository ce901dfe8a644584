/*
 * reader - the side that asks role parse.
 *
 * What parse answers is checked before anybody sees it.  When parse dies on a question, or
 * takes too long, or answers what is no record, each of its messages is asked once more,
 * alone; and if that fails too, one opaque part stands for it (record_opaque) without
 * text: a message is never lost, and never asked for ever.  So one that kills parse costs
 * the others that were under way a second asking, no more.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "base/buf.h"
#include "ipc/message.h"

/* What was found in one message.  The spans point into what one of those that were asked
 * together holds: they are closed together. */
struct found {
    struct span record, text;
    struct arena *arena;
    void *mapped;
    size_t mapped_len;
    struct buf opaque;
};

/* Parks.  Each message of the question (at most UNREAD_MAX, sizes as they are) has its
 * place in found_r.  0; -ENOTCONN: parse is not there (and no message was its end): later;
 * -EAGAIN: its queue is full; -ECANCELED; -ENOMEM. */
int reader_ask(const struct parse_messages *, struct found *found_r);
void found_close(struct found *);

/* Messages that became opaque since the start. */
uint64_t reader_given_up(void);

#endif
