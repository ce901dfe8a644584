/*
 * ftp - the FTP server, port 21, and 990 under TLS.
 *
 * Who:       a front; sees what its clients send, holds nothing but what they unlock.
 * May:       accept, read and write connections.
 * Says:      auth_login to auth; keys_show and keys_sign to keys.
 * Takes:     keys_changed.
 */
#include "base/clock.h"
#include "ftp/ftp.h"
#include "keys/front.h"
#include "role/doors.h"

static const struct service services[] = {
    { MESSAGE_keys_changed, keys_on_changed },
    { 0 },
};

/* At port 21, and at port 990. */
static struct ftpd_host host, secure_host;

static void take(const struct settings *s)
{
    host.plaintext_login = s->plaintext_login;
    host.login_time = s->login_seconds * CLOCK_SECOND;
    host.idle_time = s->ftp.idle_seconds * CLOCK_SECOND;
    host.clear_data = s->ftp.clear_data;
    host.data_time = s->ftp.data_seconds * CLOCK_SECOND;
    host.paired = s->ftp.data_binding == DATA_BINDING_SESSION;
    host.passive_address = s->ftp.passive_address;
    secure_host = host;
    secure_host.implicit_tls = true;
}

int role_ftp(uint32_t instance)
{
    static const struct door doors[] = {
        { SERVICE_FTP, DOOR_STARTTLS, "ftp", &host },
        { SERVICE_FTPS, DOOR_IMPLICIT_TLS, "ftps", &secure_host },
    };
    struct role_start start;

    role_begin(&start, ROLE_FTP, instance);
    host = (struct ftpd_host){ .name = start.settings->hostname };
    take(start.settings);
    const struct listener_settings protocol = {
        .wire = { .line_max = FTP_LINE_MAX,
                  .read_time = host.login_time,
                  .alpn = "ftp",
                  .judge = ftpd_judge },
        .session = ftpd_session,
        .busy = ftpd_busy,
        .too_many = ftpd_too_many,
    };
    ipc_on_end(keys_on_end);
    role_on_settings(take);
    if (role_listen(&start, &protocol, doors, sizeof doors / sizeof *doors))
        return EXIT_FAILURE;
    role_ready_after(keys_ask);
    return role_serve(&start, services, SANDBOX_FRONT, NULL);
}
