/*
 * What auth keeps of a password, made whenever it is known (role/auth.h): a hash, and the
 * keys of SCRAM (RFC 5802 §3), unless the account wants none.
 *
 * The salt is a MAC of the name under a secret of this site's: so every name has one, the
 * same at all times, and the question for it tells nobody whether there is an account,
 * since when, or what it has.
 */
#include "role/auth.h"

#include "auth/prepare.h"
#include "base/log.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

struct span auth_prepared(struct span password, struct arena *arena)
{
    struct span prepared;
    return prepare(password, arena, &prepared) && prepared.len <= PASSWORD_OCTETS_MAX
               ? prepared
               : password;
}

static void mac(const char *purpose, struct span name, uint8_t mac_r[SCRAM_KEY_OCTETS])
{
    char text[16 + ADDRESS_OCTETS_MAX];
    size_t len = strlen(purpose) + 1;
    span_to_string(span_of(purpose), text, 16);
    size_t rest = name.len < sizeof text - len ? name.len : sizeof text - len;
    memcpy(text + len, name.at, rest);
    HMAC(EVP_sha256(), directory_secret(auth.directory), DIRECTORY_SECRET,
         (const unsigned char *)text, len + rest, mac_r, NULL);
}

void auth_keys_of_nobody(struct span name, struct scram_secret *keys_r)
{
    uint8_t salt[SCRAM_KEY_OCTETS];
    mac("salt", name, salt);
    memcpy(keys_r->salt, salt, sizeof keys_r->salt);
    mac("stored", name, keys_r->stored);
    mac("server", name, keys_r->server);
    keys_r->iterations = SCRAM_ITERATIONS;
}

int auth_keys_make(uint64_t account, struct span name, struct span hash,
                   struct span password, struct arena *arena)
{
    struct scram_secret made;
    struct span prepared;
    if (!prepare(password, arena, &prepared))
        return 0; /* no client could say what its proof would be of */
    auth_keys_of_nobody(name, &made);
    int error = password_derive(auth.passwords, prepared, &made);
    const struct scram_keys keys = {
        .iterations = made.iterations,
        .salt = span_at(made.salt, sizeof made.salt),
        .stored_key = span_at(made.stored, sizeof made.stored),
        .server_key = span_at(made.server, sizeof made.server),
    };
    if (!error)
        error = directory_put_scram(auth.directory, account, hash, &keys);
    explicit_bzero(&made, sizeof made);
    return error;
}

/* A better hash of what crypt(3) has just found right. */
static struct span rehashed(uint64_t account, struct span hash, struct span password,
                            struct arena *arena)
{
    struct span new, prepared = auth_prepared(password, arena);
    if (password_hash(auth.passwords, prepared, arena, &new) ||
        directory_rehash(auth.directory, account, hash, new))
        return hash;
    return new;
}

static void improve(const struct credentials *c, struct span hash, struct span password,
                    struct arena *arena)
{
    struct span name = arena_copy(arena, c->name);
    uint64_t account = c->account;
    bool old = password_hash_is_old(hash);
    bool wants_keys = !c->scram.off && (old || !c->scram.iterations);
    if (!name.at)
        return;
    if (old)
        hash = rehashed(account, hash, password, arena);
    if (wants_keys)
        auth_keys_make(account, name, hash, password, arena);
}

/* One at a time: it takes a thread for a while, and the next login is as good. */
void auth_keys_improve(struct span name, struct span hash, struct span password,
                       struct arena *arena)
{
    static bool under_way;
    struct credentials c;
    if (under_way || password.len == 0 || directory_login(auth.directory, name, &c) ||
        !span_is(c.hash, hash))
        return;
    under_way = true;
    improve(&c, hash, password, arena);
    under_way = false;
}

void auth_on_account_scram(struct call *call, const void *question)
{
    const struct admin_account_scram *q = question;
    int error = directory_scram_off(auth.directory, q->address, q->off);
    if (error) {
        answer_error(call, error);
        return;
    }
    log_event(LOG_NOTICE, 0, "account %.*s %s", SPAN_ARG(q->address),
              q->off ? "has no SCRAM keys any more" : "gets SCRAM keys");
    answer_admin_account_scram(call, &(struct admin_account_scram_answer){ 0 });
}
