/*
 * database - the durable half of the directory: DIR/auth/auth.db.
 *
 *     domain        ours; the lowest id is the first domain; its settings
 *     account       its number (never used again), name, password hash, SCRAM keys, quota
 *     alias         an address and one of its targets, an account's or another alias's
 *     app_password  further passwords of an account, each with its rights
 *     identity      what an account may send as beside its own addresses
 *     share         a folder of an account's files that another account may see
 *     secret        random octets, made with the table
 *
 * The directory reads all of it at its start and from then on decides in memory what is
 * to change; a change is one transaction, done and synced on a thread.  A write that
 * failed is final: whether the disk has it nobody knows, so every later one is -EIO.
 * SQL stands in database.c alone; a quota that is UINT64_MAX is none.
 */
#ifndef AUTH_DATABASE_H
#define AUTH_DATABASE_H

#include "base/span.h"

struct database;

/* dir: DIR/auth.  The process's working directory becomes dir (os/sqlite_vfs.h).  An
 * older schema becomes today's.  0 or -errno; -EPROTONOSUPPORT: made by a later
 * Packetboat; -EUCLEAN: damaged. */
int database_open(struct database **database_r, int dir);
void database_close(struct database **);

enum database_statement {
    /* ---- rows, and their columns */
    DOMAINS,       /* name, catch_all, detail, quota; the first domain first */
    ACCOUNTS,      /* id, name, hash, quota, scram_off, iterations, salt, stored_key,
                    * server_key; by id */
    ALIASES,       /* name, each once, in order */
    TARGETS,       /* name, target */
    APP_PASSWORDS, /* id, account, label, salt, digest, rights, created, used */
    IDENTITIES,    /* account, address */
    SHARES,        /* owner, path, guest, access; by owner, path, guest */
    SECRETS,       /* octets; one row */
    /* ---- changes, and their values */
    DOMAIN_ADD,          /* name; one that is there stays */
    DOMAIN_REMOVE,       /* name */
    DOMAIN_SET,          /* name, catch_all, detail, quota */
    ACCOUNT_ADD,         /* name, hash */
    ACCOUNT_REMOVE,      /* id; with its app passwords, identities and shares */
    ACCOUNT_HASH,        /* id, hash; its SCRAM keys go */
    ACCOUNT_SCRAM,       /* id, iterations, salt, stored_key, server_key */
    ACCOUNT_SCRAM_OFF,   /* id, off; off: its keys go */
    ACCOUNT_QUOTA,       /* id, quota */
    TARGET_ADD,          /* name, target */
    TARGET_REMOVE,       /* name, target */
    APP_PASSWORD_ADD,    /* account, label, salt, digest, rights, created */
    APP_PASSWORD_REMOVE, /* id */
    APP_PASSWORD_USED,   /* id, used */
    IDENTITY_ADD,        /* account, address */
    IDENTITY_REMOVE,     /* account, address */
    SHARE_SET,           /* owner, path, guest, access */
    SHARE_REMOVE,        /* owner, path, guest */
    DATABASE_STATEMENTS
};

/* Calls row for each; what is not 0 ends the reading and is returned. */
struct database_row;
int database_read(struct database *, enum database_statement,
                  int (*row)(void *arg, const struct database_row *), void *arg);
struct span database_span(const struct database_row *, int column); /* for the call */
uint64_t database_number(const struct database_row *, int column);

enum value_kind { VALUE_NUMBER, VALUE_TEXT, VALUE_BLOB };
struct value {
    enum value_kind kind;
    uint64_t number;
    struct span span;
};
#define NUMBER(n)                                                                      \
    {                                                                                  \
        .kind = VALUE_NUMBER, .number = (n)                                            \
    }
#define TEXT(s)                                                                        \
    {                                                                                  \
        .kind = VALUE_TEXT, .span = (s)                                                \
    }
#define BLOB(s)                                                                        \
    {                                                                                  \
        .kind = VALUE_BLOB, .span = (s)                                                \
    }

enum { VALUES_MAX = 6 };
struct change {
    enum database_statement statement;
    struct value values[VALUES_MAX]; /* as many as the statement has */
};
/* All of them in one transaction, durable when it returns; parks the fiber.  id_r (may
 * be NULL): of the row that the last one added.  0 or -errno. */
int database_change(struct database *, const struct change *, size_t count,
                    uint64_t *id_r);

#endif
