/*
 * handles - what auth has granted at store or files, and to which front.
 *
 * A handle stands for an account and what may be done with it, on the channel of one copy
 * of one front.  It goes with its session, its front, its account; one that nobody ever
 * used (a login that was answered too late) makes room for others after a while.  What
 * the sessions of one account hold of snapshots in a front's memory is bounded, too.
 */
#ifndef ROLE_HANDLES_H
#define ROLE_HANDLES_H

#include "base/list.h"
#include "ipc/channel.h"
#include "store/session.h"

struct handle {
    uint64_t handle, account;
    uint32_t rights; /* enum right */
    enum role front;
    uint32_t instance;
    uint64_t granted; /* when */
    bool used;
    uint32_t mailbox; /* that it has before it; 0: none */
    size_t rows;      /* of its snapshot */
    uint64_t lease;   /* engine_release's; 0: none */
    bool told;        /* that its mailbox has changed; it has not asked since */
    struct list of_account;
};

/* on_drop: with each that goes. */
int handles_open(void (*on_drop)(const struct handle *));
void handles_close(void);
size_t handles_count(void);

/* 0; -ENOMEM: there are too many.  rights: enum right; front: enum role. */
int handles_grant(uint64_t handle, uint64_t account, uint32_t rights, uint8_t front,
                  uint32_t instance);
/* THE decision: may this front do that with what the handle stands for?  The handle, or
 * NULL: no. */
struct handle *handles_may(const struct call *, uint64_t handle, enum right);
/* It gets a snapshot of so many rows: 0, or -EUSERS: that account's sessions have too
 * many. */
int handles_take_rows(struct handle *, size_t rows);
/* Every handle of the account that has the mailbox before it; what is done with one may
 * not drop any. */
void handles_each(uint64_t account, uint32_t mailbox,
                  void (*on_handle)(struct handle *));
/* The session that had it is over. */
void handles_release(const struct call *, uint64_t handle);
void handles_drop_account(uint64_t account);
void handles_drop_front(const struct channel *);

#endif
