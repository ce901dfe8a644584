/*
 * play - a dialogue played against a room, without a network.
 *
 * The session under test is the real one, on a fiber, with a real wire at one end of a
 * socketpair; the other end is the client.  Behind it stands the fake world, and the
 * clock is ours.  Each dialogue is played in several ways, so that no session depends on how
 * the octets happened to be cut:
 *
 *     whole      what the client says between two replies is one write
 *     octets     one octet at a time, with a turn of the loop after each
 *     pipelined  commands go together as far as RFC 2920 and RFC 2449 allow
 *     tls        the whole under TLS, from the first octet on; POP3's only, or where
 *                PLAY says so
 *
 * S03 demands that a client that says more than RFC 2920 allows is refused; that is why
 * "pipelined" ends a group behind EHLO, HELO, DATA, VRFY, EXPN, TURN, QUIT and NOOP.
 */
#ifndef TEST_TALK_PLAY_H
#define TEST_TALK_PLAY_H

#include "ipc/message.h"
#include "test/talk/script.h"
#include "wire/wire.h"

enum way { WHOLE, OCTETS, PIPELINED, TLS, WAYS };
const char *way_name(enum way);

/* Once a process: the loop, the clock page.  False: cannot. */
bool play_begin(void);

/* True: all that was said was what the dialogue wants; else the first difference is
 * printed. */
bool play(const struct script *, enum way);

#endif
