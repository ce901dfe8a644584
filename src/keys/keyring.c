#include "keys/keyring.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "os/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FILE_NAME_SIZE = DOMAIN_OCTETS_MAX + 16,
    FILE_OCTETS_MAX = KEY_OCTETS_MAX + CHAIN_OCTETS_MAX,
    RENEW_DAYS = 30, /* of our own, before its end */
};

/* ---- names of files */

static void file_name(const char *host, enum certificate_kind kind,
                      char name_r[FILE_NAME_SIZE])
{
    snprintf(name_r, FILE_NAME_SIZE, "%s.%s", host, certificate_kind_name(kind));
}

static bool kind_of_file(const char *name, enum certificate_kind *kind_r)
{
    const char *dot = strrchr(name, '.');
    for (int i = 0; dot && i < CERTIFICATE_KINDS; i++) {
        *kind_r = (enum certificate_kind)i;
        if (strcmp(dot + 1, certificate_kind_name(*kind_r)) == 0)
            return true;
    }
    return false;
}

/* ---- order */

static bool is_better(const struct certificate *a, const struct certificate *b)
{
    bool own_a = a->kind == CERTIFICATE_OWN, own_b = b->kind == CERTIFICATE_OWN;
    if (own_a != own_b)
        return own_b;
    if (a->not_after != b->not_after)
        return a->not_after > b->not_after;
    return strcmp(a->host, b->host) < 0;
}

/* They are few, and nearly sorted. */
static void sort(struct keyring *k)
{
    for (size_t i = 1; i < k->count; i++) {
        struct certificate *c = k->certificates[i];
        size_t at = i;
        for (; at > 0 && is_better(c, k->certificates[at - 1]); at--)
            k->certificates[at] = k->certificates[at - 1];
        k->certificates[at] = c;
    }
}

static void drop(struct keyring *k, size_t i)
{
    certificate_free(&k->certificates[i]);
    k->certificates[i] = k->certificates[--k->count];
}

/* ---- reading */

static enum certificate_fault read_content(struct span content,
                                           struct certificate **certificate_r)
{
    struct span key;
    *certificate_r = NULL;
    if (!certificate_take_key(&content, &key))
        return CERTIFICATE_NO_KEY;
    return certificate_read(key, content, clock_wall(), certificate_r);
}

static void read_file(struct keyring *k, const char *name, enum certificate_kind kind)
{
    struct span content = { NULL, 0 };
    struct certificate *c = NULL;
    OWN(fd_close) int fd = file_open(k->directory, name, O_RDONLY, 0);
    int error = fd < 0 ? fd : file_read_all(fd, &content, FILE_OCTETS_MAX);
    enum certificate_fault fault = error ? CERTIFICATE_FINE : read_content(content, &c);
    certificate_forget(&content);
    if (error || !c) {
        log_event(LOG_ERROR, 0, "keys/%s is left out: %s", name,
                  error ? strerror(-error) : certificate_fault_words(fault));
        return;
    }
    if (fault == CERTIFICATE_EXPIRED)
        log_event(LOG_ERROR, 0, "the certificate for %s has expired", c->names);
    if (kind == CERTIFICATE_OWN)
        c->kind = kind;
    k->certificates[k->count++] = c;
}

static void close_dir(DIR **d)
{
    if (*d)
        closedir(*d);
    *d = NULL;
}

static int read_files(struct keyring *k)
{
    int fd = dir_open(k->directory, ".");
    OWN(close_dir) DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        int error = fd < 0 ? fd : -errno;
        fd_close(&fd);
        return error;
    }
    enum certificate_kind kind;
    for (struct dirent *e; (e = readdir(stream)) != NULL;) {
        if (!kind_of_file(e->d_name, &kind))
            continue;
        if (k->count == TLS_CERTIFICATES_MAX) {
            log_event(LOG_ERROR, 0, "more than %d certificates: keys/%s is left out",
                      TLS_CERTIFICATES_MAX, e->d_name);
            continue;
        }
        read_file(k, e->d_name, kind);
    }
    sort(k);
    return 0;
}

/* ---- our own */

static bool is_good_enough(const struct keyring *k, const struct certificate *c)
{
    if (c->kind != CERTIFICATE_OWN)
        return true;
    return c->not_after - clock_wall() > (int64_t)RENEW_DAYS * 86400 &&
           certificate_covers(c, k->host) &&
           (!k->loopback || certificate_covers_address(c, "127.0.0.1"));
}

