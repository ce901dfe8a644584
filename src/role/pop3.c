/*
 * pop3 - the POP3 server, port 110, and 995 under TLS.
 *
 * Who:       a front; sees what its clients send, holds nothing but what they unlock.
 * May:       accept, read and write connections; read the descriptors that it is given.
 * Says:      auth_login to auth; with the handle that a login brought, store_snapshot,
 *            store_pack, store_large, store_expunge and store_release to store.
 *            keys_show and keys_sign to keys.
 * Takes:     store_durable, store_failed; keys_changed.
 */
#include "base/clock.h"
#include "pop3/pop3.h"
#include "keys/front.h"
#include "role/doors.h"
#include "store/session.h"

static const struct service services[] = {
    { MESSAGE_store_durable, store_on_durable },
    { MESSAGE_store_failed, store_on_failed },
    { MESSAGE_keys_changed, keys_on_changed },
    { 0 },
};

static void on_end(struct channel *channel)
{
    store_on_end(channel);
    keys_on_end(channel);
}

static struct pop3_host host;

static void take(const struct settings *s)
{
    host.plaintext_login = s->plaintext_login;
    host.login_time = s->login_seconds * CLOCK_SECOND;
    host.idle_time = s->pop3_idle_seconds * CLOCK_SECOND;
    host.expire = s->pop3_expire;
    if (s->pop3_login_delay > 0 && !host.logins)
        host.logins = pop3_logins_open();
    host.login_delay = s->pop3_login_delay;
}

int role_pop3(uint32_t instance)
{
    static const struct door doors[] = {
        { SERVICE_POP3, DOOR_STARTTLS, "pop3", &host },
        { SERVICE_POP3S, DOOR_IMPLICIT_TLS, "pop3s", &host }, /* RFC 8314 §3.3 */
    };
    struct role_start start;

    role_begin(&start, ROLE_POP3, instance);
    host = (struct pop3_host){ .name = start.settings->hostname };
    take(start.settings);
    const struct listener_settings protocol = {
        .wire = { .line_max = POP3_LINE_MAX,
                  .read_time = host.login_time,
                  .alpn = "pop3",
                  .judge = pop3_judge },
        .session = pop3_session,
        .busy = pop3_busy,
        .too_many = pop3_too_many,
    };
    ipc_on_end(on_end);
    role_on_settings(take);
    if (role_listen(&start, &protocol, doors, sizeof doors / sizeof *doors))
        return EXIT_FAILURE;
    role_ready_after(keys_ask);
    return role_serve(&start, services, SANDBOX_FRONT, NULL);
}
