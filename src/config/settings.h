/*
 * settings - the site's configuration, one typed block.
 *
 * DIR/packetboat.conf is read by a short-lived sandboxed child (role config) with
 * libconfuse; what leaves that child is this struct, of fixed size and without pointers,
 * in a sealed memfd that every role maps.  Accounts, domains and aliases are not here:
 * they are data.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "base/span.h"
#include "config/limits.h"
#include "config/network.h"
#include "config/relay_setting.h"
#include "config/service.h"

/* What one source may have of a front: see wire/sources.h. */
struct source_setting {
    uint32_t sessions;         /* of one address (IPv6: of one /64, too) */
    uint32_t network_sessions; /* of its /24 (IPv6: /48) */
    uint32_t exempts;
    struct network exempt[EXEMPT_MAX]; /* not counted, never turned away */
};

/* How much guessing is borne: see auth/penalty.h. */
struct penalty_setting {
    uint32_t failures; /* in so many seconds */
    uint32_t seconds;
    uint32_t exempts;
    struct network exempt[EXEMPT_MAX]; /* not counted */
};

/* How data connections of FTP are made: see wire/data.h. */
struct ftp_setting {
    uint32_t idle_seconds; /* a session between two commands */
    uint32_t data_seconds; /* a data connection that does not come, or does not move */
    uint32_t passive_first, passive_last; /* ports; 0: any that is free */
    uint32_t data_binding;                /* enum ftp_data_binding */
    uint32_t clear_data; /* 1: PROT C and CCC, where the login was under TLS */
    /* Told in PASV's reply (RFC 959 §5.3.2) instead of our own, IPv4; empty: our own. */
    char passive_address[SOURCE_OCTETS_MAX];
};
/* What must be so of a data connection under TLS, beside the peer's address. */
enum ftp_data_binding {
    DATA_BINDING_PEER,    /* a session that it resumes is the control connection's */
    DATA_BINDING_SESSION, /* and it must resume it */
};

/* The users' files: see files/cabinet.h. */
struct files_setting {
    uint32_t anonymous;       /* enum files_anonymous */
    uint32_t keep_unfinished; /* hours; 0: an upload that is cut short is gone */
    uint32_t hiddens, read_onlys;
    char hidden[FILES_TREES_SET_MAX][FILES_TREE_OCTETS_MAX];    /* nobody sees these */
    char read_only[FILES_TREES_SET_MAX][FILES_TREE_OCTETS_MAX]; /* or changes these */
};
/* May who has no account come in (RFC 1635)?  INCOMING: and store into /incoming. */
enum files_anonymous { ANONYMOUS_NO, ANONYMOUS_READ, ANONYMOUS_INCOMING };

/* Whom we ask for names: see config/dns_setting.h. */
struct dns_setting {
    uint32_t wanted;  /* 1: there is such a section; without it there is no role dns */
    uint32_t seconds; /* for one answer */
    uint32_t resolve; /* 0: a name that has no record here does not exist */
    uint32_t forwarders, anchors, records_octets;
    char forward[DNS_FORWARDERS_MAX][DNS_FORWARDER_MAX];
    char anchor[DNS_ANCHORS_MAX][DNS_ANCHOR_MAX];
    char records[DNS_RECORDS_OCTETS_MAX]; /* lines, each ended by a line feed */
};

struct settings {
    char hostname[DOMAIN_OCTETS_MAX + 1]; /* how we greet */
    uint32_t listeners;
    struct listen_setting listen[LISTENERS_MAX];
    uint32_t mx_copies; /* 0: one a core */
    uint32_t sessions;  /* of one front process */
    struct source_setting source;
    struct penalty_setting penalty;
    struct ftp_setting ftp;
    struct files_setting files;
    struct dns_setting dns;
    struct relay_setting relay;
    uint64_t message_size; /* RFC 1870 SIZE */
    uint64_t journal_segment;
    uint64_t compact_from;    /* octets of no use in an account's packs */
    uint32_t plaintext_login; /* 1: logins without TLS from loopback addresses */
    uint32_t text_index;      /* 1: words of messages are kept for search */
    uint32_t uid_base;        /* where started as root: role n runs as uid_base + n */
    uint32_t smtp_command_seconds; /* each deadline of limits.h can be lowered */
    uint32_t smtp_data_seconds;
    uint32_t pop3_idle_seconds;
    uint32_t pop3_expire;      /* days; POP3_EXPIRE_NEVER */
    uint32_t pop3_login_delay; /* seconds */
    uint32_t imap_idle_seconds;
    uint32_t handshake_seconds; /* of TLS */
    uint32_t login_seconds;
    uint32_t send_seconds;
    uint32_t ask_seconds;
};

/* Defaults for everything but hostname and listeners. */
void settings_default(struct settings *settings_r);

/* Reads a configuration text.  0, or -EINVAL with a message that names file and line
 * ("packetboat.conf:7: port 70000 is not between 1 and 65535") in error_r. */
int settings_parse(const char *file_name, struct span text, struct settings *settings_r,
                   char *error_r, size_t error_size);

/* Checks a block that another process made: every number within its bounds, every
 * string ended. */
bool settings_are_sound(const struct settings *);

#endif
