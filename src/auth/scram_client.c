/* scram_client - see scram_client.h.  Sections are RFC 5802's. */
#include "auth/scram_client.h"

#include "base/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

/* gs2-header "n,,": no channel binding, nobody else to act for; in base64. */
static const char gs2_header[] = "n,,", gs2_base64[] = "biws";

/* ---- client-first-message, §7 */

/* saslname: "=2C" for a comma, "=3D" for an equals sign. */
static bool put_name(char *bare, size_t *len, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        const char *text = c == ',' ? "=2C" : c == '=' ? "=3D" : NULL;
        size_t n = text ? 3 : 1;
        if (*len + n > SCRAM_BARE_MAX)
            return false;
        memcpy(bare + *len, text ? text : &c, n);
        *len += n;
    }
    return true;
}

static bool put(char *bare, size_t *len, struct span text)
{
    if (text.len > SCRAM_BARE_MAX - *len)
        return false;
    memcpy(bare + *len, text.at, text.len);
    *len += text.len;
    return true;
}

size_t scram_client_first(struct scram_client *c, struct span name, struct span nonce,
                          char *message_r, size_t size)
{
    *c = (struct scram_client){ .nonce_len = nonce.len };
    if (name.len == 0 || span_find(name, '\0') < name.len || nonce.len == 0 ||
        nonce.len > sizeof(c->nonce))
        return 0;
    memcpy(c->nonce, nonce.at, nonce.len);
    if (!put(c->bare, &c->bare_len, SPAN("n=")) ||
        !put_name(c->bare, &c->bare_len, name) ||
        !put(c->bare, &c->bare_len, SPAN(",r=")) || !put(c->bare, &c->bare_len, nonce))
        return 0;
    int n = snprintf(message_r, size, "%s%.*s", gs2_header, (int)c->bare_len, c->bare);
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* ---- server-first-message */

struct server_first {
    struct span nonce;
    char salt[SCRAM_CLIENT_SALT_MAX];
    size_t salt_len;
    uint64_t iterations;
};

static bool take_value(struct span *rest, struct span name, struct span *value_r)
{
    if (!span_take(rest, name))
        return false;
    *value_r = span_first(*rest, span_find(*rest, ','));
    *rest = span_skip(*rest, value_r->len);
    return value_r->len > 0;
}

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '!' || text.at[i] > '~')
            return false;
    return true;
}

/* "r=" c-nonce s-nonce ",s=" base64 ",i=" posit-number [extensions]; "m=" in front is what
 * must be understood, and is not. */
static bool read_first(const struct scram_client *c, struct span text,
                       struct server_first *first_r)
{
    const struct span own = span_at(c->nonce, c->nonce_len);
    struct span salt, iterations;

    if (!take_value(&text, SPAN("r="), &first_r->nonce) ||
        first_r->nonce.len <= own.len || first_r->nonce.len > SCRAM_NONCE_MAX ||
        !span_is(span_first(first_r->nonce, own.len), own) ||
        !is_printable(first_r->nonce) || !take_value(&text, SPAN(",s="), &salt) ||
        !base64_decode(salt, first_r->salt, sizeof(first_r->salt),
                       &first_r->salt_len) ||
        first_r->salt_len == 0 || !take_value(&text, SPAN(",i="), &iterations))
        return false;
    return (text.len == 0 || *text.at == ',') &&
           span_take_number(&iterations, SCRAM_CLIENT_ITERATIONS_MOST,
                            &first_r->iterations) &&
           iterations.len == 0 && first_r->iterations >= SCRAM_CLIENT_ITERATIONS_LEAST;
}

/* ---- §3 */

static bool hmac(const uint8_t key[SCRAM_KEY_OCTETS], struct span text,
                 uint8_t mac_r[SCRAM_KEY_OCTETS])
{
    return HMAC(EVP_sha256(), key, SCRAM_KEY_OCTETS, (const unsigned char *)text.at,
                text.len, mac_r, NULL) != NULL;
}

struct keys {
    uint8_t salted[SCRAM_KEY_OCTETS], client[SCRAM_KEY_OCTETS];
    uint8_t stored[SCRAM_KEY_OCTETS], server[SCRAM_KEY_OCTETS];
};

static bool derive(const struct server_first *first, struct span password,
                   struct keys *k)
{
    return PKCS5_PBKDF2_HMAC(password.at, (int)password.len,
                             (const unsigned char *)first->salt, (int)first->salt_len,
                             (int)first->iterations, EVP_sha256(), sizeof(k->salted),
                             k->salted) == 1 &&
           hmac(k->salted, SPAN("Client Key"), k->client) &&
           SHA256(k->client, sizeof(k->client), k->stored) &&
           hmac(k->salted, SPAN("Server Key"), k->server);
}

/* ClientProof, and the ServerSignature that is to come. */
static bool prove(struct scram_client *c, struct span server_first,
                  const struct server_first *first, struct span password,
                  uint8_t proof_r[SCRAM_KEY_OCTETS])
{
    char said[SCRAM_BARE_MAX + SASL_LINE_MAX + SCRAM_NONCE_MAX + 16];
    struct keys k = { 0 };
    int n =
        snprintf(said, sizeof(said), "%.*s,%.*s,c=%s,r=%.*s", (int)c->bare_len, c->bare,
                 SPAN_ARG(server_first), gs2_base64, SPAN_ARG(first->nonce));
    struct span message = span_at(said, n > 0 ? (size_t)n : 0);
    bool done = n > 0 && (size_t)n < sizeof(said) && derive(first, password, &k) &&
                hmac(k.stored, message, proof_r) &&
                hmac(k.server, message, c->signature);

    for (size_t i = 0; i < SCRAM_KEY_OCTETS; i++)
        proof_r[i] ^= k.client[i];
    explicit_bzero(&k, sizeof(k));
    return done;
}

size_t scram_client_final(struct scram_client *c, struct span password,
                          struct span server_first, char *message_r, size_t size)
{
    struct server_first first = { 0 };
    uint8_t proof[SCRAM_KEY_OCTETS] = { 0 };
    char base64[BASE64_SIZE(SCRAM_KEY_OCTETS) + 1];

    if (server_first.len > SASL_LINE_MAX ||
        span_find(server_first, '\0') < server_first.len ||
        password.len > PASSWORD_OCTETS_MAX || !read_first(c, server_first, &first) ||
        !prove(c, server_first, &first, password, proof))
        return 0;
    base64_encode(span_at(proof, sizeof(proof)), base64);
    int n = snprintf(message_r, size, "c=%s,r=%.*s,p=%s", gs2_base64,
                     SPAN_ARG(first.nonce), base64);
    c->proved = n > 0 && (size_t)n < size;
    return c->proved ? (size_t)n : 0;
}

bool scram_client_trusts(const struct scram_client *c, struct span server_final)
{
    char signature[SCRAM_KEY_OCTETS + 2];
    struct span base64;
    size_t len;

    return c->proved && take_value(&server_final, SPAN("v="), &base64) &&
           (server_final.len == 0 || *server_final.at == ',') &&
           base64_decode(base64, signature, sizeof(signature), &len) &&
           len == SCRAM_KEY_OCTETS &&
           CRYPTO_memcmp(signature, c->signature, SCRAM_KEY_OCTETS) == 0;
}
