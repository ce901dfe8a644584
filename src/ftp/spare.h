/*
 * spare - a listener for the data connection to come, made before PASV or EPSV asks.
 *
 * Who fetches many small files says EPSV for each, and waits for role dialer each time.
 * So once a transfer has ended, and its 226 is on its way, the next listener is asked for;
 * who has not come back for it after FTP_SPARE_MS does without.  Only where ports are not
 * scarce (no passive_ports).
 */
#ifndef FTP_SPARE_H
#define FTP_SPARE_H

#include "base/loop.h"
#include "wire/wire.h"

struct spare {
    int listener; /* -1: none */
    uint16_t port;
    struct timer end;
};
void spare_open(struct spare *);
void spare_close(struct spare *);

/* Asks for one; parks.  That there is none is no error. */
void spare_prepare(struct spare *, struct wire *control);
/* Hands it over, unless somebody has connected to it already; -1: there is none. */
int spare_take(struct spare *, uint16_t *port_r);

#endif
