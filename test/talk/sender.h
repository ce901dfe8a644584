/*
 * sender - SMTP as a client, in dialogues whose file plays the server (SERVICE client).
 *
 * The session sends all messages that the dialogue has (SEND), over one connection, and
 * what became of them is looked at afterwards (FATE).
 */
#ifndef TEST_TALK_SENDER_H
#define TEST_TALK_SENDER_H

#include "base/arena.h"
#include "smtp/client.h"
#include "test/talk/script.h"

struct sender {
    struct smtp_client_settings settings;
    struct smtp_outgoing *mail;
    size_t count;
    char user[64], password[64], nonce[64];
};

/* "<alice@crepes.fr> <bob@hamburger.edu> … [SMTPUTF8] [RET=…] [300000]".  False: it is not. */
bool sender_add(struct sender *, struct arena *, const struct step *);
/* A room's session. */
void sender_session(struct wire *, void *sender);
/* "SENT MESSAGE 250 2.0.0 words" of the next recipient of that name whom nobody looked
 * at; false: there is none. */
bool sender_fate(struct sender *, struct span mailbox, char *fate_r, size_t size);
void sender_free(struct sender *);

#endif
