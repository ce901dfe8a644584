/*
 * front - the fronts' side of keys: a struct tls whose keys lie in role keys.
 *
 * A front asks for what it shows when it begins, whenever keys says that something has
 * changed, and when keys was started again.  Whatever is wrong with keys, what it showed
 * last stays; handshakes wait for their signature, or fail.
 */
#ifndef KEYS_FRONT_H
#define KEYS_FRONT_H

#include "config/settings.h"
#include "ipc/channel.h"
#include "wire/tls.h"

/* Once a process, before the sandbox; lives as long as it.  NULL: out of memory. */
struct tls *keys_tls(const struct settings *);
/* The settings have changed; nothing where there is no TLS. */
void keys_take(const struct settings *);
/* On a fiber: waits until it is known what is shown.  0 or -errno. */
int keys_ask(void);

void keys_on_changed(struct call *, const void *question); /* MESSAGE_keys_changed */
void keys_on_end(struct channel *);                        /* for ipc_on_end */

#endif
