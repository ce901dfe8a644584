/*
 * fetch_att - what a FETCH asks for (RFC 9051 §6.4.5; RFC 3501 §6.4.5 for RFC822; RFC 8970
 * for PREVIEW; RFC 7162 for MODSEQ; RFC 8474 for
 * EMAILID and THREADID; RFC 8514 for SAVEDATE).
 */
#ifndef IMAP_FETCH_ATT_H
#define IMAP_FETCH_ATT_H

#include "base/arena.h"

enum fetch_kind {
    FETCH_UID,
    FETCH_FLAGS,
    FETCH_INTERNALDATE,
    FETCH_SIZE,
    FETCH_MODSEQ,
    FETCH_EMAILID,
    FETCH_SAVEDATE,
    FETCH_ENVELOPE,
    FETCH_BODY, /* BODYSTRUCTURE without its extensions */
    FETCH_BODYSTRUCTURE,
    FETCH_PREVIEW,
    FETCH_THREADID,
    FETCH_SECTION,
    FETCH_BINARY,
    FETCH_BINARY_SIZE,
};

enum section_text {
    SECTION_WHOLE,
    SECTION_HEADER,
    SECTION_FIELDS,     /* HEADER.FIELDS */
    SECTION_FIELDS_NOT, /* HEADER.FIELDS.NOT */
    SECTION_TEXT,
    SECTION_MIME,
};

struct fetch_att {
    enum fetch_kind kind;
    enum section_text text;
    bool peek;    /* \Seen stays as it is */
    bool partial; /* octets [from, from + count) of it */
    uint64_t from, count;
    uint32_t *path; /* the part's number, "4.2.1" */
    size_t depth;
    struct span *fields;
    size_t field_count;
    struct span label; /* how the response calls it: "BODY[4.2.HEADER]<0>" */
};

struct fetch_atts {
    struct fetch_att *atts; /* the arena's */
    size_t count;
};

/* Takes one attribute, a macro, or a list in parentheses; false: it is none of them, or
 * past a limit. */
bool fetch_atts_take(struct span *rest, struct arena *, struct fetch_atts *atts_r);

#endif
