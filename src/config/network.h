/*
 * network - addresses and networks as octets, for counting and comparing.
 *
 * One form for both families: sixteen octets, an IPv4 address as ::ffff:a.b.c.d
 * (RFC 4291 §2.5.5.2), so that 192.0.2.0/24 is a network of 120 bits.
 */
#ifndef CONFIG_NETWORK_H
#define CONFIG_NETWORK_H

#include "base/span.h"

enum { NETWORK_OCTETS = 16, NETWORK_V4_BITS = 96, NETWORK_BITS = 128 };

struct ip {
    uint8_t at[NETWORK_OCTETS];
};

struct network {
    struct ip address; /* the bits behind `bits` are zero */
    uint8_t bits;
};

bool ip_parse(struct span text, struct ip *ip_r);
struct in_addr;
struct ip ip_from_v4(const struct in_addr *);
bool ip_is_v4(const struct ip *);

/* "192.0.2.0/24", "2001:db8::/32"; without a length the one address.  Bits behind the
 * length are dropped. */
bool network_parse(struct span text, struct network *network_r);
/* Of any address its network of so many bits; an IPv4's, too, counts from the first of
 * the sixteen octets. */
struct network network_of(const struct ip *, unsigned bits);
bool network_has(const struct network *, const struct ip *);
/* A network that another process made: bits within their bound, and none behind them. */
bool network_is_sound(const struct network *);

/* "192.0.2.0/24"; a whole address without its length. */
enum { NETWORK_TEXT_SIZE = 52 };
void network_print(const struct network *, char text_r[NETWORK_TEXT_SIZE]);

#endif
