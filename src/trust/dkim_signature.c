#include "trust/dkim.h"
#include "trust/tags.h"

#include <errno.h>

const char *dkim_result_name(enum dkim_result result)
{
    static const char *const names[] = {
#define X(enumerator, name) name,
        DKIM_RESULTS(X)
#undef X
    };
    return names[result];
}

const char *dkim_algorithm_name(enum dkim_algorithm algorithm)
{
    return algorithm == DKIM_RSA_SHA256 ? "rsa-sha256" : "ed25519-sha256";
}

/* ---- its tags (§3.5): each says what is wrong, or NULL */

static const char *read_algorithm(const struct tags *tags, struct dkim_signature *s)
{
    struct span a = tags_value(tags, "a");

    for (int i = 0; i < DKIM_ALGORITHMS; i++)
        if (span_is_nocase(a, span_of(dkim_algorithm_name((enum dkim_algorithm)i)))) {
            s->algorithm = (enum dkim_algorithm)i;
            return NULL;
        }
    return "algorithm not supported";
}

static bool read_one_canonicalization(struct span word, bool *relaxed_r)
{
    *relaxed_r = span_is_nocase(word, SPAN("relaxed"));
    return *relaxed_r || span_is_nocase(word, SPAN("simple"));
}

static const char *read_canonicalization(const struct tags *tags,
                                         struct dkim_signature *s)
{
    const struct tag *c = tags_find(tags, "c");

    if (!c)
        return NULL;
    size_t slash = span_find(c->value, '/');
    if (!read_one_canonicalization(span_first(c->value, slash), &s->relaxed_header) ||
        (slash < c->value.len &&
         !read_one_canonicalization(span_skip(c->value, slash + 1), &s->relaxed_body)))
        return "canonicalization not supported";
    return NULL;
}

/* i= is of d= or of a subdomain of it. */
static const char *read_identity(const struct tags *tags, struct dkim_signature *s)
{
    const struct tag *i = tags_find(tags, "i");

    s->identity = i ? i->value : SPAN("");
    if (!i)
        return NULL;
    const char *at = i->value.len ? memrchr(i->value.at, '@', i->value.len) : NULL;
    if (!at ||
        !tag_is_within(span_skip(i->value, (size_t)(at - i->value.at) + 1), s->domain))
        return "i= is not of d=";
    return NULL;
}

static const char *read_names(const struct tags *tags, struct dkim_signature *s)
{
    s->domain = tags_value(tags, "d");
    s->selector = tags_value(tags, "s");
    if (!tag_is_domain(s->domain) || !tag_is_domain(s->selector))
        return "no domain and selector";
    return NULL;
}

static const char *read_fields(const struct tags *tags, struct dkim_signature *s)
{
    struct span rest, word;
    unsigned count = 0;

    s->fields = rest = tags_value(tags, "h");
    while (tag_take_word(&rest, ':', &word))
        if (word.len == 0 || ++count > DKIM_FIELDS_MAX)
            return "h= is no list of fields";
    return tag_has_word(s->fields, ':', "From") ? NULL : "From is not signed";
}

static const char *read_times(const struct tags *tags, struct dkim_signature *s)
{
    const struct tag *t = tags_find(tags, "t"), *x = tags_find(tags, "x"),
                     *l = tags_find(tags, "l");
    uint64_t since = 0;

    s->expires = s->length = UINT64_MAX;
    s->partial = l;
    if ((t && !tag_number(t->value, 999999999999, &since)) ||
        (x && !tag_number(x->value, 999999999999, &s->expires)) ||
        (l && !tag_number(l->value, UINT64_MAX / 2, &s->length)))
        return "t=, x= or l= is no number";
    return x && t && s->expires < since ? "it expired before it was made" : NULL;
}

static const char *read_hashes(const struct tags *tags, struct arena *arena,
                               struct dkim_signature *s)
{
    const struct tag *b = tags_find(tags, "b");

    if (!b)
        return "no b=";
    s->raw_signature = b->raw;
    s->signature = tag_base64(b->value, arena);
    s->body_hash = tag_base64(tags_value(tags, "bh"), arena);
    if (!s->signature.at || s->signature.len == 0 || s->body_hash.len != 32)
        return "b= or bh= is no base64";
    return NULL;
}

static const char *read_all(const struct tags *tags, bool message, struct arena *arena,
                            struct dkim_signature *s)
{
    const struct tag *q = tags_find(tags, "q");
    const char *reason = NULL;

    if (!message && !span_is(tags_value(tags, "v"), SPAN("1")))
        return "v= is not 1";
    if (q && !tag_has_word(q->value, ':', "dns/txt"))
        return "q= has no dns/txt";
    reason = read_names(tags, s);
    if (!reason)
        reason = read_algorithm(tags, s);
    if (!reason)
        reason = read_canonicalization(tags, s);
    if (!reason && !message)
        reason = read_identity(tags, s);
    if (!reason)
        reason = read_fields(tags, s);
    if (!reason)
        reason = read_times(tags, s);
    return reason ? reason : read_hashes(tags, arena, s);
}

bool dkim_read_signature(const struct field *field, bool message, struct arena *arena,
                         struct dkim_signature *s)
{
    struct tags tags;

    *s = (struct dkim_signature){ .result = DKIM_NONE, .whole = field_whole(field) };
    s->domain = s->selector = s->identity = SPAN("");
    s->reason = tags_read(field->value, &tags) ? read_all(&tags, message, arena, s)
                                               : "not a list of tags";
    if (s->reason)
        s->result = DKIM_PERMERROR;
    return !s->reason;
}

/* ---- what it is over (§3.7) */

/* The last field of that name that was not taken yet. */
static const struct field *take_last(const struct fields *f, struct span name,
                                     bool *taken)
{
    for (size_t i = f->count; i-- > 0;)
        if (!taken[i] && span_is_nocase(f->at[i].name, name)) {
            taken[i] = true;
            return &f->at[i];
        }
    return NULL;
}

struct span dkim_without_signature(const struct dkim_signature *s, struct arena *arena)
{
    char *copy = arena_alloc(arena, s->whole.len + 1);
    size_t before = (size_t)(s->raw_signature.at - s->whole.at);
    size_t behind = before + s->raw_signature.len;

    if (!copy)
        return span_at(NULL, 0);
    memcpy(copy, s->whole.at, before);
    memcpy(copy + before, s->whole.at + behind, s->whole.len - behind);
    return span_at(copy, s->whole.len - s->raw_signature.len);
}

int dkim_header_digest(const struct dkim_signature *s, const struct fields *fields,
                       struct arena *arena, uint8_t digest_r[32])
{
    bool *taken = arena_alloc(arena, fields->count + 1);
    struct span own = dkim_without_signature(s, arena), rest = s->fields, name;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool good = taken && own.at && hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    struct canonical_sink sink = canonical_hash(hash);
    const struct field *field;

    while (good && tag_take_word(&rest, ':', &name))
        if ((field = take_last(fields, name, taken))) {
            canonical_field(field_whole(field), s->relaxed_header, &sink);
            sink.put(sink.arg, SPAN("\r\n"));
        }
    if (good)
        canonical_field(own, s->relaxed_header, &sink);
    good = good && EVP_DigestFinal_ex(hash, digest_r, NULL);
    EVP_MD_CTX_free(hash);
    return good ? 0 : -ENOMEM;
}
