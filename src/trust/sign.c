#include "trust/sign.h"

#include "base/base64.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* true: as often as it is there and once more; else as often as it is there. */
static const struct {
    struct span name;
    bool once_more;
} signed_fields[] = {
    /* clang-format off */
    { { "From",                       4 }, true  },
    { { "Sender",                     6 }, true  },
    { { "Reply-To",                   8 }, true  },
    { { "To",                         2 }, true  },
    { { "Cc",                         2 }, true  },
    { { "Subject",                    7 }, true  },
    { { "Date",                       4 }, true  },
    { { "Message-ID",                10 }, true  },
    { { "In-Reply-To",               11 }, true  },
    { { "References",                10 }, true  },
    { { "MIME-Version",              12 }, true  },
    { { "Content-Type",              12 }, true  },
    { { "Content-Transfer-Encoding", 25 }, true  },
    { { "Content-Disposition",       19 }, false },
    { { "Content-ID",                10 }, false },
    { { "List-ID",                    7 }, false },
    { { "List-Unsubscribe",          16 }, false },
    { { "List-Unsubscribe-Post",     21 }, false },
    { { "Resent-From",               11 }, false },
    { { "Resent-Date",               11 }, false },
    { { "DKIM-Signature",            14 }, false },
    /* clang-format on */
};

/* ---- the body */

int sign_body_begin(struct sign_body *b)
{
    b->hash = EVP_MD_CTX_new();
    if (!b->hash || !EVP_DigestInit_ex(b->hash, EVP_sha256(), NULL)) {
        sign_body_close(b);
        return -ENOMEM;
    }
    canonical_body_begin(&b->canonical, canonical_hash(b->hash), true, UINT64_MAX);
    return 0;
}

void sign_body_take(struct sign_body *b, struct span piece)
{
    canonical_body_take(&b->canonical, piece);
}

void sign_body_end(struct sign_body *b, uint8_t digest_r[32])
{
    canonical_body_end(&b->canonical);
    EVP_DigestFinal_ex(b->hash, digest_r, NULL);
    sign_body_close(b);
}

void sign_body_close(struct sign_body *b)
{
    EVP_MD_CTX_free(b->hash);
    b->hash = NULL;
}

/* ---- the field */

static unsigned count_fields(const struct fields *fields, struct span name)
{
    unsigned n = 0;
    for (size_t i = 0; i < fields->count; i++)
        n += span_is_nocase(fields->at[i].name, name);
    return n;
}

/* h=, a name a line end where it would be long */
static int put_names(const struct fields *fields, unsigned instance, struct buf *names,
                     struct buf *out)
{
    size_t column = 3, count = sizeof(signed_fields) / sizeof(signed_fields[0]);
    int error = buf_put(out, SPAN("\th="));

    /* The last row is ARC's. */
    for (size_t i = 0; i < count - (instance == 0); i++) {
        struct span name = signed_fields[i].name;
        unsigned n = count_fields(fields, name) + signed_fields[i].once_more;
        for (; n > 0 && !error; n--) {
            bool fold = column + name.len > 74;
            error = buf_printf(out, "%s%s%.*s", names->len ? ":" : "",
                               fold ? "\r\n\t" : "", SPAN_ARG(name));
            column = fold ? name.len + 1 : column + name.len + 1;
            if (!error)
                error =
                    buf_printf(names, "%s%.*s", names->len ? ":" : "", SPAN_ARG(name));
        }
    }
    return error ? error : buf_put(out, SPAN(";\r\n"));
}

static int put_folded(struct buf *out, struct span text)
{
    int error = 0;
    for (size_t i = 0; i < text.len && !error; i += 72)
        error = buf_printf(out, "\r\n\t%.*s",
                           (int)(text.len - i < 72 ? text.len - i : 72), text.at + i);
    return error;
}

