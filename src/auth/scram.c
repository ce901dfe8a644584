/* scram - see scram.h.  Sections are RFC 5802's. */
#include "auth/scram.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

/* ---- §7: one function a rule */

/* value = 1*value-char: all but NUL and ",". */
static bool take_value(struct span *rest, struct span *value_r)
{
    size_t n = span_find(*rest, ',');
    *value_r = span_first(*rest, n);
    if (n == 0 || span_find(*value_r, '\0') < n)
        return false;
    *rest = span_skip(*rest, n);
    return true;
}

/* An attribute of that letter: "n=" value. */
static bool take_attribute(struct span *rest, char letter, struct span *value_r)
{
    return rest->len >= 2 && rest->at[0] == letter && rest->at[1] == '=' &&
           (*rest = span_skip(*rest, 2), take_value(rest, value_r));
}

static bool take_comma(struct span *rest)
{
    return span_take(rest, SPAN(","));
}

/* cb-name = 1*(ALPHA / DIGIT / "." / "-") */
static bool is_cb_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.at[i]) && name.at[i] != '.' &&
            name.at[i] != '-')
            return false;
    return name.len > 0;
}

/* printable = %x21-2B / %x2D-7E; what a value is, a comma is not in it. */
static bool is_printable(struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] < '!' || value.at[i] > '~')
            return false;
    return true;
}

/* saslname = 1*(value-safe-char / "=2C" / "=3D") */
static bool is_saslname(struct span value)
{
    char name[SASL_LINE_MAX];
    size_t len;
    return scram_unescape(value, name, sizeof name, &len);
}

/* gs2-cbind-flag = ("p=" cb-name) / "n" / "y" */
static bool take_flag(struct span *rest, struct scram_first *first)
{
    first->binding = rest->len ? *rest->at : '\0';
    if (first->binding == 'p')
        return take_attribute(rest, 'p', &first->cb_name) && is_cb_name(first->cb_name);
    return span_take(rest, SPAN("n")) || span_take(rest, SPAN("y"));
}

/* gs2-header = gs2-cbind-flag "," [ "a=" saslname ] "," */
static bool take_gs2_header(struct span *rest, struct scram_first *first)
{
    struct span header = *rest;
    if (!take_flag(rest, first) || !take_comma(rest))
        return false;
    if (rest->len && *rest->at != ',' &&
        (!take_attribute(rest, 'a', &first->authzid) || !is_saslname(first->authzid)))
        return false;
    first->gs2_header = span_first(header, header.len - rest->len + 1);
    return take_comma(rest);
}

/* extensions = attr-val *("," attr-val), and then the end: nobody here knows any, and
 * "m=", which is to be understood, is not among them. */
static bool are_extensions(struct span rest)
{
    struct span value;
    while (rest.len > 0) {
        char letter = rest.len > 1 ? rest.at[1] : '\0';
        if (!take_comma(&rest) || !isalpha((unsigned char)letter) || letter == 'm' ||
            !take_attribute(&rest, letter, &value))
            return false;
    }
    return true;
}

bool scram_take_first(struct span message, struct scram_first *first_r)
{
    *first_r = (struct scram_first){ 0 };
    if (!take_gs2_header(&message, first_r))
        return false;
    first_r->bare = message;
    return take_attribute(&message, 'n', &first_r->username) &&
           is_saslname(first_r->username) && take_comma(&message) &&
           take_attribute(&message, 'r', &first_r->nonce) &&
           is_printable(first_r->nonce) && are_extensions(message);
}

/* proof = "p=" base64, the last of all. */
static bool take_proof(struct span *message, uint8_t proof_r[SCRAM_KEY_OCTETS])
{
    const char *comma = message->len ? memrchr(message->at, ',', message->len) : NULL;
    if (!comma)
        return false;
    size_t before = (size_t)(comma - message->at), len;
    struct span rest = span_skip(*message, before + 1), text;
    char octets[SCRAM_KEY_OCTETS];
    if (!take_attribute(&rest, 'p', &text) ||
        !base64_decode(text, octets, sizeof octets, &len) || len != sizeof octets)
        return false;
    memcpy(proof_r, octets, sizeof octets);
    *message = span_first(*message, before);
    return true;
}

bool scram_take_final(struct span message, struct scram_final *final_r)
{
    if (!take_proof(&message, final_r->proof))
        return false;
    final_r->without_proof = message;
    return take_attribute(&message, 'c', &final_r->binding) && take_comma(&message) &&
           take_attribute(&message, 'r', &final_r->nonce) &&
           is_printable(final_r->nonce) && are_extensions(message);
}

bool scram_unescape(struct span saslname, char *name_r, size_t size, size_t *len_r)
{
    size_t len = 0;
    while (saslname.len > 0) {
        char c = *saslname.at;
        if (span_take(&saslname, SPAN("=2C")))
            c = ',';
        else if (span_take(&saslname, SPAN("=3D")))
            c = '=';
        else if (c == '=')
            return false;
        else
            saslname = span_skip(saslname, 1);
        if (len == size)
            return false;
        name_r[len++] = c;
    }
    *len_r = len;
    return true;
}

/* ---- §3: keys and proofs */

static bool hmac(const uint8_t key[SCRAM_KEY_OCTETS], struct span text,
                 uint8_t mac_r[SCRAM_KEY_OCTETS])
{
    return HMAC(EVP_sha256(), key, SCRAM_KEY_OCTETS, (const unsigned char *)text.at,
                text.len, mac_r, NULL);
}

bool scram_derive(struct span password, struct scram_secret *keys)
{
    uint8_t salted[SCRAM_KEY_OCTETS], client[SCRAM_KEY_OCTETS];
    bool done = PKCS5_PBKDF2_HMAC(password.at, (int)password.len, keys->salt,
                                  sizeof keys->salt, (int)keys->iterations,
                                  EVP_sha256(), sizeof salted, salted) == 1 &&
                hmac(salted, SPAN("Client Key"), client) &&
                SHA256(client, sizeof client, keys->stored) &&
                hmac(salted, SPAN("Server Key"), keys->server);
    explicit_bzero(salted, sizeof salted);
    explicit_bzero(client, sizeof client);
    return done;
}

size_t scram_server_first(const struct scram_secret *keys, struct span client_nonce,
                          struct span own_nonce, char *message_r, size_t size)
{
    char salt[BASE64_SIZE(SCRAM_SALT_OCTETS) + 1];
    base64_encode(span_at(keys->salt, sizeof keys->salt), salt);
    int n = snprintf(message_r, size, "r=%.*s%.*s,s=%s,i=%u", SPAN_ARG(client_nonce),
                     SPAN_ARG(own_nonce), salt, keys->iterations);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

bool scram_prove(const struct scram_secret *keys, struct span auth_message,
                 const uint8_t proof[SCRAM_KEY_OCTETS],
                 uint8_t signature_r[SCRAM_KEY_OCTETS])
{
    uint8_t client[SCRAM_KEY_OCTETS], stored[SCRAM_KEY_OCTETS];
    if (!hmac(keys->stored, auth_message, client) ||
        !hmac(keys->server, auth_message, signature_r))
        return false;
    for (size_t i = 0; i < sizeof client; i++)
        client[i] ^= proof[i];
    bool good = SHA256(client, sizeof client, stored) &&
                CRYPTO_memcmp(stored, keys->stored, sizeof stored) == 0;
    explicit_bzero(client, sizeof client);
    return good;
}
