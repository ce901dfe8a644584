/*
 * client_transfer - files, there and back: see client.h.
 *
 * A transfer goes on where it stopped: when the connection is lost, it is made again (up
 * to `tries`, after 1, 2, 4 ... seconds) and REST asks for the rest, for as long as each
 * try brings something new.  What the server says of a size is a hint for progress, and
 * what it must keep: more or fewer octets than it promised are an error.
 */
#ifndef FTP_CLIENT_TRANSFER_H
#define FTP_CLIENT_TRANSFER_H

#include "ftp/client.h"

enum { FTP_SIZE_UNKNOWN = -1 };

struct ftp_transfer {
    const char *path; /* the server's */
    /* The local file, by position (pread, pwrite); -1: on_octets, for ftp_get alone. */
    int fd;
    uint64_t offset; /* where to begin, in both files */
    int64_t size;    /* of the whole file, as far as known; or FTP_SIZE_UNKNOWN */
    bool ascii;      /* TYPE A: line ends become this machine's and the server's */
    bool append;     /* ftp_put: APPE */
    bool check;      /* compare checksums behind it, where the server can (HASH) */
    bool more;       /* another transfer follows at once: prepare it meanwhile */
    int (*on_octets)(void *arg, struct span);        /* not 0 ends it with that error */
    void (*on_progress)(void *arg, uint64_t octets); /* of the whole file, so far */
    void *arg;
    /* What came of it. */
    uint64_t octets_r; /* of the whole file, here after ftp_get, there after ftp_put */
    bool checked_r;    /* the checksums were compared, and are the same */
};

int ftp_get(struct ftp_client *, struct ftp_transfer *);
int ftp_put(struct ftp_client *, struct ftp_transfer *);

/* From server to server (FXP): the octets do not come here.  One listens, the other
 * connects; with TLS one has to take the client's part (CPSV, SSCN).  Servers that allow
 * it are few (RFC 2577 §3).  The error is in both clients. */
int ftp_copy(struct ftp_client *from, const char *from_path, struct ftp_client *to,
             const char *to_path);

/* ---- a local file to receive into, below a directory that may be hostile by now: name
 * is a single component (-EINVAL), no symbolic link is followed (-ELOOP), nothing but an
 * ordinary file is opened (-EISDIR, -ENXIO).  fresh: emptied.  A descriptor or -errno. */
int ftp_local_file(int dir, const char *name, bool fresh);

/* ---- several connections to one place */
struct ftp_pool;
struct ftp_pool *ftp_pool_open(const struct ftp_options *, unsigned most);
void ftp_pool_close(struct ftp_pool **); /* all clients have been given back */
/* Parks until one is free; the others' knowledge of the server (FEAT) is shared.
 * NULL: cancelled, or out of memory. */
struct ftp_client *ftp_pool_take(struct ftp_pool *);
void ftp_pool_give(struct ftp_pool *, struct ftp_client *);
void ftp_pool_cancel(struct ftp_pool *); /* whatever they do; later takes: NULL */

#endif
