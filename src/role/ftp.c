/*
 * ftp - the FTP server, port 21, and 990 under TLS.
 *
 * Who:       a front; sees what its clients send, holds nothing but what they unlock.
 * May:       accept, read and write connections.
 * Says:      auth_login to auth; keys_show and keys_sign to keys; what it wants moved to
 *            files; what it wants connected to dialer.
 * Takes:     keys_changed.
 */
#include "base/clock.h"
#include "base/log.h"
#include "ftp/ftp.h"
#include "keys/front.h"
#include "role/doors.h"
#include "wire/data_ports.h"

#include <errno.h>

static const struct service services[] = {
    { MESSAGE_keys_changed, keys_on_changed },
    { 0 },
};

/* At port 21, and at port 990. */
static struct ftpd_host host, secure_host;
static const struct settings *settings;

static void take(const struct settings *s)
{
    host.plaintext_login = s->plaintext_login;
    host.login_time = s->login_seconds * CLOCK_SECOND;
    host.idle_time = s->ftp.idle_seconds * CLOCK_SECOND;
    host.clear_data = s->ftp.clear_data;
    host.data_time = s->ftp.data_seconds * CLOCK_SECOND;
    host.paired = s->ftp.data_binding == DATA_BINDING_SESSION;
    host.passive_address = s->ftp.passive_address;
    host.spares = s->ftp.passive_first == 0;
    secure_host = host;
    secure_host.implicit_tls = true;
}

/* One-port mode: who has died has closed its ports, and dialer opens them anew. */
static int open_ports(void)
{
    struct dialer_listen_shared_answer a = { .listener = -1 };
    const struct ftp_setting *ftp = &settings->ftp;
    int error = 0;
    if (ftp->passive_first == 0 || ftp->passive_first != ftp->passive_last)
        return 0;
    struct data_ports *ports = data_ports_open();
    for (uint32_t i = 0; ports && !error; i++) {
        error = ask_dialer_listen_shared(&(struct dialer_listen_shared){ i }, &a, NULL);
        if (!error)
            error = data_ports_add(ports, a.listener);
    }
    host.ports = secure_host.ports = ports;
    return error == -ENOENT ? 0 : error;
}

static int prepare(void)
{
    int error = open_ports();
    if (error)
        log_event(LOG_ERROR, 0, "port %u for data connections: %s",
                  settings->ftp.passive_first, strerror(-error));
    return keys_ask();
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
    settings = start.settings;
    take(settings);
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
    role_ready_after(prepare);
    return role_serve(&start, services, SANDBOX_FRONT, NULL);
}
