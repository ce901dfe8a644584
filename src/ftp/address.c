#include "ftp/address.h"

#include <arpa/inet.h>
#include <stdio.h>

bool address_take_host_port(struct span *rest, struct endpoint *endpoint_r)
{
    struct span s = *rest;
    uint64_t number[6];
    for (size_t i = 0; i < 6; i++) {
        if (i > 0 && !span_take(&s, SPAN(",")))
            return false;
        if (!span_take_number(&s, 255, &number[i]))
            return false;
    }
    struct in_addr v4 = { htonl(
        (uint32_t)(number[0] << 24 | number[1] << 16 | number[2] << 8 | number[3])) };
    *endpoint_r = (struct endpoint){ .ip = ip_from_v4(&v4),
                                     .port = (uint16_t)(number[4] << 8 | number[5]) };
    *rest = s;
    return true;
}

static bool take_part(struct span *rest, char delimiter, struct span *part_r)
{
    size_t n = span_find(*rest, delimiter);
    if (n == rest->len)
        return false;
    *part_r = span_first(*rest, n);
    *rest = span_skip(*rest, n + 1);
    return true;
}

/* A family's own form: ::ffff:192.0.2.1 is an address of neither. */
static bool is_of_family(struct span family, struct span text, const struct ip *ip)
{
    bool has_colon = span_find(text, ':') < text.len;
    return span_is(family, SPAN("1")) ? !has_colon : has_colon && !ip_is_v4(ip);
}

enum address_outcome address_read_extended(struct span text,
                                           struct endpoint *endpoint_r)
{
    struct span family, address, port;
    uint64_t number;
    if (text.len == 0 || *text.at < 33 || *text.at > 126)
        return ADDRESS_MALFORMED;
    char d = *text.at;
    text = span_skip(text, 1);
    if (!take_part(&text, d, &family) || !take_part(&text, d, &address) ||
        !take_part(&text, d, &port) || text.len > 0)
        return ADDRESS_MALFORMED;
    if (!span_is(family, SPAN("1")) && !span_is(family, SPAN("2")))
        return ADDRESS_OF_NO_FAMILY;
    if (!span_take_number(&port, UINT16_MAX, &number) || port.len > 0 ||
        !ip_parse(address, &endpoint_r->ip) ||
        !is_of_family(family, address, &endpoint_r->ip))
        return ADDRESS_MALFORMED;
    endpoint_r->port = (uint16_t)number;
    endpoint_r->scope = 0;
    return ADDRESS_GOOD;
}

void address_host_port(const struct ip *ip, uint16_t port,
                       char text_r[ADDRESS_HOST_PORT_SIZE])
{
    static const uint8_t none[4];
    const uint8_t *v4 = ip_is_v4(ip) ? ip->at + 12 : none;
    snprintf(text_r, ADDRESS_HOST_PORT_SIZE, "%u,%u,%u,%u,%u,%u", v4[0], v4[1], v4[2],
             v4[3], port >> 8, port & 0xffu);
}
