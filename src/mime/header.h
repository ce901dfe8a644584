/*
 * header - a header section and its fields (RFC 5322 §2.2, obsolete ones §4.5).
 *
 * A field is shown as it stands, folded: no octet is copied.  White space before the
 * colon is taken (§4.5.1).  A line that is neither a field nor the continuation of one
 * is stepped over, and the message is ambiguous: others end the header there.
 */
#ifndef MIME_HEADER_H
#define MIME_HEADER_H

#include "mime/out.h"

/* The fields that are read here. */
#define HEADER_FIELDS(X)                                                               \
    X(FROM, "From")                                                                    \
    X(SENDER, "Sender")                                                                \
    X(REPLY_TO, "Reply-To")                                                            \
    X(TO, "To")                                                                        \
    X(CC, "Cc")                                                                        \
    X(BCC, "Bcc")                                                                      \
    X(SUBJECT, "Subject")                                                              \
    X(DATE, "Date")                                                                    \
    X(MESSAGE_ID, "Message-ID")                                                        \
    X(IN_REPLY_TO, "In-Reply-To")                                                      \
    X(REFERENCES, "References")                                                        \
    X(CONTENT_TYPE, "Content-Type")                                                    \
    X(CONTENT_TRANSFER_ENCODING, "Content-Transfer-Encoding")                          \
    X(CONTENT_ID, "Content-ID")                                                        \
    X(CONTENT_DESCRIPTION, "Content-Description")                                      \
    X(CONTENT_DISPOSITION, "Content-Disposition")                                      \
    X(CONTENT_LANGUAGE, "Content-Language")                                            \
    X(CONTENT_LOCATION, "Content-Location")                                            \
    X(CONTENT_MD5, "Content-MD5")

enum header_field {
#define X(enumerator, name) FIELD_##enumerator,
    HEADER_FIELDS(X)
#undef X
        FIELDS,
    FIELD_OTHER = FIELDS,
};

struct field {
    struct span name;  /* as it stands, without white space behind it */
    struct span value; /* what is behind the colon, folded, without the last line end */
};

/* Takes the next field off a section; false: there is none.  *noise_r (not touched
 * otherwise) becomes true when lines that belong to no field were stepped over. */
bool header_take_field(struct span *section, struct field *field_r, bool *noise_r);
enum header_field header_field_of(struct span name);

#endif
