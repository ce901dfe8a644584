/*
 * attempt - SCRAM exchanges between server-first-message and proof.
 *
 * auth keeps what it has said, for SCRAM_SECONDS and one proof.  An attempt is known by a
 * random number, to the front that began it alone.  There are SCRAM_ATTEMPTS_MAX at most;
 * then the oldest goes: it had the longest time.
 */
#ifndef AUTH_ATTEMPT_H
#define AUTH_ATTEMPT_H

#include "auth/scram.h"
#include "base/list.h"
#include "ipc/message.h"

struct attempt {
    uint64_t id;
    enum role front;
    uint32_t instance;
    uint64_t session;
    struct span name, source; /* who, and from where */
    struct span said;         /* client-first-message-bare "," server-first-message */
    struct scram_secret secret;
    uint64_t account; /* 0: nobody's, and no proof is right */
    uint64_t until;   /* clock_now() */
    struct list link;
};

struct attempts;
struct attempts *attempts_open(void); /* NULL: no memory */
void attempts_close(struct attempts **);

/* Keeps a copy of all but id, until and link; its id, or 0: no memory. */
uint64_t attempt_add(struct attempts *, const struct attempt *);
/* The attempt, once: the caller's from now on.  NULL: that front has none such. */
struct attempt *attempt_take(struct attempts *, uint64_t id, enum role front,
                             uint32_t instance);
void attempt_free(struct attempt **);

#endif
