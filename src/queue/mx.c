/* mx - see mx.h.  Sections are RFC 5321's. */
#include "queue/mx.h"

#include <arpa/inet.h>

enum { IP_A = 4, IP_AAAA = 16 };

static const struct mx_meaning meanings[MX_VERDICTS_COUNT] = {
#define X(enumerator, class, subject, detail, words) { class, subject, detail, words },
    MX_VERDICTS(X)
#undef X
};

const struct mx_meaning *mx_meaning(enum mx_verdict verdict)
{
    return &meanings[verdict];
}

/* ---- chance */

/* Splitmix64: the next number below `most`. */
static unsigned draw(struct mx_route *r, unsigned most)
{
    r->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = r->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z ^ (z >> 31)) % most);
}

/* ---- hosts, §5.1 */

static struct span name_of(const struct mx_host *h)
{
    return span_of(h->name);
}

static bool is_known(const struct mx_route *r, struct span name)
{
    for (unsigned i = 0; i < r->hosts; i++)
        if (span_is_nocase(name_of(&r->host[i]), name))
            return true;
    return false;
}

/* Behind all of a lesser preference, and among those of the same at random.  The worst
 * one falls off the end. */
static void insert(struct mx_route *r, unsigned preference, struct span name)
{
    unsigned from = 0, to;

    while (from < r->hosts && r->host[from].preference < preference)
        from++;
    for (to = from; to < r->hosts && r->host[to].preference == preference; to++)
        ;
    unsigned at = from + draw(r, to - from + 1);
    if (at >= MX_HOSTS_MAX)
        return;
    unsigned last = r->hosts < MX_HOSTS_MAX ? r->hosts : MX_HOSTS_MAX - 1;
    memmove(&r->host[at + 1], &r->host[at], (last - at) * sizeof(r->host[0]));
    r->host[at] = (struct mx_host){ .preference = (uint16_t)preference };
    span_to_string(name, r->host[at].name, sizeof(r->host[at].name));
    r->hosts = (uint8_t)(last + 1);
}

/* We and what is no better than we: mail goes on to who is nearer to the end. */
static void cut_at(struct mx_route *r, unsigned preference)
{
    r->is_cut = true;
    while (r->hosts > 0 && r->host[r->hosts - 1].preference >= preference)
        r->hosts--;
    while (r->addresses > 0 && r->address[r->addresses - 1].host >= r->hosts)
        r->addresses--;
}

static void read_rows(const struct mx_site *site, struct span rows, struct mx_route *r,
                      bool *is_null_r)
{
    unsigned preference, own = UINT16_MAX + 1;
    struct span row, name;

    while (dns_take_row(&rows, &row)) {
        if (!dns_take_mx(row, &preference, &name))
            continue;
        *is_null_r |= name.len == 0;
        if (name.len == 0 || name.len > DNS_NAME_MAX || !dns_name_is_good(name) ||
            is_known(r, name))
            continue;
        if (span_is_nocase(name, site->name) && preference < own)
            own = preference;
        insert(r, preference, name);
    }
    if (own <= UINT16_MAX)
        cut_at(r, own);
}

static void take_hosts(const struct mx_site *site, const struct mx_answer *mx,
                       struct mx_route *r)
{
    bool is_null = false;

    read_rows(site, mx->rows, r, &is_null);
    if (r->hosts == 0)
        r->verdict = r->is_cut ? MX_OURSELVES : is_null ? MX_NULL_MX : MX_NO_HOST;
}

void mx_choose(struct span domain, const struct mx_site *site,
               const struct mx_answer *mx, uint64_t random, struct mx_route *r)
{
    *r = (struct mx_route){ .random = random, .validated = mx->validated };
    switch (mx->outcome) {
    case DNS_FOUND:
        take_hosts(site, mx, r);
        break;
    case DNS_NO_DATA:
        r->implicit = true;
        insert(r, 0, domain);
        if (span_is_nocase(domain, site->name))
            cut_at(r, 0);
        r->verdict = r->hosts == 0 ? MX_OURSELVES : MX_HOSTS;
        break;
    case DNS_NO_NAME:
    case DNS_NO_QUESTION:
        r->verdict = MX_NO_DOMAIN;
        break;
    default:
        r->verdict = MX_LATER;
        break;
    }
}

/* ---- addresses */

static bool is_in(const struct ip *ip, const char *const *networks)
{
    struct network n;

    for (; *networks; networks++)
        if (network_parse(span_of(*networks), &n) && network_has(&n, ip))
            return true;
    return false;
}

/* The special-purpose registries of RFC 6890, and multicast: as what an address means is
 * said in several ways, each is listed. */
