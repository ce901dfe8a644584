/*
 * reply_read - a server's replies, line by line: RFC 959 §4.2, and what servers make of
 * it: a last line that is its code alone, codes on every line, no text at all.
 *
 * A reply may have any number of lines; those that are kept are bounded (the text is then
 * cut), and so are those that are read (REPLY_BROKEN).
 */
#ifndef FTP_REPLY_READ_H
#define FTP_REPLY_READ_H

#include "base/buf.h"

/* Zeroed at birth but for text.max; the text is its owner's to free. */
struct reply {
    unsigned code;   /* 100 to 599 */
    bool is_open;    /* its last line has not come */
    size_t octets;   /* read so far */
    struct buf text; /* the lines without the codes, joined by LF */
};

enum reply_step {
    REPLY_MORE,   /* another line belongs to it */
    REPLY_WHOLE,  /* that was the last one */
    REPLY_BROKEN, /* no reply begins so; or it has no end */
};

/* One line more, without its line end.  The first one after REPLY_WHOLE begins anew. */
enum reply_step reply_read(struct reply *, struct span line);

/* ---- what stands in replies.  False: it is not there. */
/* 227, RFC 959 §4.1.2: six numbers somewhere in the text (RFC 1123 §4.1.2.6). */
bool reply_passive(struct span text, uint8_t host_r[4], uint16_t *port_r);
/* 229, RFC 2428 §3: (|||6446|), the delimiter any octet of 33 to 126. */
bool reply_extended_passive(struct span text, uint16_t *port_r);
/* 257, RFC 959 appendix II: "/a ""quoted"" name"; NUL-ended.  false too when it is too long or
 * the quotes do not end. */
bool reply_directory(struct span text, char *path_r, size_t size);

/* ---- FEAT, RFC 2389 §3.2 */
enum {
    FEATURE_KNOWN = 1 << 0, /* FEAT was answered */
    FEATURE_MLST = 1 << 1,
    FEATURE_SIZE = 1 << 2,
    FEATURE_MDTM = 1 << 3,
    FEATURE_REST = 1 << 4, /* REST STREAM */
    FEATURE_EPSV = 1 << 5,
    FEATURE_EPRT = 1 << 6,
    FEATURE_UTF8 = 1 << 7,
    FEATURE_TLS = 1 << 8, /* AUTH TLS */
    FEATURE_PROT = 1 << 9,
    FEATURE_MFMT = 1 << 10,
    FEATURE_HASH = 1 << 11,
    FEATURE_XCRC = 1 << 12,
    FEATURE_XSHA256 = 1 << 13,
    FEATURE_XSHA1 = 1 << 14,
    FEATURE_XMD5 = 1 << 15,
    FEATURE_SSCN = 1 << 16,
    FEATURE_CPSV = 1 << 17,
    FEATURE_TVFS = 1 << 18,
    FEATURE_MFF = 1 << 19,
    FEATURE_HOST = 1 << 20,
};
/* The features that the lines of the reply name. */
unsigned reply_features(struct span text);

#endif
