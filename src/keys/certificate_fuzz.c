/*
 * A file of DIR/keys, or what a person's command hands over: a key, then a chain.
 * Whatever is read says of itself what is printable and within bounds.
 */
#include "keys/certificate.h"

#include "base/own.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(certificate_free) struct certificate *c = NULL;
    struct span rest = span_at(data, size), key;
    if (!certificate_take_key(&rest, &key))
        return 0;
    assert(key.len + rest.len == size && key.at == (const char *)data);
    enum certificate_fault fault = certificate_read(key, rest, 1700000000, &c);
    assert(fault < CERTIFICATE_FAULTS);
    if (!c)
        return 0;
    assert(fault == CERTIFICATE_FINE || fault == CERTIFICATE_EXPIRED);
    struct span host = span_of(c->host);
    assert(host.len > 0 && span_find(host, '/') == host.len && host.at[0] != '.');
    for (const char *at = c->names; *at; at++)
        assert(*at >= ' ' && *at < 0x7f);
    certificate_covers(c, "crepes.fr");
    return 0;
}
