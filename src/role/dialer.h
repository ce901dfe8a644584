/* dialer - role dialer's services, for its tests. */
#ifndef ROLE_DIALER_H
#define ROLE_DIALER_H

#include "config/settings.h"
#include "ipc/channel.h"

void dialer_policy(const struct settings *); /* borrowed */
void dialer_on_listen(struct call *, const void *question);
void dialer_on_listen_shared(struct call *, const void *question);
void dialer_on_connect(struct call *, const void *question);
void dialer_on_connect_back(struct call *, const void *question);

#endif
