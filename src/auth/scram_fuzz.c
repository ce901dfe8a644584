/*
 * scram_fuzz - whatever the client says: what is taken lies within its message, in order,
 * and is all of it; and says again what it says.
 */
#include "auth/scram.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static bool is_within(struct span part, struct span whole)
{
    return part.len == 0 ||
           (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static void check_name(struct span saslname)
{
    char name[SASL_LINE_MAX];
    size_t len = 0, escaped = 0;
    bool good = scram_unescape(saslname, name, sizeof name, &len);
    assert(good && len <= saslname.len);
    for (size_t i = 0; i < len; i++)
        escaped += name[i] == ',' || name[i] == '=' ? 3 : 1;
    assert(escaped == saslname.len);
}

static void check_first(struct span message)
{
    struct scram_first f;
    if (!scram_take_first(message, &f))
        return;
    assert(is_within(f.bare, message) && is_within(f.authzid, f.gs2_header) &&
           is_within(f.cb_name, f.gs2_header) && is_within(f.username, f.bare) &&
           is_within(f.nonce, f.bare));
    assert(f.gs2_header.at == message.at &&
           f.bare.at + f.bare.len == message.at + message.len);
    assert(f.gs2_header.len + f.bare.len == message.len);
    assert(f.binding == 'n' || f.binding == 'y' || f.binding == 'p');
    assert((f.binding == 'p') == (f.cb_name.len > 0));
    assert(f.username.len > 0 && f.nonce.len > 0);
    assert(span_find(f.nonce, ',') == f.nonce.len);
    check_name(f.username);
    check_name(f.authzid);
}

static void check_final(struct span message)
{
    struct scram_final f;
    char proof[BASE64_SIZE(SCRAM_KEY_OCTETS) + 1];
    if (!scram_take_final(message, &f))
        return;
    assert(is_within(f.binding, f.without_proof) &&
           is_within(f.nonce, f.without_proof));
    assert(f.without_proof.at == message.at);
    base64_encode(span_at(f.proof, sizeof f.proof), proof);
    struct span rest = span_skip(message, f.without_proof.len);
    bool good = span_take(&rest, SPAN(",p=")) && span_is(rest, span_of(proof));
    assert(good);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span message = span_at(octets, len < SASL_LINE_MAX ? len : SASL_LINE_MAX);
    check_first(message);
    check_final(message);
    return 0;
}
