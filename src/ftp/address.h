/*
 * address - how commands and replies name an endpoint: h1,h2,h3,h4,p1,p2 of RFC 959
 * §5.3.2, and |af|address|port| of RFC 2428 §2.  Pure.
 */
#ifndef FTP_ADDRESS_H
#define FTP_ADDRESS_H

#include "wire/endpoint.h"

/* <host-port>; false: it is none (nothing is taken). */
bool address_take_host_port(struct span *rest, struct endpoint *endpoint_r);

enum address_outcome { ADDRESS_GOOD, ADDRESS_MALFORMED, ADDRESS_OF_NO_FAMILY };
/* <d><net-prt><d><net-addr><d><tcp-port><d>, all of it. */
enum address_outcome address_read_extended(struct span text,
                                           struct endpoint *endpoint_r);

/* "192,0,2,1,160,40"; an IPv6 address is none: "0,0,0,0,...". */
enum { ADDRESS_HOST_PORT_SIZE = 24 };
void address_host_port(const struct ip *, uint16_t port,
                       char text_r[ADDRESS_HOST_PORT_SIZE]);

#endif
