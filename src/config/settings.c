/* settings - see settings.h. */
#include "config/fields.h"

#include "config/dns_setting.h"
#include "config/word.h"

void settings_default(struct settings *s)
{
    memset(s, 0, sizeof *s);
    fields_default(s);
    network_parse(SPAN("127.0.0.0/8"), &s->source.exempt[s->source.exempts++]);
    network_parse(SPAN("::1"), &s->source.exempt[s->source.exempts++]);
    s->penalty.exempts = s->source.exempts;
    memcpy(s->penalty.exempt, s->source.exempt, sizeof s->penalty.exempt);
}

static bool is_ended(const char *string, size_t size)
{
    return memchr(string, '\0', size) != NULL;
}

static bool are_networks(const struct network *networks, uint32_t count)
{
    if (count > EXEMPT_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!network_is_sound(&networks[i]))
            return false;
    return true;
}

static bool ftp_is_sound(const struct ftp_setting *f)
{
    if (!is_ended(f->passive_address, sizeof f->passive_address))
        return false;
    struct span address = span_of(f->passive_address);
    return (address.len == 0 || word_is_address(address)) &&
           f->passive_first <= f->passive_last && f->passive_last <= 65535 &&
           (f->passive_last == 0 || f->passive_first >= 1024);
}

static bool are_trees(const char trees[FILES_TREES_SET_MAX][FILES_TREE_OCTETS_MAX],
                      uint32_t count)
{
    if (count > FILES_TREES_SET_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!is_ended(trees[i], FILES_TREE_OCTETS_MAX) ||
            !word_is_tree(span_of(trees[i])))
            return false;
    return true;
}

bool settings_are_sound(const struct settings *s)
{
    if (!is_ended(s->hostname, sizeof s->hostname) ||
        !word_is_hostname(span_of(s->hostname)) || s->listeners > LISTENERS_MAX)
        return false;
    if (!fields_are_sound(s) || !are_networks(s->source.exempt, s->source.exempts) ||
        !are_networks(s->penalty.exempt, s->penalty.exempts) ||
        !are_networks(s->relay.allow, s->relay.allows) || s->relay.wanted > 1 ||
        (s->relay.wanted && !s->dns.wanted) || !ftp_is_sound(&s->ftp) ||
        !dns_setting_is_sound(&s->dns))
        return false;
    if (!are_trees(s->files.hidden, s->files.hiddens) ||
        !are_trees(s->files.read_only, s->files.read_onlys))
        return false;
    for (uint32_t i = 0; i < s->listeners; i++)
        if (!listen_is_sound(&s->listen[i]))
            return false;
    return true;
}
