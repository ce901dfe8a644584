#include "trust/dkim.h"

#include <errno.h>

/* The hash for a signature's body: signatures that see it alike share one. */
static int share_body(struct dkim_verifier *v, struct dkim_signature *s)
{
    for (unsigned i = 0; i < v->bodies; i++)
        if (v->body[i].canonical.relaxed == s->relaxed_body &&
            v->body[i].canonical.most == s->length) {
            s->body = i;
            return 0;
        }
    struct dkim_body *b = &v->body[v->bodies];
    b->hash = EVP_MD_CTX_new();
    s->body = v->bodies++;
    if (!b->hash || !EVP_DigestInit_ex(b->hash, EVP_sha256(), NULL))
        return -ENOMEM;
    canonical_body_begin(&b->canonical, canonical_hash(b->hash), s->relaxed_body,
                         s->length);
    return 0;
}

int dkim_verify_begin(struct dkim_verifier *v, const struct fields *fields,
                      struct arena *arena)
{
    int error = 0;

    *v = (struct dkim_verifier){ .arena = arena, .fields = fields };
    for (size_t i = 0; i < fields->count && !error; i++) {
        const struct field *f = &fields->at[i];
        if (!span_is_nocase(f->name, SPAN("DKIM-Signature")))
            continue;
        if (v->signatures == DKIM_SIGNATURES_MAX)
            break;
        struct dkim_signature *s = &v->signature[v->signatures++];
        bool good = dkim_read_signature(f, false, arena, s);
        if (good && fields->unclear) {
            s->result = DKIM_PERMERROR;
            s->reason = "the header section is unclear";
        } else if (good) {
            error = share_body(v, s);
        }
    }
    return error;
}

void dkim_verify_take(struct dkim_verifier *v, struct span piece)
{
    for (unsigned i = 0; i < v->bodies; i++)
        canonical_body_take(&v->body[i].canonical, piece);
}

static void decide(struct dkim_signature *s, enum dkim_result result,
                   const char *reason)
{
    s->result = result;
    s->reason = reason;
}

/* Another signature by the same key is no further question. */
static bool was_asked(const struct dkim_verifier *v, const struct dkim_signature *s)
{
    for (const struct dkim_signature *o = v->signature; o < s; o++)
        if (o->algorithm == s->algorithm && span_is_nocase(o->domain, s->domain) &&
            span_is_nocase(o->selector, s->selector))
            return true;
    return false;
}

static void verify(struct dkim_verifier *v, struct dkim_signature *s,
                   const struct ask *ask)
{
    const struct dkim_body *body = &v->body[s->body];
    uint8_t digest[32];
    EVP_PKEY *key = NULL;

    if (s->partial && body->canonical.octets < s->length) {
        decide(s, DKIM_PERMERROR, "l= is more than there is");
        return;
    }
    if (memcmp(s->body_hash.at, body->digest, 32) != 0) {
        decide(s, DKIM_FAIL, "the body was changed");
        return;
    }
    if (!dkim_find_key(s, ask, &key))
        return;
    if (dkim_header_digest(s, v->fields, v->arena, digest))
        decide(s, DKIM_TEMPERROR, "out of memory");
    else if (dkim_key_signed(key, s->algorithm, digest, s->signature))
        decide(s, DKIM_PASS, NULL);
    else
        decide(s, DKIM_FAIL, "the signature does not fit");
    EVP_PKEY_free(key);
}

void dkim_verify_end(struct dkim_verifier *v, const struct ask *ask, uint64_t now)
{
    unsigned keys = 0;

    for (unsigned i = 0; i < v->bodies; i++) {
        canonical_body_end(&v->body[i].canonical);
        EVP_DigestFinal_ex(v->body[i].hash, v->body[i].digest, NULL);
    }
    for (unsigned i = 0; i < v->signatures; i++) {
        struct dkim_signature *s = &v->signature[i];
        if (s->result != DKIM_NONE)
            continue;
        keys += !was_asked(v, s);
        if (s->expires < now)
            decide(s, DKIM_FAIL, "it has expired");
        else if (keys > DKIM_KEYS_MAX)
            decide(s, DKIM_POLICY, "too many keys");
        else
            verify(v, s, ask);
    }
}

void dkim_verify_close(struct dkim_verifier *v)
{
    for (unsigned i = 0; i < v->bodies; i++) {
        EVP_MD_CTX_free(v->body[i].hash);
        v->body[i].hash = NULL;
    }
    v->bodies = 0;
}
