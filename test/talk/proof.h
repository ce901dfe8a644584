/*
 * proof - logins, as the fake world's auth has them.
 *
 * SCRAM's salt, iterations and our half of the nonce are those of RFC 7677 §3, so that a
 * dialogue can say what the RFC says.
 */
#ifndef TEST_TALK_PROOF_H
#define TEST_TALK_PROOF_H

#include "ipc/channel.h"

void proof_on_login(struct call *, const void *question);
void proof_on_first(struct call *, const void *question);
void proof_on_final(struct call *, const void *question);
void proofs_forget(void);

/* ---- world.c, for them */
/* Waits while auth is late; an error that stands for its health, or 0. */
int world_ask_auth(bool *busy_r);
uint64_t world_grant(uint64_t account); /* a handle */

#endif
