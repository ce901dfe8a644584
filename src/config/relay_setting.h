/*
 * relay_setting - packetboat.conf's section relay: how mail for elsewhere is sent on.
 */
#ifndef CONFIG_RELAY_SETTING_H
#define CONFIG_RELAY_SETTING_H

#include "config/limits.h"
#include "config/network.h"

struct relay_setting {
    uint32_t wanted;      /* 1: there is such a section; else there is no queue */
    uint32_t port;        /* of other servers, RFC 5321 §4.5.4.2 */
    uint32_t connections; /* to one destination at a time */
    uint32_t retry_first, retry_most;     /* seconds between attempts (queue/retry.h) */
    uint32_t notice_after, give_up_after; /* seconds in the queue */
    uint32_t allows;
    struct network allow[EXEMPT_MAX]; /* no public addresses, but mail may go there */
};

#endif
