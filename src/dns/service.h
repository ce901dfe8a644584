/*
 * service - what role dns does when it is asked: the site's own records, then the DNS.
 */
#ifndef DNS_SERVICE_H
#define DNS_SERVICE_H

#include "config/settings.h"
#include "ipc/channel.h"

void dns_use(const struct settings *); /* borrowed; read anew with each question */
/* A service's run function (ipc/channel.h). */
void dns_on_question(struct call *, const void *question);

#endif
