/*
 * mx - the SMTP server for strangers, port 25, and LMTP for programs of this machine.
 *
 * Who:       a front; one copy a core; sees what strangers send, holds nothing.
 * May:       accept, read and write connections; nothing else.
 * Says:      auth_recipient to auth; store_deliver to store.  It has no message with
 *            which to try a password or to read mail.  keys_show and keys_sign to keys.
 * Takes:     store_durable, store_failed; auth_changed; keys_changed.
 */
#include "auth/recipients.h"
#include "base/clock.h"
#include "keys/front.h"
#include "role/doors.h"
#include "smtp/smtp.h"
#include "store/session.h"

static const struct service services[] = {
    { MESSAGE_store_durable, store_on_durable },
    { MESSAGE_store_failed, store_on_failed },
    { MESSAGE_keys_changed, keys_on_changed },
    { MESSAGE_auth_changed, recipients_on_changed },
    { 0 },
};

static void on_end(struct channel *channel)
{
    store_on_end(channel);
    recipients_on_end(channel);
    keys_on_end(channel);
}

static struct smtp_host host, local;

static void take(const struct settings *s)
{
    host.message_size = local.message_size = s->message_size;
    host.command_time = local.command_time = s->smtp_command_seconds * CLOCK_SECOND;
    host.data_time = local.data_time = s->smtp_data_seconds * CLOCK_SECOND;
}

int role_mx(uint32_t instance)
{
    static const struct door doors[] = {
        { SERVICE_SMTP, DOOR_STARTTLS, "smtp", &host },
        { SERVICE_LMTP, DOOR_NO_TLS, "lmtp", &local },
    };
    struct role_start start;

    role_begin(&start, ROLE_MX, instance);
    const char *name = start.settings->hostname;
    host = (struct smtp_host){ .service = SMTP_MX, .name = name };
    local = (struct smtp_host){ .service = SMTP_LMTP, .name = name };
    take(start.settings);
    const struct listener_settings protocol = {
        .wire = { .line_max = SMTP_LINE_MAX,
                  .read_time = host.command_time,
                  .alpn = "smtp",
                  .judge = smtp_judge },
        .session = smtp_session,
        .busy = smtp_busy,
        .too_many = smtp_too_many,
    };
    ipc_on_end(on_end);
    role_on_settings(take);
    if (role_listen(&start, &protocol, doors, sizeof doors / sizeof *doors))
        return EXIT_FAILURE;
    role_ready_after(keys_ask);
    return role_serve(&start, services, SANDBOX_FRONT, NULL);
}
