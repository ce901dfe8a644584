/* What an account logs in with, and sends as; see administration.h and inside.h. */
#include "auth/inside.h"

#include "auth/app_password.h"
#include "base/clock.h"

#include <errno.h>

/* ---- app passwords */

static uint32_t today(void)
{
    return (uint32_t)(clock_wall() / (24 * 60 * 60));
}

static struct app_password *find(const struct account *account, uint64_t id)
{
    for (size_t i = 0; i < account->app_password_count; i++)
        if (account->app_passwords[i].id == id)
            return &account->app_passwords[i];
    return NULL;
}

static int check_new(const struct account *account, struct span label)
{
    if (!account)
        return -ENOENT;
    if (label.len == 0 || label.len > APP_LABEL_OCTETS_MAX)
        return -EINVAL;
    if (account->app_password_count >= APP_PASSWORDS_MAX)
        return -ENOSPC;
    for (size_t i = 0; i < account->app_password_count; i++)
        if (span_is(account->app_passwords[i].label, label))
            return -EEXIST;
    return 0;
}

static int add(struct directory *d, struct account *account, struct app_password *new)
{
    const struct change change = { APP_PASSWORD_ADD,
                                   { NUMBER(account->id), TEXT(new->label),
                                     BLOB(new->salt), BLOB(new->digest),
                                     NUMBER(new->rights), NUMBER(new->created) } };
    int error = database_change(d->database, &change, 1, &new->id);
    return error ? error : roll_put_app_password(account, new);
}

int directory_app_password_add(struct directory *d, struct span address,
                               struct span label, uint32_t rights, struct arena *arena,
                               uint64_t *id_r, struct span *password_r)
{
    struct app_password new = { .label = label, .rights = rights, .created = today() };
    int error = turn_take(d);
    if (error)
        return error;
    struct account *account = account_called(d, d->changing, address);
    error = check_new(account, label);
    if (!error)
        error = app_password_make(arena, password_r, &new.salt, &new.digest);
    if (!error)
        error = add(d, account, &new);
    *id_r = new.id;
    turn_give(d);
    return error;
}

static int erase(struct directory *d, struct span name, uint64_t id,
                 uint64_t *account_r)
{
    struct account *account = account_called(d, d->changing, name);
    struct app_password *old = account ? find(account, id) : NULL;
    if (!old)
        return account ? -ENODATA : -ENOENT;
    *account_r = account->id;
    const struct change change = { APP_PASSWORD_REMOVE, { NUMBER(id) } };
    int error = database_change(d->database, &change, 1, NULL);
    if (!error)
        roll_remove_app_password(account, find(account, id));
    return error;
}

int directory_app_password_remove(struct directory *d, struct span address, uint64_t id,
                                  uint64_t *account_r)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = erase(d, address, id, account_r);
    turn_give(d);
    return error;
}

int directory_app_password_next(struct directory *d, struct span address,
                                uint64_t after, struct app_password *shown_r)
{
    arena_reset(d->looking);
    const struct account *account = account_called(d, d->looking, address);
    if (!account)
        return -ENOENT;
    for (size_t i = 0; i < account->app_password_count; i++)
        if (account->app_passwords[i].id > after) {
            *shown_r = account->app_passwords[i];
            return 0;
        }
    return -ENODATA;
}

/* A day that is not noted is no harm, so nobody hears of an error. */
void directory_app_password_used(struct directory *d, uint64_t account_id, uint64_t id)
{
    if (turn_take(d))
        return;
    const struct account *account = roll_account(&d->roll, account_id);
    struct app_password *used = account ? find(account, id) : NULL;
    if (used && used->used != today()) {
        used->used = today();
        const struct change change = { APP_PASSWORD_USED,
                                       { NUMBER(id), NUMBER(today()) } };
        database_change(d->database, &change, 1, NULL);
    }
    turn_give(d);
}

/* ---- hashes and SCRAM */

static int rehash(struct directory *d, uint64_t id, struct span before,
                  struct span hash)
{
    struct account *account = roll_account(&d->roll, id);
    if (!account)
        return -ENOENT;
    if (!span_is(account->hash, before))
        return -ESTALE;
    const struct change change = { ACCOUNT_HASH, { NUMBER(id), TEXT(hash) } };
    int error = database_change(d->database, &change, 1, NULL);
    return error ? error : roll_put_hash(account, hash);
}

