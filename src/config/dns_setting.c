/* dns_setting - see dns_setting.h. */
#include "config/dns_setting.h"

#include "config/word.h"

enum { DNS_PORT = 53 };

bool forwarder_parse(struct span said, struct span *address_r, uint64_t *port_r)
{
    size_t at = span_find(said, '@');
    *address_r = span_first(said, at);
    *port_r = DNS_PORT;
    if (!word_is_address(*address_r))
        return false;
    if (at == said.len)
        return true;
    struct span port = span_skip(said, at + 1);
    return span_take_number(&port, UINT16_MAX, port_r) && port.len == 0 && *port_r > 0;
}

static const char *add_forwarder(struct dns_setting *d, struct span said)
{
    struct span address;
    uint64_t port;
    if (!forwarder_parse(said, &address, &port))
        return "ADDRESS or ADDRESS@PORT, a numeric address";
    if (d->forwarders == DNS_FORWARDERS_MAX)
        return "one of 8 at most";
    return span_to_string(said, d->forward[d->forwarders++], DNS_FORWARDER_MAX)
               ? NULL
               : "that short";
}

/* libunbound reads the rest of it: role dns does not start when that fails. */
static bool is_anchor(struct span said)
{
    static const struct span kinds[] = { { " DS ", 4 }, { " DNSKEY ", 8 } };
    for (size_t i = 0; i < said.len; i++)
        if (said.at[i] < ' ' || said.at[i] > '~')
            return false;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (memmem(said.at, said.len, kinds[k].at, kinds[k].len))
            return true;
    return false;
}

static const char *add_anchor(struct dns_setting *d, struct span said)
{
    if (said.len == 0 || !is_anchor(said))
        return "a DS or DNSKEY record in one line, as in 'example. DS 4711 13 2 "
               "89AB...'";
    if (d->anchors == DNS_ANCHORS_MAX)
        return "one of 8 at most";
    if (said.len >= DNS_ANCHOR_MAX)
        return "shorter than 1024 octets";
    span_to_string(said, d->anchor[d->anchors++], DNS_ANCHOR_MAX);
    return NULL;
}

static const char *add_record(struct dns_setting *d, struct span said)
{
    struct dns_record r;
    const char *fault = dns_record_parse(said, &r);
    if (fault)
        return fault;
    if (said.len + 1 > sizeof d->records - d->records_octets)
        return "within the 16384 octets that all records may have";
    memcpy(d->records + d->records_octets, said.at, said.len);
    d->records[d->records_octets + said.len] = '\n';
    d->records_octets += (uint32_t)said.len + 1;
    return NULL;
}

const char *dns_setting_add(struct dns_setting *d, struct span option, struct span said)
{
    if (span_is(option, SPAN("forward")))
        return add_forwarder(d, said);
    if (span_is(option, SPAN("trust_anchor")))
        return add_anchor(d, said);
    return add_record(d, said);
}

struct span dns_setting_records(const struct dns_setting *d)
{
    return span_at(d->records, d->records_octets);
}

bool dns_setting_next(struct span *rest, struct dns_record *record_r)
{
    if (rest->len == 0)
        return false;
    size_t len = span_find(*rest, '\n');
    bool good = len < rest->len && !dns_record_parse(span_first(*rest, len), record_r);
    *rest = span_skip(*rest, len < rest->len ? len + 1 : len);
    return good;
}

bool dns_setting_is_sound(const struct dns_setting *d)
{
    if (d->wanted > 1 || d->forwarders > DNS_FORWARDERS_MAX ||
        d->anchors > DNS_ANCHORS_MAX || d->records_octets > sizeof d->records)
        return false;
    for (uint32_t i = 0; i < d->forwarders; i++) {
        struct span address;
        uint64_t port;
        if (!memchr(d->forward[i], '\0', DNS_FORWARDER_MAX) ||
            !forwarder_parse(span_of(d->forward[i]), &address, &port))
            return false;
    }
    for (uint32_t i = 0; i < d->anchors; i++)
        if (!memchr(d->anchor[i], '\0', DNS_ANCHOR_MAX) ||
            !is_anchor(span_of(d->anchor[i])))
            return false;
    struct span rest = dns_setting_records(d);
    struct dns_record r;
    while (rest.len > 0)
        if (!dns_setting_next(&rest, &r))
            return false;
    return true;
}
