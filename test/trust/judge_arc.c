#include "test/trust/judge.h"

#include "trust/arc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* The whole of a message, its chain judged; what is behind its header section goes to
 * the body's hash too, where there is one. */
static void judge_chain(const struct ask *ask, struct span message,
                        struct fields *fields, struct sign_body *body,
                        struct arc_chain *chain)
{
    size_t header = judge_header_length(message);
    struct span rest = span_skip(message, header);

    assert(fields_read(span_first(message, header), ask->arena, fields) == 0);
    assert(arc_begin(chain, fields, ask->arena) == 0);
    rest = rest.len >= 2 ? span_skip(rest, 2) : rest;
    arc_take(chain, rest);
    if (body)
        sign_body_take(body, rest);
    arc_end(chain, ask);
}

void judge_arc(const struct ask *ask, struct span line)
{
    struct span message = judge_read(judge_word(&line), ask->arena);
    struct arc_chain chain;
    struct fields fields;

    judge_chain(ask, message, &fields, NULL, &chain);
    printf("%s %u %.*s %s\n", arc_result_name(chain.result), chain.count,
           SPAN_ARG(chain.sealer), chain.reason ? chain.reason : "");
    arc_close(&chain);
}

void judge_seal(const struct ask *ask, struct span line)
{
    struct span message = judge_read(judge_word(&line), ask->arena);
    EVP_PKEY *key = judge_key(judge_word(&line));
    bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    struct sign_key with = {
        .algorithm = rsa ? DKIM_RSA_SHA256 : DKIM_ED25519_SHA256,
        .sign = rsa ? sign_by_rsa : sign_by_ed25519,
        .arg = key,
    };
    struct buf out = { .max = 1 << 20 };
    struct arc_chain chain;
    struct fields fields;
    struct sign_body body;
    uint8_t digest[32];

    with.domain = judge_word(&line);
    with.selector = judge_word(&line);
    assert(sign_body_begin(&body) == 0);
    judge_chain(ask, message, &fields, &body, &chain);
    sign_body_end(&body, digest);
    int error = arc_seal(&chain, &with, SPAN("hamburger.edu; spf=pass"), &fields,
                         digest, strtoull(line.at, NULL, 10), ask->arena, &out);
    printf("%d %zu\n", error, out.len);
    fwrite(out.at, 1, out.len, stdout);
    printf("\n");
    arc_close(&chain);
    buf_free(&out);
    EVP_PKEY_free(key);
}
