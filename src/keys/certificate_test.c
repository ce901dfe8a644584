/* certificate - a key, its chain, and what may be wrong with them. */
#include "keys/certificate.h"

#include "base/clock.h"
#include "base/own.h"
#include "test/unit.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

/* ---- what the tests are made of */

struct made {
    EVP_PKEY *key;
    X509 *x;
    struct span key_der, der;
};

static struct span key_der(EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *der = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return span_at(der, (size_t)len);
}

/* names: for subjectAltName, or NULL; by: who signs, NULL: itself. */
static void make(struct made *m, EVP_PKEY *key, const char *common, const char *names,
                 const struct made *by, long days)
{
    *m = (struct made){ .key = key, .x = X509_new() };
    X509_set_version(m->x, X509_VERSION_3);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(m->x), "CN", MBSTRING_ASC,
                               (const unsigned char *)common, -1, -1, 0);
    X509_set_issuer_name(m->x, X509_get_subject_name(by ? by->x : m->x));
    X509_time_adj_ex(X509_getm_notBefore(m->x), (int)days - 30, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(m->x), (int)days, 0, NULL);
    X509_set_pubkey(m->x, key);
    X509_EXTENSION *e =
        names ? X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names) : NULL;
    if (e)
        X509_add_ext(m->x, e, -1);
    X509_EXTENSION_free(e);
    bool pure = EVP_PKEY_get_base_id(by ? by->key : key) == EVP_PKEY_ED25519;
    CHECK(X509_sign(m->x, by ? by->key : key, pure ? NULL : EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int len = i2d_X509(m->x, &der);
    m->der = span_at(der, (size_t)len);
    m->key_der = key_der(key);
}

static void unmake(struct made *m)
{
    EVP_PKEY_free(m->key);
    X509_free(m->x);
    OPENSSL_free((void *)(uintptr_t)m->der.at);
    OPENSSL_free((void *)(uintptr_t)m->key_der.at);
}

static struct span join(struct span a, struct span b)
{
    static char both[CHAIN_OCTETS_MAX];
    memcpy(both, a.at, a.len);
    memcpy(both + a.len, b.at, b.len);
    return span_at(both, a.len + b.len);
}

static enum certificate_fault fault_of(struct span key, struct span chain)
{
    OWN(certificate_free) struct certificate *c = NULL;
    enum certificate_fault fault = certificate_read(key, chain, clock_wall(), &c);
    CHECK_EQ_INT(c != NULL, fault == CERTIFICATE_FINE || fault == CERTIFICATE_EXPIRED);
    return fault;
}

/* ---- tests */

TEST(certificate_says_what_it_is)
{
    struct made root, m;
    OWN(certificate_free) struct certificate *c = NULL;
    make(&root, EVP_EC_gen("P-384"), "the root", NULL, NULL, 100);
    make(&m, EVP_EC_gen("P-256"), "x",
         "DNS:Mail.Crepes.FR,DNS:*.crepes.fr,IP:192.0.2.1", &root, 90);
    struct span chain = join(m.der, root.der);
    CHECK_EQ_INT(certificate_read(m.key_der, chain, clock_wall(), &c),
                 CERTIFICATE_FINE);
    CHECK_STR(c->host, "mail.crepes.fr");
    CHECK_STR(c->names, "Mail.Crepes.FR, *.crepes.fr");
    CHECK_EQ_INT(c->kind, CERTIFICATE_ECDSA);
    CHECK_EQ_UINT(c->bits, 256);
    CHECK(c->not_after > clock_wall() + 89 * 86400 &&
          c->not_after <= clock_wall() + 90 * 86400);
    CHECK(span_is(c->chain, chain) && span_is(c->key, m.key_der));
    CHECK(certificate_covers(c, "alice.crepes.fr") &&
          certificate_covers(c, "MAIL.crepes.fr") &&
          !certificate_covers(c, "crepes.fr"));
    CHECK(certificate_covers_address(c, "192.0.2.1") &&
          !certificate_covers_address(c, "127.0.0.1"));
    unmake(&root);
    unmake(&m);
}

TEST(certificate_faults)
{
    struct made root, good, old, nameless, common, strange, weak, edwards;
    make(&root, EVP_EC_gen("P-256"), "the root", NULL, NULL, 100);
    make(&good, EVP_EC_gen("P-256"), "x", "DNS:crepes.fr", &root, 90);
    make(&old, EVP_EC_gen("P-256"), "x", "DNS:crepes.fr", &root, -1);
    make(&nameless, EVP_EC_gen("P-256"), "x", "IP:127.0.0.1,email:a@b", &root, 90);
    make(&common, EVP_EC_gen("P-256"), "crepes.fr", NULL, &root, 90);
    make(&strange, EVP_EC_gen("P-256"), "x", "DNS:../../etc/passwd", &root, 90);
    make(&weak, EVP_EC_gen("P-224"), "x", "DNS:crepes.fr", &root, 90);
    make(&edwards, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "x", "DNS:crepes.fr",
         &root, 90);
    const struct {
        struct span key, chain;
        enum certificate_fault fault;
    } cases[] = {
        { good.key_der, good.der, CERTIFICATE_FINE },
        { SPAN(""), good.der, CERTIFICATE_NO_KEY },
        { good.der, good.der, CERTIFICATE_NO_KEY },
        { good.key_der, SPAN(""), CERTIFICATE_NO_CHAIN },
        { good.key_der, good.key_der, CERTIFICATE_NO_CHAIN },
        { root.key_der, good.der, CERTIFICATE_OTHER_KEY },
        { old.key_der, old.der, CERTIFICATE_EXPIRED },
        { nameless.key_der, nameless.der, CERTIFICATE_NO_NAME },
        { common.key_der, common.der, CERTIFICATE_NO_NAME },
        { strange.key_der, strange.der, CERTIFICATE_NO_NAME },
        { weak.key_der, weak.der, CERTIFICATE_WEAK_KEY },
        { edwards.key_der, edwards.der, CERTIFICATE_WEAK_KEY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_EQ_INT(fault_of(cases[i].key, cases[i].chain), cases[i].fault);
    CHECK_EQ_INT(fault_of(good.key_der, join(good.der, root.der)), CERTIFICATE_FINE);
    CHECK_EQ_INT(fault_of(good.key_der, join(good.der, old.der)),
                 CERTIFICATE_BROKEN_CHAIN);
    CHECK_EQ_INT(fault_of(good.key_der, join(good.der, SPAN("rubbish"))),
                 CERTIFICATE_BROKEN_CHAIN);
    CHECK_EQ_INT(fault_of(good.key_der, span_first(good.der, good.der.len - 1)),
                 CERTIFICATE_NO_CHAIN);
    for (enum certificate_fault f = 0; f < CERTIFICATE_FAULTS; f++)
        CHECK(certificate_fault_words(f) != NULL);
    struct made *all[] = { &root,   &good,    &old,  &nameless,
                           &common, &strange, &weak, &edwards };
    for (size_t i = 0; i < 8; i++)
        unmake(all[i]);
}

TEST(certificate_of_our_own)
{
    OWN(certificate_free) struct certificate *c = NULL;
    OWN(certificate_forget) struct span content = { NULL, 0 };
    struct span rest, key;
    if (!CHECK_EQ_INT(certificate_make("hamburger.edu", true, clock_wall(), &content),
                      0))
        return;
    rest = content;
    CHECK(certificate_take_key(&rest, &key));
    CHECK_EQ_INT(certificate_read(key, rest, clock_wall(), &c), CERTIFICATE_FINE);
    CHECK(certificate_covers(c, "hamburger.edu") &&
          certificate_covers(c, "localhost") &&
          certificate_covers_address(c, "127.0.0.1"));
    CHECK(c->not_after > clock_wall() + (int64_t)3649 * 86400);
    certificate_free(&c);
    certificate_forget(&content);
    char name[201];
    for (size_t i = 0; i < 200; i++)
        name[i] = i % 50 == 49 ? '.' : 'a';
    name[199] = 'a';
    name[200] = '\0';
    CHECK_EQ_INT(certificate_make(name, false, clock_wall(), &content), 0);
    rest = content;
    CHECK(certificate_take_key(&rest, &key) &&
          certificate_read(key, rest, clock_wall(), &c) == CERTIFICATE_FINE);
    CHECK(certificate_covers(c, name) && !certificate_covers(c, "localhost"));
}

TEST(certificate_key_at_the_front_of_a_file)
{
    struct span rest = SPAN("\x30\x03"
                            "abc"
                            "\x30\x00"),
                key;
    CHECK(certificate_take_key(&rest, &key));
    CHECK_SPAN(key, "\x30\x03"
                    "abc");
    CHECK_SPAN(rest, "\x30\x00");
    const struct span none[] = { SPAN(""),
                                 SPAN("\x30"),
                                 SPAN("\x30\x04"
                                      "abc"),
                                 SPAN("\x30\x84\xff\xff\xff\xff"),
                                 SPAN("\x04\x01x"),
                                 SPAN("-----BEGIN") };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        rest = none[i];
        CHECK(!certificate_take_key(&rest, &key));
        CHECK(span_is(rest, none[i]));
    }
}
