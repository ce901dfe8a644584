/* listing_read_fuzz - LIST and MLSx lines: what an entry points to lies in its line. */
#include "ftp/facts_read.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void lies_in(struct span part, struct span line)
{
    if (part.len > 0)
        assert(part.at >= line.at && part.at + part.len <= line.at + line.len);
}

static void judge(const struct ftp_entry *e, struct span line)
{
    assert(e->name.len > 0);
    lies_in(e->name, line);
    lies_in(e->target, line);
    lies_in(e->owner, line);
    lies_in(e->group, line);
    lies_in(e->perm, line);
    lies_in(e->unique, line);
    assert(!e->has_mode || e->mode <= 07777);
    assert(!e->has_size || e->size <= INT64_MAX);
    if (name_is_single(e->name))
        assert(!memchr(e->name.at, '/', e->name.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span line = span_at(octets, len);
    struct ftp_entry e;
    if (listing_read(line, 1795253400, &e))
        judge(&e, line);
    if (facts_read(line, &e))
        judge(&e, line);
    return 0;
}
