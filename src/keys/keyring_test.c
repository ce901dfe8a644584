/* keyring - the files of DIR/keys. */
#include "keys/keyring.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "keys/shown.h"
#include "os/files.h"
#include "test/tls.h"
#include "test/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/packetboat-keys-XXXXXX";
static char said[1024];

static void keep(enum log_level level, uint64_t session, const char *line)
{
    (void)level;
    (void)session;
    snprintf(said, sizeof said, "%s", line);
}

static void open_ring(struct keyring *k)
{
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    CHECK(mkdtemp(path) != NULL);
    *k = (struct keyring){ .directory = dir_open(AT_FDCWD, path),
                           .host = "hamburger.edu" };
    said[0] = '\0';
    log_to(keep);
}

static void close_ring(struct keyring *k)
{
    DIR *d = opendir(path);
    keyring_close(k);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (unlinkat(k->directory, e->d_name, 0) < 0)
            unlinkat(k->directory, e->d_name, AT_REMOVEDIR);
    if (d)
        closedir(d);
    fd_close(&k->directory);
    CHECK_EQ_INT(rmdir(path), 0);
    log_to(NULL);
}

static bool is_there(struct keyring *k, const char *name)
{
    struct stat st;
    return fstatat(k->directory, name, &st, 0) == 0;
}

static void put_file(struct keyring *k, const char *name, struct span content)
{
    CHECK_EQ_INT(file_replace(k->directory, name, content, 0600), 0);
}

/* A certificate for the host, valid from now on. */
static struct certificate *certificate_for(const char *host, int64_t now)
{
    struct certificate *c = NULL;
    OWN(certificate_forget) struct span content = { NULL, 0 };
    CHECK_EQ_INT(certificate_make(host, false, now, &content), 0);
    struct span rest = content, key;
    CHECK(certificate_take_key(&rest, &key));
    certificate_read(key, rest, clock_wall(), &c);
    CHECK(c != NULL);
    return c;
}

TEST(keyring_makes_one_where_there_is_none)
{
    struct keyring k;
    open_ring(&k);
    CHECK_EQ_INT(keyring_look(&k), 0);
    CHECK_EQ_UINT(k.count, 1);
    CHECK(strstr(said, "no certificate for hamburger.edu") != NULL);
    CHECK(is_there(&k, "hamburger.edu.self-signed"));
    CHECK_EQ_INT(k.certificates[0]->kind, CERTIFICATE_OWN);
    uint8_t name[TLS_KEY_NAME];
    memcpy(name, k.certificates[0]->key_name, sizeof name);
    CHECK_EQ_INT(keyring_look(&k), 0); /* and keeps it */
    CHECK(k.count == 1 && keyring_find(&k, name) == k.certificates[0]);
    name[31] ^= 1;
    CHECK(keyring_find(&k, name) == NULL);
    k.loopback = true; /* now it lacks a name */
    CHECK_EQ_INT(keyring_look(&k), 0);
    CHECK(k.count == 1 && certificate_covers(k.certificates[0], "localhost"));
    k.host = "crepes.fr";
    CHECK_EQ_INT(keyring_look(&k), 0);
    CHECK(k.count == 2 && is_there(&k, "crepes.fr.self-signed"));
    close_ring(&k);
}

TEST(keyring_own_one_goes_when_a_better_one_comes)
{
    struct keyring k;
    open_ring(&k);
    keyring_look(&k);
    CHECK_EQ_INT(keyring_add(&k, certificate_for("crepes.fr", clock_wall())), 0);
    CHECK(k.count == 2 && k.certificates[1]->kind == CERTIFICATE_OWN);
    CHECK_EQ_INT(keyring_add(&k, certificate_for("hamburger.edu", clock_wall())), 0);
    CHECK(k.count == 2 && !is_there(&k, "hamburger.edu.self-signed"));
    CHECK(is_there(&k, "hamburger.edu.ecdsa") && is_there(&k, "crepes.fr.ecdsa"));
    CHECK_EQ_INT(keyring_add(&k, certificate_for("hamburger.edu", clock_wall() + 99)),
                 0);
    CHECK_EQ_UINT(k.count, 2);                           /* took its place */
    CHECK_STR(k.certificates[0]->host, "hamburger.edu"); /* ends last */
    keyring_close(&k);
    CHECK(keyring_look(&k) == 0 && k.count == 2);
    CHECK_EQ_INT(keyring_remove(&k, SPAN("hamburger.edu"), CERTIFICATE_RSA), 0);
    CHECK_EQ_INT(keyring_remove(&k, SPAN("example.org"), CERTIFICATE_KINDS), 0);
    CHECK_EQ_INT(keyring_remove(&k, SPAN("hamburger.edu"), CERTIFICATE_KINDS), 1);
    CHECK(k.count == 1 && !is_there(&k, "hamburger.edu.ecdsa"));
    CHECK_EQ_INT(keyring_remove(&k, SPAN("crepes.fr"), CERTIFICATE_ECDSA), 1);
    CHECK(k.count == 1 && k.certificates[0]->kind == CERTIFICATE_OWN);
    close_ring(&k);
}

