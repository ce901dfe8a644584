/*
 * client_reply - what a server says to us, line by line: RFC 5321 §4.2, and the enhanced
 * status codes of RFC 2034 and RFC 3463.
 *
 * Nothing of it is believed.  A reply has at most SMTP_REPLY_LINES_MAX lines and
 * SMTP_REPLY_OCTETS_MAX octets, one code for all its lines, of 200 to 599; whatever else
 * comes is broken, and no connection goes on behind it (S23).  Pure: lines in, a reply out.
 */
#ifndef SMTP_CLIENT_REPLY_H
#define SMTP_CLIENT_REPLY_H

#include "base/buf.h"

/* RFC 3463 §2: class "." subject "." detail. */
struct smtp_status {
    uint8_t class; /* 2, 4 or 5 */
    uint16_t subject, detail;
};

/* Zeroed at birth but for text.max; the text is its owner's to free. */
struct smtp_reply {
    unsigned code; /* 200 to 599 */
    bool is_open;  /* its last line has not come */
    unsigned lines;
    size_t octets;
    struct smtp_status status; /* of the first line; class 0: it has none */
    struct buf text;           /* the lines without codes, joined by LF */
};

enum smtp_reply_step {
    SMTP_REPLY_MORE,   /* another line belongs to it */
    SMTP_REPLY_WHOLE,  /* that was the last one */
    SMTP_REPLY_BROKEN, /* no reply looks like that, or there is no memory for it */
};

/* One line more, without its line end.  The first one after SMTP_REPLY_WHOLE begins anew;
 * behind SMTP_REPLY_BROKEN there is nothing to read. */
enum smtp_reply_step smtp_reply_read(struct smtp_reply *, struct span line);

/* Takes "5.1.1" off the front, with the space behind it; false (nothing taken): that is
 * none, or its class is another than `class`. */
bool smtp_take_status(struct span *text, unsigned class, struct smtp_status *status_r);

/* All of it as one line for people, without codes, cleaned, cut to fit size >= 8. */
void smtp_reply_words(const struct smtp_reply *, char *words_r, size_t size);

/* ---- EHLO, RFC 5321 §4.1.1.1 */
enum {
    SMTP_HAS_PIPELINING = 1 << 0,
    SMTP_HAS_SIZE = 1 << 1,
    SMTP_HAS_8BITMIME = 1 << 2,
    SMTP_HAS_BINARYMIME = 1 << 3, /* and CHUNKING, without which it is none */
    SMTP_HAS_CHUNKING = 1 << 4,
    SMTP_HAS_SMTPUTF8 = 1 << 5,
    SMTP_HAS_STARTTLS = 1 << 6,
    SMTP_HAS_DSN = 1 << 7,
    SMTP_HAS_PLAIN = 1 << 8, /* AUTH PLAIN */
    SMTP_HAS_SCRAM = 1 << 9  /* AUTH SCRAM-SHA-256 */
};

struct smtp_extensions {
    unsigned has;
    uint64_t size;       /* RFC 1870: the largest message; 0: not said */
    unsigned recipients; /* RFC 9422 RCPTMAX: of one transaction; 0: not said */
    unsigned messages;   /* RFC 9422 MAILMAX: of one session; 0: not said */
};

/* text: of the reply to EHLO; its first line is the greeting. */
void smtp_extensions_read(struct span text, struct smtp_extensions *extensions_r);

#endif
