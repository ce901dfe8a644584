#include "trust/arc.h"

#include "trust/arc_inside.h"
#include "trust/tags.h"

#include <errno.h>

const char *arc_result_name(enum arc_result result)
{
    static const char *const names[] = { "none", "pass", "fail" };
    return names[result];
}

static void fail(struct arc_chain *c, const char *reason)
{
    if (c->result != ARC_FAIL)
        c->reason = reason;
    c->result = ARC_FAIL;
}

/* ---- its sets */

/* i= is the first tag of all three (§4.2.1 says so of AAR; elsewhere it is one of the
 * list).  0: there is none. */
static unsigned read_instance(const struct field *f, bool first)
{
    struct span list =
        first ? span_first(f->value, span_find(f->value, ';')) : f->value;
    struct tags tags;
    uint64_t i;

    if (!tags_read(list, &tags) ||
        !tag_number(tags_value(&tags, "i"), ARC_SETS_MAX, &i))
        return 0;
    return (unsigned)i;
}

static const struct field **find_place(struct arc_set *set, struct span name)
{
    if (span_is_nocase(name, SPAN("ARC-Authentication-Results")))
        return &set->results;
    if (span_is_nocase(name, SPAN("ARC-Message-Signature")))
        return &set->message;
    if (span_is_nocase(name, SPAN("ARC-Seal")))
        return &set->seal;
    return NULL;
}

static void take_field(struct arc_chain *c, const struct field *f)
{
    struct arc_set none;

    if (!find_place(&none, f->name))
        return;
    unsigned i = read_instance(f, find_place(&none, f->name) == &none.results);
    if (i == 0) {
        fail(c, "a field of the chain has no i=");
        c->broken = true;
        return;
    }
    const struct field **place = find_place(&c->set[i - 1], f->name);
    if (*place)
        fail(c, "a field of the chain is there twice");
    *place = f;
    c->count = i > c->count ? i : c->count;
}

static bool is_whole(const struct arc_chain *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (!c->set[i].results || !c->set[i].message || !c->set[i].seal)
            return false;
    return true;
}

/* cv= says what the sealer found: none of the first, pass of all others (§5.2 step 3). */
static void judge_status(struct arc_chain *c, unsigned i, const struct tags *seal)
{
    struct span cv = tags_value(seal, "cv");

    c->broken |= i + 1 == c->count && span_is_nocase(cv, SPAN("fail"));
    if (!span_is_nocase(cv, i == 0 ? SPAN("none") : SPAN("pass")))
        fail(c, "cv= breaks the chain");
    if (tags_find(seal, "h"))
        fail(c, "a seal has h=");
}

static int begin_message(struct arc_chain *c)
{
    struct dkim_signature *s = &c->message;

    if (!dkim_read_signature(c->set[c->count - 1].message, true, c->arena, s)) {
        fail(c, s->reason);
        return 0;
    }
    if (tag_has_word(s->fields, ':', "ARC-Seal")) {
        fail(c, "a signature is over a seal");
        return 0;
    }
    c->body.hash = EVP_MD_CTX_new();
    if (!c->body.hash || !EVP_DigestInit_ex(c->body.hash, EVP_sha256(), NULL))
        return -ENOMEM;
    canonical_body_begin(&c->body.canonical, canonical_hash(c->body.hash),
                         s->relaxed_body, s->length);
    return 0;
}

int arc_begin(struct arc_chain *c, const struct fields *fields, struct arena *arena)
{
    struct tags tags;

    *c = (struct arc_chain){ .arena = arena, .fields = fields, .sealer = SPAN("") };
    for (size_t i = 0; i < fields->count; i++)
        take_field(c, &fields->at[i]);
    if (c->count == 0)
        return 0;
    if (fields->unclear)
        fail(c, "the header section is unclear");
    if (!is_whole(c))
        fail(c, "a field of the chain is not there");
    c->broken = c->result == ARC_FAIL;
    for (unsigned i = 0; i < c->count && c->result == ARC_NONE; i++) {
        if (tags_read(c->set[i].seal->value, &tags))
            judge_status(c, i, &tags);
        else
            fail(c, "a seal is not a list of tags");
    }
    return c->result == ARC_NONE ? begin_message(c) : 0;
}

void arc_take(struct arc_chain *c, struct span piece)
{
    if (c->body.hash)
        canonical_body_take(&c->body.canonical, piece);
}

/* ---- its signatures */

