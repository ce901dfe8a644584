/*
 * service - what role parse does when it is asked: some messages read, one answer.
 */
#ifndef MIME_SERVICE_H
#define MIME_SERVICE_H

#include "ipc/channel.h"

/* What was found in one of them, in octets: the record, and behind it the text. */
struct parse_found {
    uint32_t record, text;
};

/* A service's run function (ipc/channel.h).  Nothing in it waits, so one question is
 * answered after the other; one that takes longer than PARSE_SECONDS ends the process
 * (SIGALRM).  If one message cannot be read there is no answer but that error. */
void parse_on_messages(struct call *, const void *question);

#endif
