/*
 * message - inside the IMAP room: what a message is made of, looked up.
 *
 * What parse has found in messages (mime/record.h) is store's; a front asks for many at
 * once, and checks each, since it then believes its offsets.
 */
#ifndef IMAP_MESSAGE_H
#define IMAP_MESSAGE_H

#include "imap/session.h"
#include "mime/record.h"

struct fetch_att;

/* ---- records.c */
struct imap_records {
    size_t count;                           /* of those that were asked for */
    struct span records[RECORDS_A_MESSAGE]; /* empty: that message is gone */
    struct arena *arena;
    const void *mapped;
    size_t mapped_len;
};
/* Of messages by their index, RECORDS_A_MESSAGE at most; 0 or -errno.  Close it in any
 * case. */
int imap_records_ask(struct imap *, const size_t *indexes, size_t count,
                     struct imap_records *records_r);
/* The same, of messages by their email. */
int imap_records_of(struct imap *, const uint64_t *emails, size_t count,
                    struct imap_records *records_r);
void imap_records_close(struct imap_records *);

/* ---- section.c: BODY[...] of a message on its way out */
/* Octets of it, from an octet of the message on. */
struct extent {
    uint64_t from, size;
    bool there; /* false: NIL */
};
struct extent section_of(const struct record *, const struct fetch_att *);
/* §4.3.1: NUL has no place in a string; it goes as 0x80. */
void section_hide_nuls(char *octets, size_t size);
/* The fields of a header section that are asked for, and the empty line; as buf_put. */
int section_put_fields(struct span header, const struct fetch_att *, struct buf *);

#endif
