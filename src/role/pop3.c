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
#include "role/role.h"
#include "store/session.h"
#include "wire/listener.h"

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
    struct role_start start;

    role_begin(&start, ROLE_POP3, instance);
    const struct settings *settings = start.settings;
    host = (struct pop3_host){ .name = settings->hostname };
    take(settings);
    struct listener_settings listener = {
        .wire = {
            .line_max = POP3_LINE_MAX,
            .read_time = host.login_time,
            .write_time = settings->send_seconds * CLOCK_SECOND,
            .tls = keys_tls(settings),
            .alpn = "pop3",
            .protocol = "pop3",
            .judge = pop3_judge,
        },
        .sessions_max = settings->sessions,
        .session = pop3_session,
        .arg = &host,
        .busy = pop3_busy,
        .too_many = pop3_too_many,
    };
    struct listener_settings secure = listener; /* RFC 8314 §3.3 */
    secure.wire.protocol = "pop3s";
    secure.wire.implicit_tls = true;
    ipc_on_end(on_end);
    role_on_settings(take);
    if (role_listen(&start, SERVICE_POP3, &listener) ||
        role_listen(&start, SERVICE_POP3S, &secure))
        return 1;
    role_ready_after(keys_ask);
    return role_serve(&start, services, SANDBOX_FRONT, NULL);
}
