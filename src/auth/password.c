/*
 * password - yescrypt hashes by crypt(3), on threads.
 *
 * Every check of a name that is not there runs the same code, with a setting of the same
 * cost for a hash, so that neither the answer nor the time tells it from a wrong
 * password.  (An imported hash of another method takes the time that it takes, until the
 * first login makes it one of these.)  What was right is remembered for a while as
 * HMAC-SHA-256(key of this process, account, hash, password): the second login of a mail
 * program that looks every minute costs microseconds.
 */
#include "auth/auth.h"

#include "auth/scram.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "base/own.h"
#include "base/work.h"
#include "config/limits.h"

#include <assert.h>
#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <sys/random.h>

enum { DIGEST_OCTETS = 32 };
static_assert((int)HASH_OCTETS_MAX == CRYPT_OUTPUT_SIZE - 1, "crypt(3)");

static const char yescrypt[] = "$y$";

struct verified {
    uint8_t digest[DIGEST_OCTETS]; /* the key in the map */
    uint64_t account;
    uint64_t until; /* clock_now() */
    struct list link;
};

struct passwords {
    struct work_pool *threads;
    char
        nobody[CRYPT_GENSALT_OUTPUT_SIZE]; /* what an unknown name is checked against */
    uint8_t key[DIGEST_OCTETS];
    struct map *remembered;
    struct list by_age; /* struct verified, the oldest first */
    uint64_t crypted;
    size_t waiting;   /* jobs that have begun to wait and are not done */
    uint64_t typical; /* nanoseconds that one takes a thread, of late */
};

/* What a thread works on; it alone, until it is done. */
struct job {
    char password[PASSWORD_OCTETS_MAX + 1];
    char hash[CRYPT_OUTPUT_SIZE]; /* of a check; or the result */
    uint64_t crypted;
    uint64_t took; /* nanoseconds */
    bool ok;
    struct crypt_data data; /* crypt(3)'s room, 32 KiB */
};

static void job_free(struct job **job)
{
    if (!*job)
        return;
    explicit_bzero(*job, sizeof **job);
    free(*job);
    *job = NULL;
}

/* A password with a NUL in it, or a longer one than crypt(3) takes, is nobody's. */
static bool is_possible(struct span password)
{
    return password.len <= PASSWORD_OCTETS_MAX &&
           span_find(password, '\0') == password.len;
}

static struct job *job_new(struct span password)
{
    struct job *job = calloc(1, sizeof *job);
    if (job && is_possible(password))
        span_to_string(password, job->password, sizeof job->password);
    return job;
}

static const char *crypted(struct job *job, const char *setting)
{
    uint64_t begin = clock_now();
    job->crypted++;
    const char *hash = crypt_r(job->password, setting, &job->data);
    job->took = clock_now() - begin;
    return hash && hash[0] != '*' ? hash : NULL;
}

/* ---- on a thread */

static void check(void *arg)
{
    struct job *job = arg;
    const char *hash = crypted(job, job->hash);
    size_t len = strlen(job->hash);
    job->ok = hash && strlen(hash) == len && CRYPTO_memcmp(hash, job->hash, len) == 0;
}

static void make(void *arg)
{
    struct job *job = arg;
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn(yescrypt, 0, NULL, 0, setting, sizeof setting))
        return;
    const char *hash = crypted(job, setting);
    job->ok = hash && span_to_string(span_of(hash), job->hash, sizeof job->hash);
}

/* How many may wait is a question of time: a hash takes 12 ms, or on a machine that has
 * much else to do ten times as long (A12). */
static int run_in_time(struct passwords *p, void (*fn)(void *), void *arg)
{
    if (p->waiting * p->typical / VERIFY_THREADS > VERIFY_WAIT_MS * CLOCK_MS)
        return -EAGAIN;
    p->waiting++;
    int error = work_run(p->threads, fn, arg);
    p->waiting--;
    return error;
}

static int run(struct passwords *p, void (*fn)(void *), struct job *job)
{
    int error = run_in_time(p, fn, job);
    if (error)
        return error;
    p->crypted += job->crypted;
    p->typical = (7 * p->typical + job->took) / 8;
    return 0;
}

/* ---- what was right before */

static void digest_of(const struct passwords *p, uint64_t account, struct span hash,
                      struct span password, uint8_t digest_r[DIGEST_OCTETS])
{
    uint8_t
        text[sizeof account + sizeof hash.len + HASH_OCTETS_MAX + PASSWORD_OCTETS_MAX];
    size_t len = 0;
    memcpy(text + len, &account, sizeof account);
    len += sizeof account;
    memcpy(text + len, &hash.len, sizeof hash.len);
    len += sizeof hash.len;
    memcpy(text + len, hash.at, hash.len);
    len += hash.len;
    memcpy(text + len, password.at, password.len);
    len += password.len;
    HMAC(EVP_sha256(), p->key, sizeof p->key, text, len, digest_r, NULL);
    explicit_bzero(text, len);
}

static void forget(struct passwords *p, struct verified *v)
{
    map_remove(p->remembered, MAP_KEY(v->digest));
    list_remove(&v->link);
    explicit_bzero(v, sizeof *v);
    free(v);
}

