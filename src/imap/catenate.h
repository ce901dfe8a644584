/*
 * catenate - inside the IMAP room: what the URLs of CATENATE (RFC 4469) name.
 *
 * A URL is one of this account's: "/INBOX;UIDVALIDITY=785799047/;UID=113330/;SECTION=1.5"
 * (RFC 5092, from its path on), with PARTIAL if need be.  One that names a server is
 * nobody's here, and so is one with URLAUTH.
 */
#ifndef IMAP_CATENATE_H
#define IMAP_CATENATE_H

#include "imap/session.h"

struct catenate_url {
    struct span mailbox;       /* UTF-8 */
    uint32_t uidvalidity, uid; /* uidvalidity 0: whichever it is */
    struct span section;       /* .at NULL: the whole message */
    uint64_t from, count;      /* of its octets */
};

/* What it says, without its percents; false: it is none that can be meant. */
bool catenate_url_read(struct span url, struct arena *, struct catenate_url *url_r);
/* Puts what it names behind the message.  0; -ENOENT: it names nothing here; or -errno. */
int catenate_put(struct imap *, const struct catenate_url *, struct incoming *to);

#endif
