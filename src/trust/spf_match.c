#include "trust/spf_inside.h"

#include "trust/tags.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

/* ---- questions */

/* False: too many of them found nothing. */
static bool ask(struct spf_check *c, enum ask_kind kind, struct span name,
                struct ask_answer *answer_r)
{
    trust_ask(c->ask, kind, name, answer_r);
    if (answer_r->outcome == ASK_NO_DATA || answer_r->outcome == ASK_NO_NAME)
        c->voids++;
    return c->voids <= SPF_VOID_LOOKUPS_MAX;
}

bool spf_begins_lookup(struct spf_check *c)
{
    return ++c->answer->lookups <= SPF_LOOKUPS_MAX;
}

/* Labels of 1 to 63 octets, the whole of at most 253. */
bool spf_is_name(struct span s, unsigned labels_min)
{
    unsigned labels = 0;
    if (s.len > 253)
        return false;
    while (s.len > 0) {
        size_t n = span_find(s, '.');
        if (n == 0 || n > 63 || (n + 1 == s.len && n < s.len))
            return false;
        labels++;
        s = span_skip(s, n + (n < s.len));
    }
    return labels >= labels_min;
}

struct span spf_without_dot(struct span s)
{
    s.len -= s.len > 0 && s.at[s.len - 1] == '.';
    return s;
}

static enum ask_kind address_kind(const struct spf_check *c)
{
    return c->client->v6 ? ASK_AAAA : ASK_A;
}

static bool is_within(const struct spf_check *c, const uint8_t *network,
                      unsigned prefix)
{
    unsigned octets = prefix / 8, bits = prefix % 8;
    const uint8_t *a = c->client->address;

    return memcmp(a, network, octets) == 0 &&
           (bits == 0 || ((a[octets] ^ network[octets]) >> (8 - bits)) == 0);
}

static bool has_client(const struct spf_check *c, const struct ask_answer *answer,
                       unsigned prefix)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->rows[i].len == (c->client->v6 ? 16 : 4) &&
            is_within(c, (const uint8_t *)answer->rows[i].at, prefix))
            return true;
    return false;
}

/* ---- the client's validated names (§5.5) */

/* d.c.b.a.in-addr.arpa, or the nibbles' */
static struct span put_reverse_name(const struct spf_client *client, char text[80])
{
    int n = 0;
    for (unsigned i = client->v6 ? 16 : 4; i-- > 0;) {
        unsigned octet = client->address[i];
        n += client->v6
                 ? snprintf(text + n, 80 - (size_t)n, "%x.%x.", octet & 15, octet >> 4)
                 : snprintf(text + n, 80 - (size_t)n, "%u.", octet);
    }
    n += snprintf(text + n, 80 - (size_t)n, "%s",
                  client->v6 ? "ip6.arpa" : "in-addr.arpa");
    return span_at(text, (size_t)n);
}

/* Of the first ten names of the client's address, that one which has the address too,
 * and is below `domain`; any such one where domain is "".  0 octets: none. */
static struct span find_validated(struct spf_check *c, struct span domain, bool *void_r)
{
    struct ask_answer names, addresses;
    char text[80];

    *void_r = !ask(c, ASK_PTR, put_reverse_name(c->client, text), &names);
    for (size_t i = 0; i < names.count && i < SPF_NAMES_MAX && !*void_r; i++) {
        if (!spf_is_name(names.rows[i], 1) ||
            (domain.len > 0 && !tag_is_within(names.rows[i], domain)))
            continue;
        *void_r = !ask(c, address_kind(c), names.rows[i], &addresses);
        if (has_client(c, &addresses, c->client->v6 ? 128 : 32))
            return names.rows[i];
    }
    return SPAN("");
}

/* §7.3: the domain itself is preferred, then a subdomain of it, then any. */
static struct span find_name(void *arg)
{
    struct spf_check *c = arg;
    bool at_end = false;

    if (!c->name_known)
        c->validated = find_validated(c, c->client->domain, &at_end);
    if (!c->name_known && c->validated.len == 0 && !at_end)
        c->validated = find_validated(c, SPAN(""), &at_end);
    c->name_known = true;
    return c->validated.len ? c->validated : SPAN("unknown");
}

/* ---- targets */

int spf_expand_in(struct spf_check *c, struct span domain, struct span text,
                  bool explaining, struct span *expanded_r)
{
    struct buf out = { .max = SPF_EXPANDED_MAX };
    struct spf_macros m = { c->client, domain, explaining, find_name, c };
    int error = spf_expand(&m, text, &out);

    if (!error) {
        *expanded_r = arena_copy(c->ask->arena, buf_span(&out));
        error = expanded_r->at ? 0 : -ENOMEM;
    }
    buf_free(&out);
    return error;
}

