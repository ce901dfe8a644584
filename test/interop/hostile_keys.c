/* What a front that a stranger has asks of keys (T07): the site has an ECDSA and an RSA
 * certificate. */
#include "test/interop/hostile.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "ipc/message.h"
#include "keys/shown.h"
#include "os/files.h"

#include <errno.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { OF_ECDSA, OF_RSA, MODULUS = 256, BURST = 3 * SIGN_RATE };

static uint8_t names[2][TLS_KEY_NAME];
static EVP_PKEY *public[2];

/* ---- what it is shown */

/* Nothing but certificates: each octet of a chain belongs to one. */
static void take_chain(struct span chain)
{
    const unsigned char *at = (const unsigned char *)chain.at, *end = at + chain.len;
    X509 *leaf = d2i_X509(NULL, &at, end - at);
    check(leaf != NULL, "a chain begins with a certificate");
    if (!leaf)
        return;
    EVP_PKEY *key = X509_get0_pubkey(leaf);
    size_t which = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? OF_RSA : OF_ECDSA;
    EVP_PKEY_up_ref(key);
    public[which] = key;
    check(tls_key_name(chain, names[which]), "its key has a name");
    X509_free(leaf);
    while (at < end) {
        X509 *next = d2i_X509(NULL, &at, end - at);
        check(next != NULL, "a chain has only certificates");
        X509_free(next);
        if (!next)
            return;
    }
}

static bool look(void)
{
    struct keys_show_answer answer;
    struct shown shown;
    int error = ask_keys_show(&(struct keys_show){ 0 }, &answer, NULL);
    check(error == 0, "what is shown: %d", error);
    if (error)
        return false;
    const void *octets = sealed_map(answer.memory, answer.size);
    bool read = octets && shown_read(span_at(octets, answer.size), &shown);
    check(read && shown.count == 2, "two chains");
    for (size_t i = 0; read && i < shown.count; i++)
        take_chain(shown.chains[i]);
    if (octets)
        munmap((void *)(uintptr_t)octets, answer.size);
    fd_close(&answer.memory);
    return public[OF_ECDSA] && public[OF_RSA];
}

/* ---- what it asks to be signed */

static char block[RSA_OCTETS_MAX + 1], signature[SIGNATURE_OCTETS_MAX];

static int sign(struct span key, unsigned kind, struct span octets, size_t *len_r)
{
    OWN(arena_close) struct arena *arena = arena_open(SIGNATURE_OCTETS_MAX);
    struct keys_sign q = { .key = key, .kind = (uint8_t)kind, .block = octets };
    struct keys_sign_answer answer = { 0 };
    int error = ask_keys_sign(&q, &answer, arena);
    if (!error)
        memcpy(signature, answer.signature.at, answer.signature.len);
    *len_r = answer.signature.len;
    return error;
}

static struct span name_of(size_t which)
{
    return span_at(names[which], TLS_KEY_NAME);
}

static void refused(const char *what, size_t which, unsigned kind, struct span octets)
{
    size_t len;
    int error = sign(name_of(which), kind, octets, &len);
    check(error == -EINVAL, "%s: %d", what, error);
}

static void fill(void)
{
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (char)any();
}

static void honest(const char *when)
{
    size_t len = 0;
    fill();
    int error = sign(name_of(OF_ECDSA), TLS_ECDSA_DIGEST, span_at(block, 32), &len);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(public[OF_ECDSA], NULL);
    check(error == 0 && EVP_PKEY_verify_init(c) == 1 &&
              EVP_PKEY_verify(c, (unsigned char *)signature, len,
                              (unsigned char *)block, 32) == 1,
          "%s an honest digest is signed: %d", when, error);
    EVP_PKEY_CTX_free(c);
}

