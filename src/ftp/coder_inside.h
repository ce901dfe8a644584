/*
 * coder_inside - what encoder.c and decoder.c have alike.
 *
 * Octets pass two stages: the mode's and the text's (type and structure), each with one
 * buffer in front of whoever is next.
 */
#ifndef FTP_CODER_INSIDE_H
#define FTP_CODER_INSIDE_H

#include "ftp/coder.h"

#include <zlib.h>

enum { CODER_BUFFER = 32 << 10, CODER_MARK_MAX = 64 };

/* RFC 959 §3.4.2: the descriptor of a block's header. */
enum block_descriptor {
    BLOCK_EOR = 128,
    BLOCK_EOF = 64,
    BLOCK_ERRORS = 32,
    BLOCK_MARK = 16
};
/* §3.4.1: what stands behind an octet of all ones. */
enum { RECORD_ESCAPE = 255, RECORD_EOR = 1, RECORD_EOF = 2 };

struct coder {
    struct coder_form form;
    coder_say *say;
    void (*on_mark)(void *arg, struct span mark);
    void *arg;
    bool decodes;
    z_stream z;
    bool has_z, z_ended;

    bool after_cr; /* the octet before was CR */
    bool escaped;  /* the octet before was the escape of records */
    bool ended;    /* EOF was read */

    /* block mode, on its way in */
    uint8_t header[3], header_len, descriptor;
    uint32_t left; /* octets of this block */
    char mark[CODER_MARK_MAX];
    size_t mark_len;

    size_t len; /* of buffer */
    char buffer[CODER_BUFFER];
};

struct coder *coder_new(const struct coder_form *, coder_say *, void *arg);
int decoder_put(struct coder *, struct span octets);
int decoder_end(struct coder *);

#endif
