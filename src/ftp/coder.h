/*
 * coder - between what a file holds and what a data connection carries: RFC 959 §3.1.1
 * (ASCII), §3.1.2 (records) and §3.4 (block mode), and MODE Z (deflate, RFC 1950).
 *
 * Octets are pushed through: an encoder takes a file's and says the connection's, a
 * decoder the other way.  A file's lines end in LF; on the connection in CRLF.  Who has
 * records has a record for each line.  What `say` answers but 0 ends the work and is
 * returned.
 */
#ifndef FTP_CODER_H
#define FTP_CODER_H

#include "base/span.h"

struct coder_form {
    bool ascii, records;
    char mode; /* 'S', 'B' or 'Z' */
    int level; /* of deflate: 1 to 9 */
};

/* Would a coder change nothing? */
static inline bool coder_is_plain(const struct coder_form *f)
{
    return !f->ascii && !f->records && f->mode == 'S';
}

struct coder;
typedef int coder_say(void *arg, struct span octets);
/* NULL: out of memory. */
struct coder *encoder_open(const struct coder_form *, coder_say *, void *arg);
/* on_mark (may be NULL): a restart marker of block mode was read, behind `octets` of the
 * file. */
struct coder *decoder_open(const struct coder_form *, coder_say *,
                           void (*on_mark)(void *arg, struct span mark), void *arg);
void coder_close(struct coder **);

int coder_put(struct coder *, struct span octets);
/* It was all.  A decoder: -EPROTO when the connection ended before the data did. */
int coder_end(struct coder *);
/* A restart marker (§3.5), where the mode has them. */
int encoder_mark(struct coder *, struct span mark);

#endif
