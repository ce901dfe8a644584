#include "test/trust/judge.h"

#include "trust/sign.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct span judge_read(struct span path, struct arena *arena)
{
    char name[4096];
    struct stat st;

    assert(span_to_string(path, name, sizeof(name)));
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    assert(fd != -1 && fstat(fd, &st) == 0);
    char *at = arena_alloc(arena, (size_t)st.st_size + 1);
    assert(at && read(fd, at, (size_t)st.st_size) == st.st_size);
    close(fd);
    return span_at(at, (size_t)st.st_size);
}

size_t judge_header_length(struct span message)
{
    const char *end = memmem(message.at, message.len, "\r\n\r\n", 4);
    return end ? (size_t)(end - message.at) + 2 : message.len;
}

/* In pieces of odd sizes, for that is how they come. */
static void take_body(struct dkim_verifier *v, struct span body)
{
    for (size_t n = 1; body.len > 0; n = n * 3 % 1021 + 1) {
        size_t take = n < body.len ? n : body.len;
        dkim_verify_take(v, span_first(body, take));
        body = span_skip(body, take);
    }
}

void judge_dkim(const struct ask *ask, struct span line)
{
    struct span message = judge_read(judge_word(&line), ask->arena);
    size_t header = judge_header_length(message);
    struct fields fields;
    struct dkim_verifier v;

    assert(fields_read(span_first(message, header), ask->arena, &fields) == 0);
    assert(dkim_verify_begin(&v, &fields, ask->arena) == 0);
    if (header < message.len)
        take_body(&v, span_skip(message, header + 2));
    dkim_verify_end(&v, ask, strtoull(line.at, NULL, 10));
    for (unsigned i = 0; i < v.signatures; i++)
        printf("%s%s %.*s %s", i ? "\t" : "", dkim_result_name(v.signature[i].result),
               SPAN_ARG(v.signature[i].domain),
               v.signature[i].reason ? v.signature[i].reason : "");
    printf("\n");
    dkim_verify_close(&v);
}

EVP_PKEY *judge_key(struct span path)
{
    char name[4096];
    assert(span_to_string(path, name, sizeof(name)));
    FILE *file = fopen(name, "r");
    assert(file);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    assert(key);
    return key;
}

void judge_sign(const struct ask *ask, struct span line)
{
    struct span message = judge_read(judge_word(&line), ask->arena);
    size_t header = judge_header_length(message);
    EVP_PKEY *key = judge_key(judge_word(&line));
    bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    struct sign_key with = {
        .algorithm = rsa ? DKIM_RSA_SHA256 : DKIM_ED25519_SHA256,
        .sign = rsa ? sign_by_rsa : sign_by_ed25519,
        .arg = key,
    };
    struct buf out = { .max = 1 << 20 };
    struct sign_body body;
    struct fields fields;
    uint8_t digest[32];

    with.domain = judge_word(&line);
    with.selector = judge_word(&line);
    assert(fields_read(span_first(message, header), ask->arena, &fields) == 0);
    assert(sign_body_begin(&body) == 0);
    if (header < message.len)
        sign_body_take(&body, span_skip(message, header + 2));
    sign_body_end(&body, digest);
    assert(sign_message(&with, &fields, digest, strtoull(line.at, NULL, 10), ask->arena,
                        &out) == 0);
    size_t field = out.len;
    assert(sign_key_record(with.algorithm, key, &out) == 0);
    printf("%zu %zu\n", field, out.len);
    fwrite(out.at, 1, out.len, stdout);
    printf("\n");
    buf_free(&out);
    EVP_PKEY_free(key);
}
