/* dialer - connections for mail on its way out: where they may go (S24). */
#include "role/dialer.h"

#include "base/fiber.h"
#include "ipc/ends_test.h"
#include "test/unit.h"
#include "wire/dial.h"

#include <errno.h>
#include <unistd.h>

static const struct service services[] = {
    { MESSAGE_dialer_connect, dialer_on_connect },
    { 0 },
};

static struct settings settings;

struct asking {
    struct ip ip;
    uint32_t port;
    int error, fd;
    bool done;
};

static void ask_on_fiber(void *arg)
{
    struct asking *a = arg;
    struct dialer_connect_answer answer = { .connected = -1 };
    const struct dialer_connect q = { span_at(a->ip.at, sizeof a->ip.at), a->port };
    a->error = ask_dialer_connect(&q, &answer, NULL);
    a->fd = answer.connected;
    a->done = true;
}

static int asks(const char *address, uint32_t port)
{
    struct asking a = { .port = port };
    CHECK(ip_parse(span_of(address), &a.ip));
    CHECK_EQ_INT(fiber_go(ask_on_fiber, &a), 0);
    for (int i = 0; i < 200 && !ends_turn(&a.done); i++)
        usleep(1000);
    CHECK(a.done);
    CHECK(a.error || a.fd >= 0);
    if (!a.error)
        close(a.fd);
    return a.error;
}

static void begin(uint16_t port, const char *allowed)
{
    settings_default(&settings);
    settings.relay.wanted = 1;
    settings.relay.port = port;
    if (allowed)
        CHECK(network_parse(span_of(allowed), &settings.relay.allow[0]));
    settings.relay.allows = allowed != NULL;
    dialer_policy(&settings);
    ends_open(ROLE_RELAY, ROLE_DIALER, services);
}

static int listen_at(const char *address, uint16_t *port_r)
{
    struct endpoint here = { .port = 0 };
    CHECK(ip_parse(span_of(address), &here.ip));
    return dial_listen(&here, 0, 0, port_r);
}

TEST(dialer_connects_where_it_is_allowed)
{
    static const char *const addresses[] = { "127.0.0.2", "::1" };
    static const char *const networks[] = { "127.0.0.2/32", "::1" };
    for (int i = 0; i < 2; i++) {
        uint16_t port;
        int listener = listen_at(addresses[i], &port);
        begin(port, networks[i]);
        CHECK_EQ_INT(asks(addresses[i], port), 0);
        close(listener);
        CHECK_EQ_INT(asks(addresses[i], port), -ECONNREFUSED);
        ends_close();
    }
}

TEST(dialer_S24_connects_nowhere_else)
{
    static const char *const no[] = {
        "127.0.0.1", "::1",     "0.0.0.0", "10.0.0.1", "192.168.1.1",     "169.254.1.1",
        "224.0.0.1", "fe80::1", "fd00::1", "::",       "::ffff:127.0.0.1"
    };
    uint16_t port;
    int listener = listen_at("127.0.0.1", &port);
    begin(port, NULL);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK_EQ_INT(asks(no[i], port), -EACCES);
    ends_close();
    /* Another port than SMTP's, our own listener, a site that sends no mail. */
    begin(port, "127.0.0.0/8");
    CHECK_EQ_INT(asks("127.0.0.1", port), 0);
    CHECK_EQ_INT(asks("127.0.0.1", port - 1U), -EACCES);
    CHECK_EQ_INT(asks("127.0.0.1", port + 65536U), -EINVAL);
    settings.listeners = 1;
    settings.listen[0] =
        (struct listen_setting){ .address = "127.0.0.1", .port = port };
    CHECK_EQ_INT(asks("127.0.0.1", port), -EACCES);
    settings.listeners = 0;
    settings.relay.wanted = 0;
    CHECK_EQ_INT(asks("127.0.0.1", port), -EACCES);
    ends_close();
    close(listener);
}
