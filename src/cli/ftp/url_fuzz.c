/* url: what is read and written is read the same, and carries no second command. */
#include "cli/ftp/url.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct url once, twice;
    if (url_read(span_at(data, size), &once))
        return 0;
    assert(!strpbrk(once.path, "\r\n") && !strpbrk(once.user, "\r\n"));
    struct buf b = { .max = 8 * URL_OCTETS_MAX };
    assert(url_put(&b, &once, true) == 0);
    assert(b.len > URL_OCTETS_MAX || !url_read(buf_span(&b), &twice));
    if (b.len <= URL_OCTETS_MAX) {
        assert(strcmp(once.host, twice.host) == 0 && once.port == twice.port);
        assert(strcmp(once.user, twice.user) == 0 &&
               strcmp(once.path, twice.path) == 0);
        assert(strcmp(once.password, twice.password) == 0 && once.type == twice.type);
    }
    buf_free(&b);
    return 0;
}
