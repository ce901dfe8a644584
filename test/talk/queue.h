/*
 * queue - the fake world's queue: what submission puts into it, for dialogues to look at.
 */
#ifndef TEST_TALK_QUEUE_H
#define TEST_TALK_QUEUE_H

#include "store/session.h"

void queue_open(void); /* this site has one */
void queue_forget(void);
/* May mail for that address go into it? */
bool queue_takes(struct span address);
struct ticket queue_ticket(const uint8_t key[TICKET_KEY_OCTETS]);
/* An envelope, of the message of that number: delivered to @envelopes, in words. */
bool queue_put(struct span envelope, uint64_t email);

#endif
