/*
 * role dns - a READER: what the DNS has of a name.
 *
 * Holds    a cache of answers, no file; the site's own records are in the settings.
 * Does     asks servers of the DNS, or the forwarders that are set, by libunbound, which
 *          validates (DNSSEC); answers typed questions, and says what was validated.
 * May      UDP and TCP sockets, to anybody; one thread, libunbound's.  No file: keys are
 *          built in or set, no resolv.conf and no hosts file is read.
 */
#include "role/role.h"

#include "base/log.h"
#include "dns/resolver.h"
#include "dns/service.h"

static const struct service services[] = {
    { MESSAGE_dns_question, dns_on_question }, /* control, relay */
    { 0 },
};

int role_dns(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_DNS, instance);
    dns_use(start.settings);
    const char *why;
    if (start.settings->dns.resolve && resolver_open(&start.settings->dns, &why) != 0) {
        log_event(LOG_ERROR, 0, "cannot start: %s", why);
        return EXIT_FAILURE;
    }
    return role_serve(&start, services, SANDBOX_RESOLVER, NULL);
}