static void forget_old(struct passwords *p)
{
    LIST_FOR_EACH(link, &p->by_age)
    {
        struct verified *v = LIST_ENTRY(link, struct verified, link);
        if (v->until > clock_now() && map_count(p->remembered) < VERIFIED_MAX)
            return;
        forget(p, v);
    }
}

static bool is_remembered(struct passwords *p, const uint8_t digest[DIGEST_OCTETS])
{
    const struct verified *v = map_get(p->remembered, span_at(digest, DIGEST_OCTETS));
    return v && v->until > clock_now();
}

/* Without memory for it the next login is slow, no more. */
static void remember(struct passwords *p, uint64_t account,
                     const uint8_t digest[DIGEST_OCTETS])
{
    forget_old(p);
    struct verified *v = calloc(1, sizeof *v);
    if (!v)
        return;
    memcpy(v->digest, digest, DIGEST_OCTETS);
    v->account = account;
    v->until = clock_in(VERIFIED_SECONDS * CLOCK_SECOND);
    if (map_put(p->remembered, MAP_KEY(v->digest),
                v)) /* two logins at once: it is there */
        free(v);
    else
        list_push(&p->by_age, &v->link);
}

void passwords_forget(struct passwords *p, uint64_t account)
{
    LIST_FOR_EACH(link, &p->by_age)
    {
        struct verified *v = LIST_ENTRY(link, struct verified, link);
        if (v->account == account)
            forget(p, v);
    }
}

/* ---- the door */

struct passwords *passwords_open(void)
{
    OWN(passwords_close) struct passwords *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    list_init(&p->by_age);
    p->threads = work_pool_open("password", VERIFY_THREADS, VERIFY_QUEUE_MAX);
    p->remembered = map_open();
    if (!p->threads || !p->remembered ||
        getrandom(p->key, sizeof p->key, 0) != sizeof p->key ||
        !crypt_gensalt_rn(yescrypt, 0, NULL, 0, p->nobody, sizeof p->nobody))
        return NULL;
    /* OpenSSL reads its configuration at its first use: now, not in the sandbox. */
    uint8_t digest[DIGEST_OCTETS];
    digest_of(p, 0, SPAN(""), SPAN(""), digest);
    return TAKE(&p);
}

void passwords_close(struct passwords **passwords)
{
    struct passwords *p = *passwords;
    if (!p)
        return;
    LIST_FOR_EACH(link, &p->by_age)
    {
        forget(p, LIST_ENTRY(link, struct verified, link));
    }
    map_close(&p->remembered);
    if (p->threads)
        work_pool_close(&p->threads);
    explicit_bzero(p, sizeof *p);
    free(p);
    *passwords = NULL;
}

static enum auth_verdict check_slowly(struct passwords *p, struct span hash,
                                      struct span password)
{
    OWN(job_free) struct job *job = job_new(password);
    if (!job)
        return AUTH_BUSY;
    span_to_string(hash, job->hash, sizeof job->hash);
    if (run(p, check, job))
        return AUTH_BUSY;
    return job->ok && is_possible(password) ? AUTH_OK : AUTH_REFUSED;
}

enum auth_verdict password_check(struct passwords *p, uint64_t account,
                                 struct span hash, struct span password)
{
    uint8_t digest[DIGEST_OCTETS];
    bool somebody = hash.len > 0 && hash.len <= HASH_OCTETS_MAX;
    if (!somebody) {
        account = 0;
        hash = span_of(p->nobody);
    }
    struct span shown = is_possible(password) ? password : SPAN("");
    digest_of(p, account, hash, shown, digest);
    bool known = is_remembered(p, digest) && is_possible(password);
    enum auth_verdict verdict = known ? AUTH_OK : check_slowly(p, hash, password);
    if (verdict == AUTH_OK && !somebody)
        return AUTH_REFUSED; /* nobody's setting can match nothing; be sure of it */
    if (verdict == AUTH_OK && !known)
        remember(p, account, digest);
    return verdict;
}

int password_hash(struct passwords *p, struct span password, struct arena *arena,
                  struct span *hash_r)
{
    if (!is_possible(password))
        return -EINVAL;
    OWN(job_free) struct job *job = job_new(password);
    if (!job)
        return -ENOMEM;
    int error = run(p, make, job);
    if (error)
        return error;
    if (!job->ok)
        return -EIO;
    *hash_r = arena_copy(arena, span_of(job->hash));
    return hash_r->at ? 0 : -ENOMEM;
}

bool password_hash_is_old(struct span hash)
{
    return !span_starts_nocase(hash, span_of(yescrypt));
}

struct derivation {
    char password[PASSWORD_OCTETS_MAX + 1];
    size_t len;
    struct scram_secret *keys;
    bool done;
};

static void derive(void *arg)
{
    struct derivation *d = arg;
    d->done = scram_derive(span_at(d->password, d->len), d->keys);
}

int password_derive(struct passwords *p, struct span password,
                    struct scram_secret *keys)
{
    struct derivation d = { .len = password.len, .keys = keys };
    if (!span_to_string(password, d.password, sizeof d.password))
        return -EINVAL;
    int error = run_in_time(p, derive, &d);
    explicit_bzero(d.password, sizeof d.password);
    return error ? error : d.done ? 0 : -EIO;
}

uint64_t passwords_crypted(const struct passwords *p)
{
    return p->crypted;
}