static void wrong_keys(void)
{
    size_t len;
    uint8_t key[TLS_KEY_NAME];
    fill();
    for (unsigned i = 0; i < 8 * TLS_KEY_NAME; i++) {
        memcpy(key, names[OF_ECDSA], sizeof(key));
        key[i / 8] ^= (uint8_t)(1 << i % 8);
        int error =
            sign(span_at(key, sizeof(key)), TLS_ECDSA_DIGEST, span_at(block, 32), &len);
        check(error == -ENOKEY, "a key that is none: %d", error);
    }
    for (size_t n = 0; n < TLS_KEY_NAME; n++) {
        int error = sign(span_first(name_of(OF_ECDSA), n), TLS_ECDSA_DIGEST,
                         span_at(block, 32), &len);
        check(error == -EINVAL, "a name of %zu octets: %d", n, error);
    }
}

/* Everything that would make a private key decipher, or sign for another protocol. */
static void wrong_blocks(void)
{
    fill();
    for (size_t n = 0; n <= RSA_OCTETS_MAX; n += n < 70 ? 1 : 37)
        if (n != 32 && n != 48 && n != 64)
            refused("a digest of odd length", OF_ECDSA, TLS_ECDSA_DIGEST,
                    span_at(block, n));
    refused("a digest for RSA", OF_RSA, TLS_ECDSA_DIGEST, span_at(block, 32));
    refused("a bare digest", OF_RSA, TLS_RSA_PKCS1, span_at(block, 32));
    refused("PKCS #1 for ECDSA", OF_ECDSA, TLS_RSA_PKCS1, span_at(block, 51));
    refused("nothing", OF_RSA, TLS_RSA_PKCS1, SPAN(""));
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        fill();
        block[0] = (char)(i % 2); /* below the modulus, whatever that is */
        refused("a ciphertext", OF_RSA, TLS_RSA_PSS, span_at(block, MODULUS));
        block[MODULUS - 1] = (char)0xbc;
        refused("the last octet alone", OF_RSA, TLS_RSA_PSS, span_at(block, MODULUS));
        refused("some kind", any() % 2, 3 + any() % 250, span_at(block, any() % 300));
    }
    memset(block, 0, sizeof(block));
    refused("zero", OF_RSA, TLS_RSA_PSS, span_at(block, MODULUS));
    block[MODULUS - 1] = 1;
    refused("one", OF_RSA, TLS_RSA_PSS, span_at(block, MODULUS));
    memset(block, 0xff, sizeof(block));
    block[0] = 0;
    block[1] = 1;
    refused("padded already", OF_RSA, TLS_RSA_PSS, span_at(block, MODULUS));
    refused("padded already", OF_RSA, TLS_RSA_PKCS1, span_at(block, MODULUS));
    size_t len;
    int error = sign(name_of(OF_RSA), TLS_RSA_PSS, span_at(block, sizeof(block)), &len);
    check(error == -EMSGSIZE, "longer than any: %d", error);
}

/* ---- how often */

static unsigned under_way, signed_, busy;

static void one_of_many(void *unused)
{
    (void)unused;
    size_t len;
    int error = sign(name_of(OF_ECDSA), TLS_ECDSA_DIGEST,
                     SPAN("0123456789abcdef"
                          "0123456789abcdef"),
                     &len);
    signed_ += error == 0;
    busy += error == -EBUSY || error == -EAGAIN;
    under_way--;
}

static void ask_without_end(void)
{
    uint64_t began = clock_now();
    for (unsigned i = 0; i < BURST; i++) {
        under_way += fiber_go(one_of_many, NULL) == 0;
        if (i % 200 == 0)
            fiber_sleep(CLOCK_MS);
    }
    for (unsigned i = 0; i < 4000 && under_way > 0; i++)
        fiber_sleep(5 * CLOCK_MS);
    uint64_t most = SIGN_RATE + SIGN_RATE * (clock_now() - began) / CLOCK_SECOND + 1;
    check(under_way == 0 && signed_ > 0 && signed_ <= most && signed_ + busy == BURST,
          "a flood: %u signed, %u refused, %u left", signed_, busy, under_way);
    fiber_sleep(200 * CLOCK_MS);
}

void ask_keys_oddly(void)
{
    if (!look())
        return;
    honest("at first");
    wrong_keys();
    fiber_sleep(CLOCK_SECOND);
    wrong_blocks();
    ask_without_end();
    honest("in the end");
}