static bool judge_signature(struct arc_chain *c, struct dkim_signature *s,
                            const uint8_t digest[32], const struct ask *ask)
{
    EVP_PKEY *key = NULL;

    if (!dkim_find_key(s, ask, &key)) {
        c->uncertain = s->result == DKIM_TEMPERROR;
        fail(c, s->reason);
        return false;
    }
    bool good = dkim_key_signed(key, s->algorithm, digest, s->signature);
    EVP_PKEY_free(key);
    if (!good)
        fail(c, "a signature of the chain does not fit");
    return good;
}

static void judge_message(struct arc_chain *c, const struct ask *ask)
{
    struct dkim_signature *s = &c->message;
    uint8_t digest[32];

    canonical_body_end(&c->body.canonical);
    EVP_DigestFinal_ex(c->body.hash, c->body.digest, NULL);
    if ((s->partial && c->body.canonical.octets < s->length) ||
        memcmp(s->body_hash.at, c->body.digest, 32) != 0)
        fail(c, "the body was changed");
    else if (dkim_header_digest(s, c->fields, c->arena, digest))
        fail(c, "out of memory");
    else
        judge_signature(c, s, digest, ask);
}

/* A seal's tags are a signature's without h= and bh= (§4.1.3). */
static bool read_seal(struct arc_chain *c, const struct field *f,
                      struct dkim_signature *s)
{
    struct tags tags;

    *s = (struct dkim_signature){ .whole = field_whole(f), .identity = SPAN("") };
    if (!tags_read(f->value, &tags) || !tags_find(&tags, "b"))
        return false;
    struct span a = tags_value(&tags, "a");
    s->algorithm = span_is_nocase(a, SPAN("ed25519-sha256")) ? DKIM_ED25519_SHA256
                                                             : DKIM_RSA_SHA256;
    s->domain = tags_value(&tags, "d");
    s->selector = tags_value(&tags, "s");
    s->raw_signature = tags_find(&tags, "b")->raw;
    s->signature = tag_base64(tags_value(&tags, "b"), c->arena);
    return span_is_nocase(a, span_of(dkim_algorithm_name(s->algorithm))) &&
           tag_is_domain(s->domain) && tag_is_domain(s->selector) && s->signature.at &&
           s->signature.len > 0;
}

static void hash_field(EVP_MD_CTX *hash, struct span whole, bool last)
{
    struct canonical_sink sink = canonical_hash(hash);
    canonical_field(whole, true, &sink);
    if (!last)
        sink.put(sink.arg, SPAN("\r\n"));
}

int arc_seal_digest(const struct arc_set *sets, unsigned before, struct span results,
                    struct span message, struct span seal, uint8_t digest_r[32])
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);

    for (unsigned i = 0; good && i < before; i++) {
        hash_field(hash, field_whole(sets[i].results), false);
        hash_field(hash, field_whole(sets[i].message), false);
        hash_field(hash, field_whole(sets[i].seal), false);
    }
    if (good) {
        hash_field(hash, results, false);
        hash_field(hash, message, false);
        hash_field(hash, seal, true);
        good = EVP_DigestFinal_ex(hash, digest_r, NULL);
    }
    EVP_MD_CTX_free(hash);
    return good ? 0 : -ENOMEM;
}

static void judge_seal(struct arc_chain *c, unsigned i, const struct ask *ask)
{
    const struct arc_set *set = &c->set[i];
    struct dkim_signature s;
    struct span own;
    uint8_t digest[32];

    if (!read_seal(c, set->seal, &s)) {
        fail(c, "a seal is malformed");
        return;
    }
    if (i + 1 == c->count)
        c->sealer = s.domain;
    own = dkim_without_signature(&s, c->arena);
    if (!own.at || arc_seal_digest(c->set, i, field_whole(set->results),
                                   field_whole(set->message), own, digest))
        fail(c, "out of memory");
    else
        judge_signature(c, &s, digest, ask);
}

void arc_end(struct arc_chain *c, const struct ask *ask)
{
    if (c->count == 0)
        return;
    if (c->result == ARC_NONE)
        judge_message(c, ask);
    for (unsigned i = c->count; i-- > 0 && c->result == ARC_NONE;)
        judge_seal(c, i, ask);
    if (c->result == ARC_NONE)
        c->result = ARC_PASS;
}

void arc_close(struct arc_chain *c)
{
    EVP_MD_CTX_free(c->body.hash);
    c->body.hash = NULL;
}
