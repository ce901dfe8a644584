/*
 * netrc - ~/.netrc: who one is on which machine, as ftp(1) and curl read it.
 *
 *     machine NAME login USER password PASSWORD [account ACCOUNT]
 *     default login anonymous password you@example.org
 *
 * Words are parted by blanks and line ends; one in "double quotes" may hold blanks, and a
 * backslash takes what is behind it.  "#" at a word's beginning opens a comment; macdef
 * and its lines, up to an empty one, are passed over.  The first entry that fits counts.
 */
#ifndef CLI_FTP_NETRC_H
#define CLI_FTP_NETRC_H

#include "base/span.h"

enum { NETRC_WORD_MAX = 255, NETRC_OCTETS_MAX = 1 << 20 };

struct netrc {
    bool has_user, has_password, has_account;
    char user[NETRC_WORD_MAX + 1], password[NETRC_WORD_MAX + 1];
    char account[NETRC_WORD_MAX + 1];
};

/* What the text has for this host, and, when it is not NULL, for this user there.
 * False: nothing. */
bool netrc_read(struct span text, const char *host, const char *user, struct netrc *r);

/* The same from $NETRC or ~/.netrc.  A file that others may read gives away no password:
 * -EPERM when one was there, and the rest is told.  0; -ENOENT: no file, or nothing in it; -errno. */
int netrc_look(const char *host, const char *user, struct netrc *r);

#endif
