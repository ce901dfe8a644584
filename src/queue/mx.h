/*
 * mx - which hosts take the mail of a domain, and at which addresses: RFC 5321 §5,
 * RFC 7505 (null MX).
 *
 * Functions of the DNS's answers and of a random number, which shuffles hosts of one
 * preference and a host's addresses.  What the DNS says is a stranger's (S24): at most
 * MX_HOSTS_MAX hosts and MX_ADDRESSES_MAX addresses are taken from it, none that is nobody's
 * or of this site's own network unless the configuration says so, and never ourselves.
 */
#ifndef QUEUE_MX_H
#define QUEUE_MX_H

#include "base/arena.h"
#include "config/network.h"
#include "dns/answer.h"

/* X(enumerator, class, subject, detail of RFC 3463, what a person is told) */
#define MX_VERDICTS(X)                                                                 \
    X(HOSTS, 2, 0, 0, "there are hosts for it")                                        \
    X(NO_DOMAIN, 5, 1, 2, "there is no such domain")                                   \
    X(NULL_MX, 5, 1, 10, "the domain says that it takes no mail")                      \
    X(OURSELVES, 5, 4, 6, "the domain's mail leads back here, and is not ours")        \
    X(NO_HOST, 5, 4, 4, "none of the domain's mail hosts has an address")              \
    X(FORBIDDEN, 5, 4, 4,                                                              \
      "the domain's mail hosts have only addresses of no public host")                 \
    X(LATER, 4, 4, 3, "the DNS gives no answer now")

enum mx_verdict {
#define X(enumerator, class, subject, detail, words) MX_##enumerator,
    MX_VERDICTS(X)
#undef X
        MX_VERDICTS_COUNT
};

struct mx_meaning {
    uint8_t class, subject, detail;
    const char *words;
};
const struct mx_meaning *mx_meaning(enum mx_verdict);

/* The DNS's answer to one question. */
struct mx_answer {
    enum dns_outcome outcome;
    bool validated;
    struct span rows; /* dns/answer.h */
};

/* Who we are, and where we may go; borrowed. */
struct mx_site {
    struct span name;     /* ours, as an MX would name us */
    const struct ip *own; /* where we listen for mail */
    size_t own_count;
    const struct network *allowed; /* though no public hosts are there */
    size_t allowed_count;
};

struct mx_host {
    uint16_t preference;
    bool validated; /* its addresses */
    char name[DNS_NAME_MAX + 1];
};

struct mx_address {
    struct ip ip;
    uint8_t host; /* index */
};

/* In the order in which they are to be tried. */
struct mx_route {
    enum mx_verdict verdict;
    bool validated; /* the answer to MX; the hosts' names can be believed (RFC 7672) */
    bool implicit;  /* there is no MX: the domain itself (§5.1) */
    bool is_cut, has_failed, has_forbidden; /* ourselves; a look-up; an address */
    uint8_t hosts, addresses;
    struct mx_host host[MX_HOSTS_MAX];
    struct mx_address address[MX_ADDRESSES_MAX];
    uint64_t random; /* what is left of it */
};

/* The hosts.  random: any number, another one each time. */
void mx_choose(struct span domain, const struct mx_site *, const struct mx_answer *mx,
               uint64_t random, struct mx_route *route_r);
/* The addresses of one host; the hosts in their order.  False: no further host is to be
 * asked about, there are enough or we are among them. */
bool mx_add_addresses(struct mx_route *, unsigned host, const struct mx_site *,
                      const struct mx_answer *a, const struct mx_answer *aaaa);
/* All hosts have been asked about: the verdict. */
void mx_finish(struct mx_route *);

/* May mail go there, by an address from the DNS? */
bool mx_is_public(const struct ip *);

/* ---- all of that */
struct mx_dns {
    /* Parks; what the answer points to lives in the arena. */
    void (*ask)(void *arg, enum dns_kind, struct span name, struct arena *,
                struct mx_answer *answer_r);
    void *arg;
};
/* Asks role dns.  As mx_dns.ask; an error, as that there is no such role, is DNS_FAILED. */
void mx_ask_role(void *arg, enum dns_kind, struct span name, struct arena *,
                 struct mx_answer *answer_r);
/* domain: A-labels, or an address literal, "[192.0.2.1]", "[IPv6:2001:db8::1]". */
void mx_find(struct span domain, const struct mx_site *, const struct mx_dns *,
             struct arena *, uint64_t random, struct mx_route *route_r);

#endif