TEST(keyring_leaves_out_what_is_broken)
{
    struct keyring k;
    open_ring(&k);
    put_file(&k, "broken.ecdsa", SPAN("-----BEGIN CERTIFICATE-----"));
    put_file(&k, "readme", SPAN("not ours"));
    CHECK_EQ_INT(symlinkat("readme", k.directory, "link.rsa"), 0);
    CHECK_EQ_INT(mkdirat(k.directory, "directory.rsa", 0700), 0);
    CHECK_EQ_INT(mkfifoat(k.directory, "fifo.ecdsa", 0600), 0);
    CHECK_EQ_INT(keyring_look(&k), 0);
    CHECK(k.count == 1 && k.certificates[0]->kind == CERTIFICATE_OWN);
    struct certificate *old =
        certificate_for("crepes.fr", clock_wall() - (int64_t)3651 * 86400);
    CHECK_EQ_INT(keyring_add(&k, old), 0);
    CHECK_EQ_INT(keyring_look(&k), 0);
    CHECK(strstr(said, "for crepes.fr has expired") != NULL || k.count == 2);
    CHECK_EQ_UINT(k.count, 2); /* it is shown all the same: better than none */
    close_ring(&k);
}

TEST(keyring_is_bounded)
{
    struct keyring k;
    char host[32];
    open_ring(&k);
    for (int i = 0; i < TLS_CERTIFICATES_MAX; i++) {
        snprintf(host, sizeof host, "h%d.crepes.fr", i);
        CHECK_EQ_INT(keyring_add(&k, certificate_for(host, clock_wall())), 0);
    }
    CHECK_EQ_INT(keyring_add(&k, certificate_for("crepes.fr", clock_wall())), -E2BIG);
    CHECK_EQ_INT(keyring_add(&k, certificate_for("h7.crepes.fr", clock_wall())), 0);
    CHECK(k.count == TLS_CERTIFICATES_MAX && !is_there(&k, "crepes.fr.ecdsa"));
    close_ring(&k);
}

/* ---- what fronts get */

TEST(shown_is_read_as_it_was_written)
{
    struct buf b = { .max = 1 << 16 };
    struct shown s;
    const struct tls_ticket_key now = { "now", "cipher", "mac" },
                                before = { "before", "", "" };
    shown_begin(&b, 3, &now, &before);
    CHECK(!shown_read(buf_span(&b), &s));
    shown_put(&b, SPAN("first"));
    shown_put(&b, SPAN(""));
    shown_put(&b, SPAN("third"));
    CHECK(shown_read(buf_span(&b), &s));
    CHECK_EQ_UINT(s.count, 3);
    CHECK_SPAN(s.chains[0], "first");
    CHECK_SPAN(s.chains[1], "");
    CHECK_SPAN(s.chains[2], "third");
    CHECK(memcmp(&s.now, &now, sizeof now) == 0 &&
          memcmp(&s.before, &before, sizeof before) == 0);
    for (size_t len = 0; len < b.len; len++)
        CHECK(!shown_read(span_at(b.at, len), &s));
    buf_put(&b, SPAN("x"));
    CHECK(!shown_read(buf_span(&b), &s));
    buf_clear(&b);
    shown_begin(&b, TLS_CERTIFICATES_MAX + 1, &now, &before);
    CHECK(!shown_read(buf_span(&b), &s));
    buf_free(&b);
}
