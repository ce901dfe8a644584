/*
 * pair - for the tests of this directory: sessions on one end of a socketpair, the test
 * on the other, and time that the test moves.
 */
#ifndef WIRE_PAIR_TEST_H
#define WIRE_PAIR_TEST_H

#include "base/clock.h"
#include "wire/wire.h"

struct pair {
    int peer; /* non-blocking; -1 once closed */
    struct wire *wire;
    void (*session)(struct wire *, void *arg);
    void *arg;
    bool over; /* the session has returned and the wire is closed */
    char heard[256 << 10];
};

extern const struct wire_settings pair_settings; /* lines of 100, 10 s, 20 s */

void pair_begin(void); /* a loop and an unshifted clock */
void pair_end(void);
/* Starts the session on a fiber; it closes the wire behind it. */
bool pair_open(struct pair *, void (*session)(struct wire *, void *), void *arg);
bool pair_open_type(struct pair *, int type, void (*session)(struct wire *, void *),
                    void *arg); /* type: SOCK_STREAM, SOCK_SEQPACKET */
bool pair_open_as(struct pair *, int type, const struct wire_settings *,
                  void (*session)(struct wire *, void *), void *arg);
void pair_close(struct pair *); /* closes the peer's end and lets the session finish */

void pair_turns(int n);
void pair_say(struct pair *, struct span); /* all of it, then some turns */
/* What the session has said since the last time; takes some turns first. */
struct span pair_hear(struct pair *);
struct span pair_hear_now(struct pair *); /* without a turn */
bool pair_is_ended(struct pair *);        /* the peer reads the end of the stream */
void pair_pass(uint64_t nanoseconds);     /* time passes */

#endif
