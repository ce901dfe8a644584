#include "trust/arc.h"

#include "trust/arc_inside.h"

#include <errno.h>
#include <inttypes.h>

/* All of the seal but what stands behind b=. */
static int put_seal(const struct arc_chain *c, const struct sign_key *key,
                    unsigned instance, uint64_t now, struct buf *seal)
{
    const char *found = c->count == 0 ? "none" : arc_result_name(c->result);

    return buf_printf(seal,
                      "ARC-Seal: i=%u; a=%s; cv=%s;\r\n"
                      "\td=%.*s; s=%.*s; t=%" PRIu64 ";\r\n\tb=",
                      instance, dkim_algorithm_name(key->algorithm), found,
                      SPAN_ARG(key->domain), SPAN_ARG(key->selector), now);
}

static struct span without_line_end(const struct buf *b)
{
    return span_first(buf_span(b), b->len - 2);
}

/* A chain that has failed is sealed alone: nothing before it is worth a hash (§5.1.2). */
static int seal_set(const struct arc_chain *c, const struct sign_key *key,
                    const struct buf *results, const struct buf *message,
                    struct buf *seal)
{
    uint8_t digest[32];
    unsigned before = c->result == ARC_FAIL ? 0 : c->count;
    int error = arc_seal_digest(c->set, before, without_line_end(results),
                                without_line_end(message), buf_span(seal), digest);

    if (!error)
        error = sign_put_signature(key, digest, seal);
    return error ? error : buf_put(seal, SPAN("\r\n"));
}

int arc_seal(const struct arc_chain *c, const struct sign_key *key, struct span results,
             const struct fields *fields, const uint8_t body_digest[32], uint64_t now,
             struct arena *arena, struct buf *out)
{
    struct buf aar = { .max = SIGNATURE_FIELD_MAX };
    struct buf message = { .max = SIGNATURE_FIELD_MAX };
    struct buf seal = { .max = SIGNATURE_FIELD_MAX };
    unsigned instance = c->count + 1;
    int error = c->broken ? -EBADMSG : instance > ARC_SETS_MAX ? -E2BIG : 0;

    if (!error)
        error = buf_printf(&aar, "ARC-Authentication-Results: i=%u; %.*s\r\n", instance,
                           SPAN_ARG(results));
    if (!error)
        error = sign_instance(key, instance, fields, body_digest, now, arena, &message);
    if (!error)
        error = put_seal(c, key, instance, now, &seal);
    if (!error)
        error = seal_set(c, key, &aar, &message, &seal);
    if (!error)
        error = buf_reserve(out, aar.len + message.len + seal.len);
    if (!error) {
        buf_put(out, buf_span(&seal));
        buf_put(out, buf_span(&message));
        buf_put(out, buf_span(&aar));
    }
    buf_free(&aar);
    buf_free(&message);
    buf_free(&seal);
    return error;
}
