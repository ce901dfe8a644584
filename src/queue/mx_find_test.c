/* Role dns, asked by way of its channel. */
#include "queue/mx.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "dns/service.h"
#include "ipc/ends_test.h"
#include "test/unit.h"

#include <stdlib.h>

static struct network allowed[1];
static const struct mx_site site = { .name = { "mail.crepes.fr", 14 },
                                     .allowed = allowed,
                                     .allowed_count = 1 };
static struct mx_route from_role;
static bool has_come;

static void ask_role(void *arg)
{
    const struct mx_dns dns = { mx_ask_role, NULL };
    OWN(arena_close) struct arena *arena = arena_open(1 << 20);
    (void)arg;
    mx_find(SPAN("hamburger.edu"), &site, &dns, arena, 1, &from_role);
    has_come = true;
}

TEST(mx_asks_role_dns)
{
    static const struct service services[] = {
        { MESSAGE_dns_question, dns_on_question }, { 0 }
    };
    static const char records[] = "hamburger.edu. MX 10 mail.hamburger.edu.\n"
                                  "insecure mail.hamburger.edu. A 127.0.0.2\n";
    CHECK(network_parse(SPAN("127.0.0.2/32"), &allowed[0]));
    struct settings *s = calloc(1, sizeof(*s));
    if (!CHECK(s != NULL))
        return;
    memcpy(s->dns.records, records, sizeof(records));
    s->dns.records_octets = sizeof(records) - 1;
    dns_use(s);
    ends_open(ROLE_CONTROL, ROLE_DNS, services);
    has_come = false;
    CHECK_EQ_INT(fiber_go(ask_role, NULL), 0);
    CHECK(ends_turn(&has_come));
    CHECK_EQ_INT(from_role.verdict, MX_HOSTS);
    CHECK_EQ_UINT(from_role.addresses, 1);
    CHECK(strcmp(from_role.host[0].name, "mail.hamburger.edu") == 0);
    CHECK(from_role.validated && !from_role.host[0].validated);
    ends_close();
    /* Nobody is there to be asked. */
    ends_open(ROLE_CONTROL, ROLE_LOG, services);
    has_come = false;
    CHECK_EQ_INT(fiber_go(ask_role, NULL), 0);
    ends_turn(NULL);
    ends_pass(ASK_SECONDS * CLOCK_SECOND);
    CHECK(ends_turn(&has_come));
    CHECK_EQ_INT(from_role.verdict, MX_LATER);
    ends_close();
    free(s);
}
