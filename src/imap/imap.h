/*
 * imap - the IMAP server's room.
 *
 * RFC 9051 (IMAP4rev2) and RFC 3501 (IMAP4rev1), of which a client has the latter until
 * it enables the former; RFC 2177 (IDLE), RFC 2342 (NAMESPACE), RFC 2971 (ID), RFC 3348
 * (CHILDREN), RFC 3516 (BINARY), RFC 3691 (UNSELECT), RFC 4315 (UIDPLUS), RFC 4469 (CATENATE), RFC 4731
 * (ESEARCH), RFC 4959 (SASL-IR), RFC 4978 (COMPRESS=DEFLATE), RFC 5032 (WITHIN), RFC 5182
 * (SEARCHRES), RFC 5256 (SORT, THREAD), RFC 5258 (LIST-EXTENDED), RFC 5267 (ESORT), RFC 5819
 * (LIST-STATUS), RFC 6154 (SPECIAL-USE), RFC 5957 (SORT=DISPLAY), RFC 6851 (MOVE), RFC 7888 (LITERAL+), RFC 7889
 * (APPENDLIMIT), RFC 7162 (CONDSTORE, QRESYNC),
 * RFC 8437 (UNAUTHENTICATE), RFC 8438 (STATUS=SIZE), RFC 8474 (OBJECTID), RFC 8514
 * (SAVEDATE), RFC 8970 (PREVIEW), RFC 9208 (QUOTA), RFC 9394
 * (PARTIAL), RFC 9586 (UIDONLY).
 *
 * Deviations, and why:
 *   - INBOX is subscribed to, always.  A mailbox that is deleted leaves what is below it
 *     (§6.3.5), and whoever has it before him hears BYE (RFC 2180 §3.3).
 *   - What is appended is kept octet for octet as it came.
 *   - An account has 56 keywords, for good (RFC 9051 §2.3.2).  EXPUNGE removes for good.
 *   - \Recent is on no message (RFC 9051 dropped it): which session was the first to hear
 *     of one is not kept.
 *   - SEARCH TEXT looks in the body, and of the header in the subject, addresses and
 *     message-ids.  Texts are compared without accents, too.
 *   - A NUL in a message goes out as 0x80 where the grammar has no place for it.
 */
#ifndef IMAP_IMAP_H
#define IMAP_IMAP_H

#include "ipc/channel.h"
#include "wire/wire.h"

struct imap_host {
    const char *name;
    bool plaintext_login;           /* from loopback addresses, without TLS */
    uint64_t login_time, idle_time; /* nanoseconds */
    uint64_t message_size;          /* of APPEND, RFC 7889 */
};

void imap_session(struct wire *, void *host);
/* What a reply makes of the session: wire_settings.judge. */
uint8_t imap_judge(struct span reply);

/* The service by which store says that a mailbox has changed. */
void imap_on_changed(struct call *, const void *question);

extern const char imap_busy[], imap_too_many[];

#endif