/* target-name (§4.8); one that is too long loses labels on its left (§7.3). */
enum spf_match spf_find_target(struct spf_check *c, struct span domain,
                               const struct spf_term *t, struct span *target_r)
{
    struct span name = domain;

    if (t->target.len > 0) {
        int error = spf_expand_in(c, domain, t->target, false, &name);
        if (error)
            return error == -ENOMEM ? MATCH_TEMPERROR : MATCH_PERMERROR;
        if (c->voids > SPF_VOID_LOOKUPS_MAX)
            return MATCH_PERMERROR;
    }
    name = spf_without_dot(name);
    while (name.len > 253) {
        size_t dot = span_find(name, '.');
        name = span_skip(name, dot + (dot < name.len));
    }
    *target_r = name;
    return MATCH;
}

/* ---- mechanisms */

typedef enum spf_match mechanism(struct spf_check *, const struct spf_term *,
                                 struct span target);

static enum spf_match match_all(struct spf_check *c, const struct spf_term *t,
                                struct span target)
{
    (void)c, (void)t, (void)target;
    return MATCH;
}

static enum spf_match match_network(struct spf_check *c, const struct spf_term *t,
                                    struct span target)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t network[16];
    bool v6 = t->kind == SPF_IP6;

    (void)target;
    if (v6 != c->client->v6 || !span_to_string(t->target, text, sizeof(text)) ||
        inet_pton(v6 ? AF_INET6 : AF_INET, text, network) != 1)
        return NO_MATCH;
    return is_within(c, network, v6 ? t->prefix_v6 : t->prefix_v4) ? MATCH : NO_MATCH;
}

/* One name's addresses. */
static enum spf_match match_host(struct spf_check *c, const struct spf_term *t,
                                 struct span name)
{
    struct ask_answer answer;

    if (!ask(c, address_kind(c), name, &answer))
        return MATCH_PERMERROR;
    if (answer.outcome == ASK_FAILED)
        return MATCH_TEMPERROR;
    return has_client(c, &answer, c->client->v6 ? t->prefix_v6 : t->prefix_v4)
               ? MATCH
               : NO_MATCH;
}

/* §5.4; more than ten hosts are an error (§4.6.4) */
static enum spf_match match_mx(struct spf_check *c, const struct spf_term *t,
                               struct span target)
{
    struct ask_answer hosts;
    enum spf_match match = NO_MATCH;

    if (!ask(c, ASK_MX, target, &hosts))
        return MATCH_PERMERROR;
    if (hosts.outcome == ASK_FAILED)
        return MATCH_TEMPERROR;
    if (hosts.count > SPF_NAMES_MAX)
        return MATCH_PERMERROR;
    for (size_t i = 0; i < hosts.count && match == NO_MATCH; i++)
        if (spf_is_name(hosts.rows[i], 1)) /* not RFC 7505's "." */
            match = match_host(c, t, hosts.rows[i]);
    return match;
}

static enum spf_match match_ptr(struct spf_check *c, const struct spf_term *t,
                                struct span target)
{
    bool at_end;
    struct span name = find_validated(c, target, &at_end);

    (void)t;
    if (at_end)
        return MATCH_PERMERROR;
    return name.len > 0 ? MATCH : NO_MATCH;
}

/* §5.7: always A, whatever the client has */
static enum spf_match match_exists(struct spf_check *c, const struct spf_term *t,
                                   struct span target)
{
    struct ask_answer answer;

    (void)t;
    if (!ask(c, ASK_A, target, &answer))
        return MATCH_PERMERROR;
    if (answer.outcome == ASK_FAILED)
        return MATCH_TEMPERROR;
    return answer.outcome == ASK_FOUND ? MATCH : NO_MATCH;
}

/* §5.2, its table */
static enum spf_match match_include(struct spf_check *c, const struct spf_term *t,
                                    struct span target)
{
    (void)t;
    switch (spf_check_host(c, target, true)) {
    case SPF_PASS:
        return MATCH;
    case SPF_TEMPERROR:
        return MATCH_TEMPERROR;
    case SPF_PERMERROR:
    case SPF_NONE:
        return MATCH_PERMERROR;
    default:
        return NO_MATCH;
    }
}

enum spf_match spf_match_term(struct spf_check *c, struct span domain,
                              const struct spf_term *t)
{
    static mechanism *const mechanisms[] = {
        [SPF_ALL] = match_all,     [SPF_INCLUDE] = match_include,
        [SPF_A] = match_host,      [SPF_MX] = match_mx,
        [SPF_PTR] = match_ptr,     [SPF_IP4] = match_network,
        [SPF_IP6] = match_network, [SPF_EXISTS] = match_exists,
    };
    bool asks = t->kind != SPF_ALL && t->kind != SPF_IP4 && t->kind != SPF_IP6;
    struct span target = domain;

    if (asks) {
        if (!spf_begins_lookup(c))
            return MATCH_PERMERROR;
        enum spf_match found = spf_find_target(c, domain, t, &target);
        if (found != MATCH)
            return found;
        if (!spf_is_name(target, 1))
            return t->kind == SPF_INCLUDE ? MATCH_PERMERROR : NO_MATCH;
    }
    return mechanisms[t->kind](c, t, target);
}
