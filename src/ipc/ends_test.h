/*
 * ends - for tests: both ends of a channel in one process, and time that can pass.
 */
#ifndef IPC_ENDS_TEST_H
#define IPC_ENDS_TEST_H

#include "ipc/channel.h"
#include "ipc/codec.h"

/* asker's channel to server, and server's to asker. */
void ends_open(enum role asker, enum role server, const struct service *);
/* Only the server's end is a channel; returns the other one's descriptor. */
int ends_open_raw(enum role asker, enum role server, const struct service *);
void ends_close(void); /* every channel, and what is under way */

void ends_pass(uint64_t nanoseconds); /* time passes */
/* Turns of the loop until *done, at most 20,000; done NULL: until nothing moves. */
bool ends_turn(const bool *done);

/* Says one packet on a raw end; false: the socket does not take it. */
bool ends_say(int end, const struct packet *, const void *fields);
/* Hears one packet there; returns its error, or 1 for none. */
int ends_hear(int end, struct packet *packet_r);
/* Says it as a question with these descriptors, whatever its fields are. */
void ends_say_with(int end, enum message, const void *fields, const int *descriptors,
                   size_t count);

size_t open_descriptors(void); /* of this process */

#endif
