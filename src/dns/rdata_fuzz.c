/* Oracle: within its bounds; a name that is told is one that could be asked for. */
#include "dns/rdata.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char row[DNS_ROW_MAX];
    if (size < 1)
        return 0;
    enum dns_kind kind = (enum dns_kind)(data[0] % DNS_KINDS);
    int len = rdata_read(kind, span_at(data + 1, size - 1), row);
    assert(len <= DNS_ROW_MAX && len < (int)size + 1);
    if (len >= 0 && (kind == DNS_PTR || kind == DNS_CNAME))
        assert(dns_name_is_good(span_at(row, (size_t)len)));
    if (len >= 0 && kind == DNS_MX)
        assert(len >= 2 && dns_name_is_good(span_at(row + 2, (size_t)len - 2)));
    return 0;
}
