/* client_deflate - a client that compresses (RFC 4978), by zlib's own defaults. */
#ifndef TEST_TALK_CLIENT_DEFLATE_H
#define TEST_TALK_CLIENT_DEFLATE_H

#include "base/buf.h"

struct client_deflate;

struct client_deflate *client_deflate_open(void);
void client_deflate_close(struct client_deflate **);
/* What the buf holds becomes what goes on the wire. */
void client_deflate_say(struct client_deflate *, struct buf *);
/* False: it is no deflate. */
bool client_deflate_hear(struct client_deflate *, struct span, struct buf *in);

#endif
