/*
 * client_fate - what has become of a recipient, or of a whole session, at which step, and
 * in whose words.
 */
#ifndef SMTP_CLIENT_FATE_H
#define SMTP_CLIENT_FATE_H

#include "config/limits.h"
#include "smtp/client_reply.h"

/* X(enumerator, what we had said, seconds until there must be a reply) */
#define SMTP_STEPS(X)                                                                  \
    X(CONNECTION, "the connection", SMTP_GREETING_SECONDS)                             \
    X(GREETING, "the connection", SMTP_GREETING_SECONDS)                               \
    X(EHLO, "EHLO", SMTP_HELLO_SECONDS)                                                \
    X(HELO, "HELO", SMTP_HELLO_SECONDS)                                                \
    X(STARTTLS, "STARTTLS", SMTP_HELLO_SECONDS)                                        \
    X(AUTH, "AUTH", SMTP_HELLO_SECONDS)                                                \
    X(MAIL, "MAIL", SMTP_MAIL_SECONDS)                                                 \
    X(RCPT, "RCPT", SMTP_RCPT_SECONDS)                                                 \
    X(DATA, "DATA", SMTP_INITIATION_SECONDS)                                           \
    X(MESSAGE, "the message", SMTP_END_SECONDS)                                        \
    X(RSET, "RSET", SMTP_HELLO_SECONDS)                                                \
    X(QUIT, "QUIT", SMTP_QUIT_SECONDS)

enum smtp_step {
#define X(enumerator, words, seconds) SMTP_STEP_##enumerator,
    SMTP_STEPS(X)
#undef X
        SMTP_STEPS_COUNT
};
const char *smtp_step_words(enum smtp_step);

enum smtp_outcome {
    SMTP_UNTRIED,
    SMTP_SENT,
    SMTP_LATER, /* 4yz, or the session broke: try again */
    SMTP_NEVER, /* 5yz, or this server cannot take such a message */
};

struct smtp_fate {
    enum smtp_outcome outcome;
    enum smtp_step step;
    unsigned code;             /* of the reply; 0: there was none */
    struct smtp_status status; /* the reply's, or one that fits */
    /* All of the message was said and the reply did not come: it may be there (RFC 1047). */
    bool uncertain;
    char
        words[SMTP_FATE_WORDS]; /* the reply's, or what happened; printable, one line */
};

#endif