static bool has_good_one(const struct keyring *k)
{
    for (size_t i = 0; i < k->count; i++)
        if (is_good_enough(k, k->certificates[i]))
            return true;
    return false;
}

static int store(struct keyring *k, const struct certificate *c)
{
    char name[FILE_NAME_SIZE];
    file_name(c->host, c->kind, name);
    struct span content = span_at(c->key.at, c->key.len + c->chain.len);
    return file_replace(k->directory, name, content, 0600);
}

static int make_own(struct keyring *k)
{
    struct span content = { NULL, 0 };
    struct certificate *c = NULL;
    int error = certificate_make(k->host, k->loopback, clock_wall(), &content);
    if (!error && read_content(content, &c) != CERTIFICATE_FINE)
        error = -EIO;
    certificate_forget(&content);
    if (error) {
        certificate_free(&c);
        return error;
    }
    c->kind = CERTIFICATE_OWN;
    log_event(LOG_NOTICE, 0,
              "there is no certificate for %s: one is made that is signed by itself",
              k->host);
    return keyring_add(k, c);
}

/* ---- the whole */

int keyring_look(struct keyring *k)
{
    struct keyring fresh = { k->directory, k->host, k->loopback, { NULL }, 0 };
    int error = read_files(&fresh);
    if (!error && !has_good_one(&fresh))
        error = make_own(&fresh);
    if (error) {
        keyring_close(&fresh);
        return error;
    }
    keyring_close(k);
    *k = fresh;
    return 0;
}

void keyring_close(struct keyring *k)
{
    while (k->count > 0)
        drop(k, k->count - 1);
}

static bool is_of(const struct certificate *c, struct span host,
                  enum certificate_kind kind)
{
    return span_is(span_of(c->host), host) &&
           (kind == CERTIFICATE_KINDS || kind == c->kind);
}

/* From memory and disk; 1, or -errno. */
static int remove_at(struct keyring *k, size_t i)
{
    char name[FILE_NAME_SIZE];
    file_name(k->certificates[i]->host, k->certificates[i]->kind, name);
    if (unlinkat(k->directory, name, 0) < 0 && errno != ENOENT)
        return -errno;
    drop(k, i);
    return 1;
}

/* Our own one is not wanted any more, once another speaks for our host. */
static void remove_own(struct keyring *k, const struct certificate *better)
{
    if (better->kind == CERTIFICATE_OWN || !certificate_covers(better, k->host))
        return;
    for (size_t i = k->count; i-- > 0;)
        if (k->certificates[i]->kind == CERTIFICATE_OWN)
            remove_at(k, i);
}

static bool has_room(const struct keyring *k, const struct certificate *c)
{
    for (size_t i = 0; i < k->count; i++)
        if (is_of(k->certificates[i], span_of(c->host), c->kind))
            return true; /* it takes that one's place */
    return k->count < TLS_CERTIFICATES_MAX;
}

int keyring_add(struct keyring *k, struct certificate *c)
{
    int error = has_room(k, c) ? store(k, c) : -E2BIG;
    if (error) {
        certificate_free(&c);
        return error;
    }
    for (size_t i = k->count; i-- > 0;)
        if (is_of(k->certificates[i], span_of(c->host), c->kind))
            drop(k, i);
    k->certificates[k->count++] = c;
    remove_own(k, c);
    sort(k);
    return 0;
}

int keyring_remove(struct keyring *k, struct span host, enum certificate_kind kind)
{
    int removed = 0;
    for (size_t i = k->count; i-- > 0;) {
        if (!is_of(k->certificates[i], host, kind))
            continue;
        int done = remove_at(k, i);
        if (done < 0)
            return done;
        removed += done;
    }
    if (removed > 0 && !has_good_one(k)) {
        int error = make_own(k);
        if (error)
            return error;
    }
    sort(k);
    return removed;
}

const struct certificate *keyring_find(const struct keyring *k,
                                       const uint8_t key_name[TLS_KEY_NAME])
{
    for (size_t i = 0; i < k->count; i++)
        if (memcmp(k->certificates[i]->key_name, key_name, TLS_KEY_NAME) == 0)
            return k->certificates[i];
    return NULL;
}
