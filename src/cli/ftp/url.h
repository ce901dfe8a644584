/*
 * url - where a person wants to go: RFC 1738 §3.2, in the syntax of RFC 3986.
 *
 *     [ftp:// | ftpes:// | ftps://] [user[:password]@] host[:port] [/path] [;type=a|i|d]
 *
 * ftp: TLS by AUTH where the server has it; ftpes: TLS by AUTH, or nothing; ftps: TLS from
 * the first octet, port 990.  Without a scheme it is ftp.  An IPv6 address stands in
 * [brackets].
 *
 * The path begins where the login leads, as RFC 1738 §3.2.2 says; one that begins with
 * "//" or "/%2F" is absolute.  Percent-encoding may hide no octet that would end a command
 * (NUL, CR, LF).  Nothing is kept but in the struct.
 */
#ifndef CLI_FTP_URL_H
#define CLI_FTP_URL_H

#include "base/buf.h"

enum url_scheme { URL_FTP, URL_FTPES, URL_FTPS };

enum {
    URL_NAME_MAX = 255, /* user, password, host */
    URL_PATH_MAX = 4095,
    URL_OCTETS_MAX = 16 << 10, /* encoded */
};

struct url {
    enum url_scheme scheme;
    bool has_scheme;                       /* it was said */
    bool has_user, has_password, has_path; /* a path may be empty: that of "host/" */
    char user[URL_NAME_MAX + 1], password[URL_NAME_MAX + 1];
    char host[URL_NAME_MAX + 1]; /* without brackets */
    char path[URL_PATH_MAX + 1]; /* decoded; what the server is to be told */
    unsigned port;               /* said, or the scheme's own */
    char type;                   /* 'a', 'i', 'd', or NUL */
};

/* NULL, or what is wrong with it. */
const char *url_read(struct span, struct url *r);
/* Writes it so that url_read reads the same; with the password only if asked.  0 or
 * -errno. */
int url_put(struct buf *, const struct url *, bool with_password);
unsigned url_usual_port(enum url_scheme);

#endif
