/*
 * every - for tests: any message, filled with the least, the most, or anything.
 */
#ifndef IPC_EVERY_TEST_H
#define IPC_EVERY_TEST_H

#include "ipc/channel.h"
#include "ipc/codec.h"

enum filling { LEAST, MOST, ANYTHING, FILLINGS };

/* Spans point to memory that stays; descriptors are duplicates of `descriptor`, or it
 * itself when `lend`. */
struct filler {
    enum filling filling;
    int descriptor;
    bool lend;
    uint32_t random; /* not 0 */
};
uint32_t every_random(struct filler *);
void every_fill(struct filler *, enum message, enum packet_kind,
                union fields *fields_r);
/* Descriptors are the same when they lead to the same file. */
bool every_same(enum message, enum packet_kind, const union fields *,
                const union fields *);
/* Closes its descriptors; reads every octet of its spans. */
uint32_t every_drop(enum message, enum packet_kind, const union fields *);

/* The generated ask_name or tell_name for a message; tell: on this channel. */
int every_ask(enum message, const union fields *, union fields *answer_r,
              struct arena *);
int every_tell(enum message, struct channel *, const union fields *);
/* The generated answer_name. */
void every_answer(struct call *, const union fields *);

/* A row for every message; all run every_serve. */
extern const struct service every_service[MESSAGES + 1];
extern void (*every_serve)(struct call *, const union fields *question);

#endif
