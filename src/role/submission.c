/*
 * submission - the SMTP server for the accounts' own clients, port 587; and 465, where
 * TLS comes first.
 *
 * Who:       a front; sees what its clients send, holds nothing but what they unlock.
 * May:       accept, read and write connections; nothing else.
 * Says:      auth_login, auth_sender and auth_recipient to auth; store_deliver and
 *            store_enqueue to store;
 *            auth_release of the handle that a login brought;
 *            keys_show and keys_sign to keys.
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
    { MESSAGE_auth_changed, recipients_on_changed },
    { MESSAGE_keys_changed, keys_on_changed },
    { 0 },
};

static void on_end(struct channel *channel)
{
    store_on_end(channel);
    recipients_on_end(channel);
    keys_on_end(channel);
}

static struct smtp_host host;

static void take(const struct settings *s)
{
    host.message_size = s->message_size;
    host.queue = s->relay.wanted;
    host.plaintext_login = s->plaintext_login;
    host.command_time = s->smtp_command_seconds * CLOCK_SECOND;
    host.data_time = s->smtp_data_seconds * CLOCK_SECOND;
}

int role_submission(uint32_t instance)
{
    static const struct door doors[] = {
        { SERVICE_SUBMISSION, DOOR_STARTTLS, "submission", &host },
        { SERVICE_SUBMISSIONS, DOOR_IMPLICIT_TLS, "submission", &host },
    };
    struct role_start start;

    role_begin(&start, ROLE_SUBMISSION, instance);
    host = (struct smtp_host){ .service = SMTP_SUBMISSION,
                               .name = start.settings->hostname };
    take(start.settings);
    const struct listener_settings protocol = {
        .wire = { .line_max = SMTP_AUTH_LINE_MAX,
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
