/* change - see change.h. */
#include "config/change.h"

#include <stdio.h>

#define FIELD(field)                                                                   \
    offsetof(struct settings, field), sizeof(((struct settings *)0)->field)

/* clang-format off */
static const struct {
    const char *name;
    size_t offset, size;
} fixed[] = {
    { "hostname",        FIELD(hostname) },
    { "listen",          FIELD(listeners) },
    { "listen",          FIELD(listen) },
    { "mx_copies",       FIELD(mx_copies) },
    { "journal_segment", FIELD(journal_segment) },
    { "compact_from",    FIELD(compact_from) },
    { "text_index",      FIELD(text_index) },
    { "uid_base",        FIELD(uid_base) },
    { "dns",             FIELD(dns.wanted) },
    { "relay",           FIELD(relay.wanted) },
    { "dns: forward",    FIELD(dns.forwarders) },
    { "dns: forward",    FIELD(dns.forward) },
    { "dns: trust_anchor", FIELD(dns.anchors) },
    { "dns: trust_anchor", FIELD(dns.anchor) },
};
/* clang-format on */

size_t settings_keep(const struct settings *now, struct settings *next, char *names_r,
                     size_t size)
{
    size_t count = 0, len = 0;
    const char *last = "";
    names_r[0] = '\0';
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const char *from = (const char *)now + fixed[i].offset;
        char *to = (char *)next + fixed[i].offset;
        if (memcmp(from, to, fixed[i].size) == 0)
            continue;
        memcpy(to, from, fixed[i].size);
        if (span_is(span_of(last), span_of(fixed[i].name)))
            continue;
        last = fixed[i].name;
        int n = snprintf(names_r + len, size - len, "%s%s", count++ ? ", " : "", last);
        len += n > 0 && (size_t)n < size - len ? (size_t)n : 0;
    }
    return count;
}
