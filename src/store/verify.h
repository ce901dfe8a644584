/*
 * verify - the inside of engine_verify: what it carries along.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "base/map.h"
#include "store/engine.h"

struct verify {
    int store;
    uint64_t id;         /* of the store */
    uint64_t checkpoint; /* its lsn: below it all has been filed, durably */
    uint64_t faults;
    struct verify_report report;
    void (*on_fault)(const char *fault, void *arg);
    void *arg;
    /* What the next recovery will still do: deliveries by lsn, large messages by name. */
    struct map *deliveries, *large;
};

void verify_fault(struct verify *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* 0, or -errno when it could not look. */
int verify_account(struct verify *, uint64_t account);

#endif