/* All of it but what stands behind b=. */
static int put_tags(const struct sign_key *key, unsigned instance,
                    const struct fields *fields, const uint8_t body_digest[32],
                    uint64_t now, struct buf *names, struct buf *out)
{
    char hash[BASE64_SIZE(32) + 1];
    int error = instance ? buf_printf(out, "ARC-Message-Signature: i=%u;", instance)
                         : buf_printf(out, "DKIM-Signature: v=1;");

    base64_encode(span_at(body_digest, 32), hash);
    if (!error)
        error = buf_printf(out,
                           " a=%s; c=relaxed/relaxed;\r\n"
                           "\td=%.*s; s=%.*s; t=%" PRIu64 ";\r\n",
                           dkim_algorithm_name(key->algorithm), SPAN_ARG(key->domain),
                           SPAN_ARG(key->selector), now);
    if (!error)
        error = put_names(fields, instance, names, out);
    return error ? error : buf_printf(out, "\tbh=%s;\r\n\tb=", hash);
}

int sign_put_signature(const struct sign_key *key, const uint8_t digest[32],
                       struct buf *field)
{
    uint8_t signature[SIGNATURE_OCTETS_MAX];
    char text[BASE64_SIZE(SIGNATURE_OCTETS_MAX) + 1];
    size_t len = 0;
    int error = key->sign(key->arg, digest, signature, &len);

    if (error)
        return error;
    base64_encode(span_at(signature, len), text);
    return put_folded(field, span_of(text));
}

static int put_signature(const struct sign_key *key, const struct fields *fields,
                         struct span names, struct arena *arena, struct buf *field)
{
    uint8_t digest[32];
    struct dkim_signature s = {
        .whole = buf_span(field),
        .raw_signature = { field->at + field->len, 0 },
        .fields = names,
        .relaxed_header = true,
    };
    int error = dkim_header_digest(&s, fields, arena, digest);

    if (!error)
        error = sign_put_signature(key, digest, field);
    return error ? error : buf_put(field, SPAN("\r\n"));
}

int sign_instance(const struct sign_key *key, unsigned instance,
                  const struct fields *fields, const uint8_t body_digest[32],
                  uint64_t now, struct arena *arena, struct buf *out)
{
    struct buf names = { .max = SIGNATURE_FIELD_MAX };
    struct buf field = { .max = SIGNATURE_FIELD_MAX };
    int error = fields->unclear ? -EBADMSG : 0;

    if (!error)
        error = put_tags(key, instance, fields, body_digest, now, &names, &field);
    if (!error)
        error = put_signature(key, fields, buf_span(&names), arena, &field);
    if (!error)
        error = buf_put(out, buf_span(&field));
    buf_free(&names);
    buf_free(&field);
    return error;
}

int sign_message(const struct sign_key *key, const struct fields *fields,
                 const uint8_t body_digest[32], uint64_t now, struct arena *arena,
                 struct buf *out)
{
    return sign_instance(key, 0, fields, body_digest, now, arena, out);
}

/* ---- keys at hand */

int sign_key_record(enum dkim_algorithm algorithm, EVP_PKEY *key, struct buf *out)
{
    unsigned char octets[SIGNATURE_OCTETS_MAX * 2], *at = NULL;
    char text[BASE64_SIZE(sizeof(octets)) + 1];
    size_t len = sizeof(octets);
    bool rsa = algorithm == DKIM_RSA_SHA256;

    if (rsa) {
        int n = i2d_PUBKEY(key, &at);
        len = n > 0 ? (size_t)n : SIZE_MAX;
        if (len <= sizeof(octets))
            memcpy(octets, at, len);
        OPENSSL_free(at);
        if (len > sizeof(octets))
            return -EINVAL;
    } else if (!EVP_PKEY_get_raw_public_key(key, octets, &len)) {
        return -EINVAL;
    }
    base64_encode(span_at(octets, len), text);
    return buf_printf(out, "v=DKIM1; k=%s; p=%s", rsa ? "rsa" : "ed25519", text);
}

int sign_by_rsa(void *key, const uint8_t digest[32], uint8_t *signature_r,
                size_t *len_r)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

    *len_r = SIGNATURE_OCTETS_MAX;
    bool good = context && EVP_PKEY_sign_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
                EVP_PKEY_sign(context, signature_r, len_r, digest, 32) == 1;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return good ? 0 : -EINVAL;
}

int sign_by_ed25519(void *key, const uint8_t digest[32], uint8_t *signature_r,
                    size_t *len_r)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    *len_r = SIGNATURE_OCTETS_MAX;
    bool good = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(context, signature_r, len_r, digest, 32) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good ? 0 : -EINVAL;
}
