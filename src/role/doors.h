/*
 * doors - where a front lets clients in: a listener for each listen section of its
 * services.
 *
 * What the listeners of all fronts have alike (deadlines and bounds of the settings, TLS
 * by role keys, the count of a source's sessions) is filled in here; a front says what is
 * its own.  They close when the role stops, and follow the settings.
 */
#ifndef ROLE_DOORS_H
#define ROLE_DOORS_H

#include "role/role.h"
#include "wire/listener.h"

enum door_tls { DOOR_NO_TLS, DOOR_STARTTLS, DOOR_IMPLICIT_TLS };

struct door {
    enum service_kind service;
    enum door_tls tls;
    const char *protocol; /* for the transcript; borrowed */
    void *host;           /* the session's argument; borrowed */
};

/* protocol: what its doors share: session, judge, busy, too_many; of the wire line_max,
 * read_time, alpn.  doors: `count` of them.  0, or -errno and it
 * has been said.  Once a process. */
int role_listen(const struct role_start *, const struct listener_settings *protocol,
                const struct door *doors, size_t count);

/* For role_serve, in every role: */
void doors_close(void); /* sessions go on */
void doors_take(const struct settings *);

#endif
