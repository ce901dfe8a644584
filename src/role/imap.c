/*
 * imap - the IMAP server, port 143, and 993 under TLS.
 *
 * Who:       a front; sees what its clients send, holds nothing but what they unlock.
 * May:       accept, read and write connections; read the descriptors that it is given.
 * Says:      auth_login and auth_scram_* to auth; with the handle that a login brought,
 *            store_snapshot, store_records, store_find, store_scan, store_pack,
 *            store_large, store_expunge, store_append, store_room, store_flags, store_modseqs,
 *            store_vanished, store_quota, store_deleted and store_release to store.
 *            keys_show and keys_sign to keys.
 * Takes:     store_durable, store_failed, store_changed; keys_changed.
 */
#include "imap/imap.h"

#include "base/clock.h"
#include "keys/front.h"
#include "role/doors.h"
#include "store/session.h"

#include <stdlib.h>

static const struct service services[] = {
    { MESSAGE_store_durable, store_on_durable },
    { MESSAGE_store_failed, store_on_failed },
    { MESSAGE_store_changed, imap_on_changed },
    { MESSAGE_keys_changed, keys_on_changed },
    { 0 },
};

static void on_end(struct channel *channel)
{
    store_on_end(channel);
    keys_on_end(channel);
}

static struct imap_host host;

static void take(const struct settings *s)
{
    host.plaintext_login = s->plaintext_login;
    host.login_time = s->login_seconds * CLOCK_SECOND;
    host.idle_time = s->imap_idle_seconds * CLOCK_SECOND;
    host.message_size = s->message_size;
}

int role_imap(uint32_t instance)
{
    static const struct door doors[] = {
        { SERVICE_IMAP, DOOR_STARTTLS, "imap", &host },
        { SERVICE_IMAPS, DOOR_IMPLICIT_TLS, "imaps", &host }, /* RFC 8314 §3.2 */
    };
    struct role_start start;

    role_begin(&start, ROLE_IMAP, instance);
    host = (struct imap_host){ .name = start.settings->hostname };
    take(start.settings);
    const struct listener_settings protocol = {
        .wire = { .line_max = IMAP_LINE_MAX,
                  .read_time = host.login_time,
                  .alpn = "imap",
                  .judge = imap_judge },
        .session = imap_session,
        .busy = imap_busy,
        .too_many = imap_too_many,
    };
    ipc_on_end(on_end);
    role_on_settings(take);
    if (role_listen(&start, &protocol, doors, sizeof doors / sizeof *doors))
        return EXIT_FAILURE;
    role_ready_after(keys_ask);
    return role_serve(&start, services, SANDBOX_FRONT, NULL);
}