int directory_rehash(struct directory *d, uint64_t account, struct span before,
                     struct span hash)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = rehash(d, account, before, hash);
    turn_give(d);
    return error;
}

static int put_scram(struct directory *d, uint64_t id, struct span hash,
                     const struct scram_keys *keys)
{
    struct account *account = roll_account(&d->roll, id);
    if (!account)
        return -ENOENT;
    if (!span_is(account->hash, hash) || account->scram.off)
        return -ESTALE;
    const struct change change = { ACCOUNT_SCRAM,
                                   { NUMBER(id), NUMBER(keys->iterations),
                                     BLOB(keys->salt), BLOB(keys->stored_key),
                                     BLOB(keys->server_key) } };
    int error = database_change(d->database, &change, 1, NULL);
    return error ? error : roll_put_scram(account, keys);
}

int directory_put_scram(struct directory *d, uint64_t account, struct span hash,
                        const struct scram_keys *keys)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = put_scram(d, account, hash, keys);
    turn_give(d);
    return error;
}

static int scram_off(struct directory *d, struct span name, bool off)
{
    struct account *account = account_called(d, d->changing, name);
    if (!account)
        return -ENOENT;
    const struct change change = { ACCOUNT_SCRAM_OFF,
                                   { NUMBER(account->id), NUMBER(off) } };
    int error = database_change(d->database, &change, 1, NULL);
    return error ? error : roll_put_scram(account, &(struct scram_keys){ .off = off });
}

int directory_scram_off(struct directory *d, struct span address, bool off)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = scram_off(d, address, off);
    turn_give(d);
    return error;
}

/* ---- identities */

static struct span *identity_of(const struct account *account, struct span canonical)
{
    for (size_t i = 0; i < account->identity_count; i++)
        if (span_is(account->identities[i], canonical))
            return &account->identities[i];
    return NULL;
}

static int identity_change(struct directory *d, const struct account *account,
                           enum database_statement statement, struct span canonical)
{
    const struct change change = { statement,
                                   { NUMBER(account->id), TEXT(canonical) } };
    return database_change(d->database, &change, 1, NULL);
}

static int add_identity(struct directory *d, struct span name, struct span text)
{
    struct span canonical;
    struct account *account = account_called(d, d->changing, name);
    if (!account)
        return -ENOENT;
    if (!address_canonical(text, d->changing, &canonical))
        return -EINVAL;
    if (!roll_domain(&d->roll, address_domain(canonical)))
        return -EXDEV;
    if (identity_of(account, canonical))
        return -EEXIST;
    if (account->identity_count >= IDENTITIES_MAX)
        return -ENOSPC;
    int error = identity_change(d, account, IDENTITY_ADD, canonical);
    return error ? error : roll_put_identity(account, canonical);
}

int directory_identity_add(struct directory *d, struct span address,
                           struct span identity)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = add_identity(d, address, identity);
    turn_give(d);
    return error;
}

static int remove_identity(struct directory *d, struct span name, struct span text)
{
    struct span canonical;
    struct account *account = account_called(d, d->changing, name);
    if (!account)
        return -ENOENT;
    if (!address_canonical(text, d->changing, &canonical))
        return -EINVAL;
    struct span *identity = identity_of(account, canonical);
    if (!identity)
        return -EADDRNOTAVAIL;
    int error = identity_change(d, account, IDENTITY_REMOVE, canonical);
    if (!error)
        roll_remove_identity(account, identity);
    return error;
}

int directory_identity_remove(struct directory *d, struct span address,
                              struct span identity)
{
    int error = turn_take(d);
    if (error)
        return error;
    error = remove_identity(d, address, identity);
    turn_give(d);
    return error;
}

int directory_identity(struct directory *d, struct span address, size_t n,
                       struct span *identity_r)
{
    arena_reset(d->looking);
    const struct account *account = account_called(d, d->looking, address);
    if (!account)
        return -ENOENT;
    if (n >= account->identity_count)
        return -ENODATA;
    *identity_r = account->identities[n];
    return 0;
}
