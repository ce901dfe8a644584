/*
 * client - SMTP, the side that sends: RFC 5321 §3 and §4.5.3.2, RFC 2920 (PIPELINING),
 * RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 3030 (CHUNKING, BINARYMIME), RFC 6531
 * (SMTPUTF8), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 3461 (DSN, handed on), RFC 9422 (LIMITS).
 *
 * A session is straight: open, send as many messages as there are, close; each a call that
 * parks the fiber.  What has become of a message stands with each of its recipients.
 * Nothing that a server says is believed (S23): a reply that is none, one that comes
 * before it can be one, and 421 anywhere end the session, and who has no fate yet is to be
 * tried again.  Only a reply of 2yz to the whole message means that it was sent.
 *
 * A message whose octets the server cannot take is refused here and not converted:
 * rewriting it would break its signatures (S16).
 *
 * The wire is the caller's, with wire_settings.is_client, .write_time SMTP_BLOCK_SECONDS,
 * .line_max SMTP_REPLY_LINE_MAX, and .tls_client where TLS may be spoken.
 */
#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include "smtp/client_fate.h"
#include "wire/wire.h"

enum smtp_security {
    SMTP_TLS_NEVER,
    SMTP_TLS_TRY,  /* where it is offered */
    SMTP_TLS_MUST, /* or nothing is sent */
};

struct work_pool;

/* Borrowed while the session lasts. */
struct smtp_client_settings {
    const char *name; /* who we are: RFC 5321 §4.1.1.1 */
    enum smtp_security security;
    /* For a smart host; NULL: no login.  Prepared (auth/prepare.h).  Whom they are shown
     * to is for the TLS client to have verified. */
    const char *user, *password;
    bool plaintext_login;   /* PLAIN may be said without TLS */
    struct work_pool *work; /* where SCRAM's keys are made; NULL: here */
    const char *nonce;      /* a test's, for SCRAM; NULL: a random one */
};

/* What a message has that not every server takes. */
struct smtp_needs {
    bool eight_bit;   /* RFC 6152: octets beyond ASCII */
    bool header_utf8; /* RFC 6532: such octets in its header section */
    bool binary;      /* RFC 3030: a NUL, a bare CR or a bare LF */
    bool unended;     /* the last line has no CRLF */
};
/* Looks at every octet once. */
struct smtp_needs smtp_needs_of(struct span message);

struct smtp_recipient {
    struct span mailbox; /* without "<" and ">" */
    struct span notify;  /* RFC 3461 §4.1, as it is to be said; empty: not given */
    struct span orcpt;   /* §4.2, the same */
    struct smtp_fate fate;
};

struct smtp_outgoing {
    struct span reverse_path; /* without "<" and ">"; empty: the null sender */
    struct span ret, envid; /* RFC 3461 §4.3, §4.4, as they are to be said; or empty */
    bool utf8;              /* RFC 6531: it came with SMTPUTF8 */
    struct span octets;     /* in wire form, dots not stuffed */
    struct smtp_needs needs; /* smtp_needs_of(octets) */
    struct smtp_recipient *recipients;
    size_t count;
};

struct smtp_client {
    struct wire *wire;
    const struct smtp_client_settings *settings;
    bool over;             /* nothing more can be sent here */
    struct smtp_fate fate; /* then: why */
    struct smtp_extensions extensions;
    struct smtp_reply reply; /* the last one */
    bool is_open_transaction;
    unsigned messages; /* tried so far */
};

/* The greeting, EHLO or HELO, TLS, login.  False: it is over, and `fate` says why. */
bool smtp_client_open(struct smtp_client *client_r, struct wire *,
                      const struct smtp_client_settings *);
/* To all recipients that are SMTP_UNTRIED; none is afterwards.  Also when it is over. */
void smtp_client_send(struct smtp_client *, const struct smtp_outgoing *);
/* May another message follow? */
bool smtp_client_may_go_on(const struct smtp_client *);
/* QUIT, where somebody still listens; the wire stays the caller's. */
void smtp_client_close(struct smtp_client *);

#endif
