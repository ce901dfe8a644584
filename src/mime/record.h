/*
 * record - what parse finds in a message, in the one form in which it is kept.
 *
 * One octet string: a head, five arrays of rows, and the strings that they point into.
 * parse makes it (mime/maker.h); store checks it once, when it comes (record_is_sound),
 * and keeps it; fronts look up and read neither the header nor the body again.  Strings
 * that the message has encoded (RFC 2047, 2231) are here twice: as IMAP shows them
 * (RFC 9051 §7.5.2: unfolded, comments and quoting taken away) and as UTF-8 without
 * control characters; where both are the same octets, they are there once.
 *
 * Parts stand in the order of the message; the rows behind a part are those below it.
 * A message/rfc822 has one part below it, the whole of the message that it holds, and
 * that one has an envelope, as the first part has.
 */
#ifndef MIME_RECORD_H
#define MIME_RECORD_H

#include "base/span.h"

enum {
    RECORD_MAGIC = 0x01524250, /* "PBR", version 1 */
    RECORD_NONE = -1,          /* as uint32_t: no such row */
};

/* Of the message. */
enum record_flag {
    RECORD_ATTACHMENT = 1, /* has a part that a person would call an attachment */
    RECORD_AMBIGUOUS = 2,  /* another reader may see another message */
    RECORD_CUT = 4,        /* some of it was past a limit and is not here */
    RECORD_UNREAD = 8,     /* parse could not read it: one opaque part */
};

enum record_kind { RECORD_OTHER, RECORD_TEXT, RECORD_MULTIPART, RECORD_MESSAGE };
/* clang-format off */
enum record_encoding {
    RECORD_7BIT, RECORD_8BIT, RECORD_BINARY, RECORD_QUOTED_PRINTABLE, RECORD_BASE64,
    RECORD_UNKNOWN, /* no such encoding: the body as it stands */
};
/* clang-format on */
enum record_part_flag {
    RECORD_PART_OPAQUE = 1, /* past a limit: not looked into */
    RECORD_PART_ATTACHMENT = 2,
    RECORD_PART_BROKEN = 4, /* its encoding is malformed; what could be was decoded */
};

/* clang-format off */
struct record_text { uint32_t at, len; }; /* at 0: not there (NIL), which is not "" */
struct record_rows { uint32_t first, count; };
/* clang-format on */

struct record_head {
    uint32_t magic, length; /* octets of the whole record */
    uint32_t size;          /* of the message: every offset is within */
    uint32_t flags;         /* enum record_flag */
    uint32_t parts, envelopes, addresses, parameters, words; /* rows, in this order, */
    uint32_t strings;                                        /* then octets */
    uint32_t text, text_body;   /* octets of the decoded text, 0 where nobody searches;
                                 * where the body's begin */
    struct record_text preview; /* RFC 8970 */
};

struct record_part {
    uint32_t parent;                   /* the first part's is itself */
    uint32_t below;                    /* parts: the rows behind this one */
    uint32_t header, header_length;    /* with the empty line */
    uint32_t body, body_length, lines; /* as they stand there */
    uint32_t decoded;                  /* octets of the body, once decoded */
    uint32_t envelope;                 /* RECORD_NONE: it is not a message's whole */
    struct record_text type, subtype;  /* lower case; the default, if need be */
    struct record_text encoding, id, description, description_decoded, md5, location;
    struct record_text disposition; /* lower case */
    struct record_text filename;    /* decoded, fit to be a name, or not there */
    struct record_rows parameters, disposition_parameters;
    struct record_rows languages; /* words */
    uint8_t kind, encoded, flags, unused;
};

struct record_envelope {
    uint64_t thread; /* hash of the base subject; 0: it is empty */
    int64_t time;    /* Date, seconds since 1970 */
    int32_t zone;    /* its minutes east; INT32_MIN: no such date */
    struct record_text date, subject, subject_decoded;
    struct record_text base_subject; /* RFC 5256 §2.1 */
    struct record_text in_reply_to, message_id;
    struct record_rows from, sender, reply_to, to, cc, bcc; /* addresses */
    struct record_rows ids, replies,
        references; /* words: what stands between < and > */
    uint32_t unused;
};

enum record_address_kind { RECORD_MAILBOX, RECORD_GROUP, RECORD_GROUP_END };
struct record_address {
    uint32_t kind;
    struct record_text name, name_decoded, local_part, domain;
};

struct record_parameter {
    uint32_t extended; /* it stood there as name* or in sections: RFC 2231 */
    struct record_text name, value, value_decoded;
};

/* ---- reading: rows come by value, for a record has no alignment */
struct record {
    struct record_head head;
    const char *parts, *envelopes, *addresses, *parameters, *words, *strings;
};

/* Every bound of it, once.  False: it is no record. */
bool record_is_sound(struct span octets);
/* Of octets that were once sound. */
void record_open(struct span octets, struct record *record_r);
struct record_part record_part(const struct record *, uint32_t row);
/* RECORD_NONE (of what stands for a message that cannot be read): one that says nothing. */
struct record_envelope record_envelope(const struct record *, uint32_t row);
struct record_address record_address(const struct record *, uint32_t row);
struct record_parameter record_parameter(const struct record *, uint32_t row);
struct record_text record_word(const struct record *, uint32_t row);
struct span record_text(const struct record *, struct record_text); /* .at NULL: NIL */

#endif
