#include "keys/shown.h"

static const char magic[8] = "keys 1\r\n";

int shown_begin(struct buf *b, uint32_t count, const struct tls_ticket_key *now,
                const struct tls_ticket_key *before)
{
    struct shown_head head = { .count = count, .now = *now, .before = *before };
    memcpy(head.magic, magic, sizeof magic);
    int error = buf_put(b, span_at(&head, sizeof head));
    explicit_bzero(&head, sizeof head);
    return error;
}

int shown_put(struct buf *b, struct span chain)
{
    uint32_t len = (uint32_t)chain.len;
    int error = buf_put(b, span_at(&len, sizeof len));
    return error ? error : buf_put(b, chain);
}

static bool take(struct span *rest, void *to, size_t len)
{
    if (rest->len < len)
        return false;
    memcpy(to, rest->at, len);
    *rest = span_skip(*rest, len);
    return true;
}

bool shown_read(struct span octets, struct shown *s)
{
    struct shown_head head;
    s->count = 0;
    if (!take(&octets, &head, sizeof head) ||
        memcmp(head.magic, magic, sizeof magic) != 0 ||
        head.count > TLS_CERTIFICATES_MAX)
        return false;
    s->now = head.now;
    s->before = head.before;
    for (; s->count < head.count; s->count++) {
        uint32_t len;
        if (!take(&octets, &len, sizeof len) || len > octets.len)
            return false;
        s->chains[s->count] = span_first(octets, len);
        octets = span_skip(octets, len);
    }
    return octets.len == 0;
}
