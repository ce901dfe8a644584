/*
 * The first octet is the kind; the rest is what a front wants to have signed.  A block
 * that is taken has the one form that its kind allows: asked again with any octet of its
 * frame changed, it is none.
 */
#include "keys/question.h"

#include "config/limits.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char copy[RSA_OCTETS_MAX];
    if (size < 1 || size - 1 > sizeof copy)
        return 0;
    enum tls_block kind = data[0] % (TLS_BLOCKS + 1);
    struct span block = span_at(data + 1, size - 1);
    bool digest = question_is_good(kind, block, 0);
    bool good = question_is_good(kind, block, block.len);
    bool other = question_is_good(kind, block, 256);
    assert(!digest || kind == TLS_ECDSA_DIGEST);
    assert(!good || kind == TLS_RSA_PSS || kind == TLS_RSA_PKCS1);
    assert(!other || kind != TLS_RSA_PSS || block.len == 256);
    if (kind == TLS_RSA_PKCS1 && good) {
        memcpy(copy, block.at, block.len);
        copy[data[size - 1] % 19] ^= 1;
        assert(!question_is_good(kind, span_at(copy, block.len), 256));
    }
    if (kind == TLS_RSA_PSS && good) {
        memcpy(copy, block.at, block.len);
        copy[block.len - 1] ^= 1;
        assert(!question_is_good(kind, span_at(copy, block.len), block.len));
    }
    return 0;
}
