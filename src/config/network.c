/* network - see network.h. */
#include "config/network.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t v4_prefix[NETWORK_V4_BITS / 8] = { [10] = 0xff, [11] = 0xff };

bool ip_is_v4(const struct ip *a)
{
    return memcmp(a->at, v4_prefix, sizeof v4_prefix) == 0;
}

struct ip ip_from_v4(const struct in_addr *v4)
{
    struct ip ip;
    memcpy(ip.at, v4_prefix, sizeof v4_prefix);
    memcpy(ip.at + sizeof v4_prefix, v4, NETWORK_OCTETS - sizeof v4_prefix);
    return ip;
}

bool ip_parse(struct span text, struct ip *a)
{
    char string[INET6_ADDRSTRLEN];
    if (!span_to_string(text, string, sizeof string) || memchr(text.at, 0, text.len))
        return false;
    if (inet_pton(AF_INET6, string, a->at) == 1)
        return true;
    memcpy(a->at, v4_prefix, sizeof v4_prefix);
    return inet_pton(AF_INET, string, a->at + sizeof v4_prefix) == 1;
}

struct network network_of(const struct ip *a, unsigned bits)
{
    struct network n = { .bits = (uint8_t)bits };
    memcpy(n.address.at, a->at, bits / 8);
    if (bits % 8)
        n.address.at[bits / 8] = a->at[bits / 8] & (uint8_t)(0xff00U >> bits % 8);
    return n;
}

bool network_parse(struct span text, struct network *n)
{
    struct span address = span_first(text, span_find(text, '/'));
    struct ip a;
    if (address.len == 0 || !ip_parse(address, &a))
        return false;
    /* ::ffff:0:0/96 and what is shorter are IPv6 networks; the text tells which. */
    unsigned least =
        span_find(address, ':') < address.len ? 0 : (unsigned)NETWORK_V4_BITS;
    uint64_t bits = NETWORK_BITS - least;
    struct span length = span_skip(text, address.len);
    if (span_take(&length, SPAN("/")) &&
        (!span_take_number(&length, NETWORK_BITS - least, &bits) || length.len > 0))
        return false;
    *n = network_of(&a, least + (unsigned)bits);
    return true;
}

bool network_has(const struct network *n, const struct ip *a)
{
    struct network other = network_of(a, n->bits);
    return memcmp(other.address.at, n->address.at, NETWORK_OCTETS) == 0;
}

bool network_is_sound(const struct network *n)
{
    return n->bits <= NETWORK_BITS && network_has(n, &n->address);
}

void network_print(const struct network *n, char text_r[NETWORK_TEXT_SIZE])
{
    bool v4 = n->bits >= NETWORK_V4_BITS && ip_is_v4(&n->address);
    size_t from = v4 ? sizeof v4_prefix : 0;
    inet_ntop(v4 ? AF_INET : AF_INET6, n->address.at + from, text_r, NETWORK_TEXT_SIZE);
    size_t len = strlen(text_r);
    if (n->bits < NETWORK_BITS)
        snprintf(text_r + len, NETWORK_TEXT_SIZE - len, "/%u",
                 n->bits - (unsigned)(8 * from));
}
