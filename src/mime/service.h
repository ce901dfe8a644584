/*
 * service - what role parse does when it is asked: one message read, one answer.
 */
#ifndef MIME_SERVICE_H
#define MIME_SERVICE_H

#include "ipc/channel.h"

/* A service's run function (ipc/channel.h).  Nothing in it waits, so one message is read
 * after the other; whoever takes longer than PARSE_SECONDS ends the process (SIGALRM). */
void parse_on_message(struct call *, const void *question);

#endif
