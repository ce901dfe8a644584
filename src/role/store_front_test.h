/*
 * store_front - role store and a front that asks it, in one process; for the tests of the
 * role's services.
 */
#ifndef ROLE_STORE_FRONT_TEST_H
#define ROLE_STORE_FRONT_TEST_H

#include "ipc/channel.h"
#include "store/place_test.h"

/* The key of tickets there. */
extern const uint8_t store_front_key[TICKET_KEY_OCTETS];
/* What the front has heard since store_front_begin. */
extern struct store_front_heard {
    uint64_t durable; /* up to this lsn */
    uint64_t changed; /* the handle that was last said to have changed */
    unsigned changes;
} store_front_heard;

/* The role over an engine in the place, and a front of that kind; closed and gone again. */
void store_front_begin(struct place *, enum role front);
void store_front_end(struct place *);
/* Runs it on a fiber; there it may ask. */
void store_front_run(void (*fn)(void));
/* As if auth had granted the handle. */
void store_front_grant(enum role front, uint32_t instance, uint64_t handle,
                       uint64_t account, uint32_t rights);
/* The handle has that mailbox before it; as of store_snapshot. */
int store_front_select(uint64_t handle, uint32_t mailbox);

#endif
