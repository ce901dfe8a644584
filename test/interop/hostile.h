/*
 * hostile - what the fronts that were taken over have in common; see hostile_front.c.
 */
#ifndef INTEROP_HOSTILE_H
#define INTEROP_HOSTILE_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define SECRET "only-for-bob" /* in Bob's mail */

enum { ROUNDS = 2000 };

__attribute__((format(printf, 2, 3))) void check(bool ok, const char *format, ...);
uint32_t any(void);
void report(const char *front); /* "FRONT: N passed, N failed" */
unsigned failures(void);

/* The ports that the site listens at. */
extern uint16_t hostile_ports[];
extern size_t hostile_port_count;

/* On a fiber, once the role serves. */
void be_mx(void *unused);
void be_pop3(void *unused);
void be_ftp(void *unused);
void dial_oddly(uint64_t handle); /* with which /carols can be read */
void ask_keys_oddly(void);        /* mx or pop3 */

#endif
