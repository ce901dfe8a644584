/*
 * service - what a site serves, and where it listens for it.
 *
 * A service has a port at a numeric address, but LMTP: that is not for strangers (RFC
 * 2033 §5), and has a socket in the site's directory.
 */
#ifndef CONFIG_SERVICE_H
#define CONFIG_SERVICE_H

#include "base/span.h"
#include "config/limits.h"

enum service_kind {
    SERVICE_SMTP,
    SERVICE_LMTP,
    SERVICE_SUBMISSION,
    SERVICE_SUBMISSIONS,
    SERVICE_POP3,
    SERVICE_POP3S,
    SERVICE_FTP,
    SERVICE_FTPS,
    SERVICE_IMAP,
    SERVICE_IMAPS,
    SERVICES
};

struct listen_setting {
    uint8_t service; /* enum service_kind */
    uint16_t port;   /* 0: there is a path instead */
    union {
        char address[SOURCE_OCTETS_MAX]; /* numeric IPv4 or IPv6 */
        char path[SOURCE_OCTETS_MAX];    /* a plain name in DIR */
    };
};

const char *service_name(enum service_kind);  /* "smtp" */
const char *service_title(enum service_kind); /* "SMTP" */
/* SERVICES: there is no such one. */
enum service_kind service_named(struct span);

/* Why that is no place for that service, or NULL; path empty: none was said. */
const char *listen_fault(const struct listen_setting *, struct span path);
bool listen_is_sound(const struct listen_setting *);

#endif
