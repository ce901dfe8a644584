/*
 * site - a site's directory, as the master finds and prepares it.
 *
 *   DIR/packetboat.conf  what a person wrote
 *   DIR/lock             locked by the master and its keepers: one server a site
 *   DIR/control          SEQPACKET socket of the running server, 0600
 *   DIR/NAME             STREAM socket of a `listen lmtp { path = NAME }`, 0660
 *   DIR/store auth log   each one keeper's own; what is inside is that keeper's matter
 *
 * Whatever goes wrong here is said on standard error by whoever finds it, in words that
 * name the cure; the callers only end.
 */
#ifndef ROLE_SITE_H
#define ROLE_SITE_H

#include "role/role.h"

struct site {
    const char *path; /* for messages; borrowed */
    int directory;
    int lock;
    struct settings settings;
    int settings_memory;       /* the same, sealed, for every role */
    int listen[LISTENERS_MAX]; /* sockets of settings.listen[] */
    int control;               /* listening */
    int keepers[ROLES];        /* a keeper's directory; else -1 */
};

/* What the reader of the configuration answers. */
struct config_answer {
    enum { CONFIG_ERROR, CONFIG_SETTINGS } kind;
    struct settings settings;
    char error[512];
};

/* A site of which nothing is open: all descriptors are -1. */
void site_none(struct site *, const char *path);

/* All: 0 or -errno, and it has been said.  A site is closed by site_close, whatever was
 * opened of it. */
int site_open(struct site *, const char *path);
int site_lock(struct site *);
int site_configure(struct site *);        /* reads packetboat.conf */
int site_make_directories(struct site *); /* of the keepers */
int site_listen(struct site *);           /* ports and sockets */
void site_unlisten(struct site *);        /* the sockets' names go */
void site_close(struct site *);

/* Reads packetboat.conf again: 0, or -errno and what is wrong in error_r; says nothing. */
int site_read_settings(const struct site *, struct settings *settings_r, char *error_r,
                       size_t size);

/* Connects to the control socket: a descriptor or -errno; says nothing. */
int site_connect(const char *path);

#endif