bool mx_is_public(const struct ip *ip)
{
    static const char *const v4[] = {
        "0.0.0.0/8",       "10.0.0.0/8",
        "100.64.0.0/10",   "127.0.0.0/8",
        "169.254.0.0/16",  "172.16.0.0/12",
        "192.0.0.0/24",    "192.0.2.0/24",
        "192.168.0.0/16",  "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",     NULL,
    };
    static const char *const v6[] = { "2001:db8::/32", "2001::/23", "2002::/16", NULL };
    static const char *const global[] = { "2000::/3", NULL };

    if (ip_is_v4(ip))
        return !is_in(ip, v4);
    return is_in(ip, global) && !is_in(ip, v6);
}

static bool is_own(const struct mx_site *site, const struct ip *ip)
{
    for (size_t i = 0; i < site->own_count; i++)
        if (memcmp(&site->own[i], ip, sizeof(*ip)) == 0)
            return true;
    return false;
}

static bool is_allowed(const struct mx_site *site, const struct ip *ip)
{
    for (size_t i = 0; i < site->allowed_count; i++)
        if (network_has(&site->allowed[i], ip))
            return true;
    return mx_is_public(ip);
}

static bool read_ip(struct span row, size_t octets, struct ip *ip_r)
{
    struct in_addr v4;

    if (row.len != octets)
        return false;
    if (octets == IP_A) {
        memcpy(&v4, row.at, sizeof(v4));
        *ip_r = ip_from_v4(&v4);
    } else {
        memcpy(ip_r->at, row.at, sizeof(ip_r->at));
    }
    return true;
}

/* One family's addresses of one host, at random; we may be among them. */
struct some {
    struct ip at[MX_HOST_ADDRESSES_MAX];
    unsigned count, seen;
};

/* Each of those that there are is as likely to be among those that are kept. */
static void put(struct mx_route *r, struct some *s, const struct ip *ip)
{
    unsigned at = s->count < MX_HOST_ADDRESSES_MAX ? s->count : MX_HOST_ADDRESSES_MAX;
    unsigned chosen = draw(r, ++s->seen);

    if (at < MX_HOST_ADDRESSES_MAX)
        s->at[s->count++] = *ip;
    if (chosen >= s->count)
        return;
    if (at < MX_HOST_ADDRESSES_MAX)
        s->at[at] = s->at[chosen];
    s->at[chosen] = *ip;
}

static bool read_addresses(struct mx_route *r, const struct mx_site *site,
                           const struct mx_answer *answer, size_t octets,
                           struct some *s)
{
    struct span rows = answer->rows, row;
    struct ip ip;
    bool own = false;

    *s = (struct some){ 0 };
    r->has_failed |= answer->outcome != DNS_FOUND && answer->outcome != DNS_NO_DATA &&
                     answer->outcome != DNS_NO_NAME &&
                     answer->outcome != DNS_NO_QUESTION;
    while (answer->outcome == DNS_FOUND && dns_take_row(&rows, &row)) {
        if (!read_ip(row, octets, &ip))
            continue;
        own |= is_own(site, &ip);
        if (is_allowed(site, &ip))
            put(r, s, &ip);
        else
            r->has_forbidden = true;
    }
    return own;
}

/* A host's share is bounded, so that another one's turn comes, too. */
static void append(struct mx_route *r, unsigned host, const struct some *a,
                   const struct some *aaaa)
{
    unsigned taken = 0;

    for (unsigned i = 0; i < 2 * MX_HOST_ADDRESSES_MAX; i++) {
        const struct some *s = i % 2 == 0 ? aaaa : a;
        if (i / 2 >= s->count || taken == MX_HOST_ADDRESSES_MAX ||
            r->addresses == MX_ADDRESSES_MAX)
            continue;
        r->address[r->addresses++] =
            (struct mx_address){ .ip = s->at[i / 2], .host = (uint8_t)host };
        taken++;
    }
}

bool mx_add_addresses(struct mx_route *r, unsigned host, const struct mx_site *site,
                      const struct mx_answer *a, const struct mx_answer *aaaa)
{
    struct some v4, v6;
    bool own = read_addresses(r, site, a, IP_A, &v4);

    own |= read_addresses(r, site, aaaa, IP_AAAA, &v6);
    if (own) {
        cut_at(r, r->host[host].preference);
        return false;
    }
    r->host[host].validated = a->validated && aaaa->validated;
    append(r, host, &v4, &v6);
    return r->addresses < MX_ADDRESSES_MAX;
}

/* That neither an MX nor an address is there of a domain means that there is no domain for
 * mail. */
void mx_finish(struct mx_route *r)
{
    if (r->verdict != MX_HOSTS || r->addresses > 0)
        return;
    r->verdict = r->hosts == 0      ? MX_OURSELVES
                 : r->has_failed    ? MX_LATER
                 : r->has_forbidden ? MX_FORBIDDEN
                 : r->implicit      ? MX_NO_DOMAIN
                                    : MX_NO_HOST;
}
