/*
 * dialer - makes the sockets that fronts may not make themselves.
 *
 * Who:       neither front nor keeper: hears typed messages only, holds nothing.
 * May:       socket, bind, listen and connect for TCP; keeps CAP_NET_BIND_SERVICE where
 *            started as root.  No file.
 * Takes:     dialer_listen, dialer_listen_shared, dialer_connect_back from ftp;
 *            dialer_connect from relay.
 *
 * Policy for FTP: what is asked is always about a control connection, whose descriptor
 * comes along; both addresses are read from it.  So nobody, not even a captured front,
 * has anything connected to a host that has not connected to this server (RFC 2577 §3).
 * For relay: to public hosts and those that the settings allow, at the port of SMTP.
 */
#include "role/dialer.h"

#include "base/clock.h"
#include "base/own.h"
#include "ipc/channel.h"
#include "os/files.h"
#include "queue/mx.h"
#include "role/role.h"
#include "wire/dial.h"

#include <errno.h>

static const struct settings *settings;

void dialer_policy(const struct settings *s)
{
    settings = s;
}

/* ---- passive: RFC 959 §4.1.2 PASV, RFC 2428 §3 EPSV */

void dialer_on_listen(struct call *call, const void *question)
{
    OWN(fd_close) int control = ((const struct dialer_listen *)question)->control;
    struct endpoint here, there;
    uint16_t port = 0;
    int error = endpoint_there(control, &there);
    if (!error)
        error = endpoint_here(control, &here);
    OWN(fd_close)
    int fd = error ? error
                   : dial_listen(&here, (uint16_t)settings->ftp.passive_first,
                                 (uint16_t)settings->ftp.passive_last, &port);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_dialer_listen(call, &(struct dialer_listen_answer){ .port = port,
                                                                   .listener = fd });
}

/* The number-th address of FTP's, each once. */
static bool find_address(uint32_t number, struct endpoint *at)
{
    for (uint32_t i = 0; i < settings->listeners; i++) {
        const struct listen_setting *l = &settings->listen[i];
        bool seen = role_of_service((enum service_kind)l->service) != ROLE_FTP;
        for (uint32_t j = 0; j < i && !seen; j++)
            seen = role_of_service((enum service_kind)settings->listen[j].service) ==
                       ROLE_FTP &&
                   strcmp(settings->listen[j].address, l->address) == 0;
        if (!seen && number-- == 0)
            return ip_parse(span_of(l->address), &at->ip);
    }
    return false;
}

void dialer_on_listen_shared(struct call *call, const void *question)
{
    const struct dialer_listen_shared *q = question;
    struct endpoint at = { .port = (uint16_t)settings->ftp.passive_first };
    bool one = at.port != 0 && at.port == settings->ftp.passive_last;
    OWN(fd_close)
    int fd = one && find_address(q->number, &at) ? dial_listen_shared(&at) : -ENOENT;
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_dialer_listen_shared(call, &(struct dialer_listen_shared_answer){
                                              .listener = fd });
}

/* ---- active: PORT, EPRT */

/* A client on this machine could reach these without us; what passes for one, such as a
 * proxy in front of us, could not. */
static bool is_our_own(const struct endpoint *here, const struct endpoint *there,
                       uint16_t port)
{
    if (!endpoint_same_host(here, there))
        return false;
    for (uint32_t i = 0; i < settings->listeners; i++)
        if (settings->listen[i].port == port)
            return true;
    return false;
}

/* RFC 959 §3.3: from the port next to the control connection's. */
static int connect_back(int control, uint32_t port)
{
    struct endpoint here, there;
    int error = endpoint_there(control, &there);
    if (!error)
        error = endpoint_here(control, &here);
    if (error)
        return error;
    if (port < DATA_PORT_LEAST || port > UINT16_MAX ||
        is_our_own(&here, &there, (uint16_t)port))
        return -EACCES;
    here.port--;
    there.port = (uint16_t)port;
    return dial_connect(&here, &there, clock_in(DIAL_SECONDS * CLOCK_SECOND));
}

void dialer_on_connect_back(struct call *call, const void *question)
{
    const struct dialer_connect_back *q = question;
    OWN(fd_close) int control = q->control;
    OWN(fd_close) int fd = connect_back(control, q->port);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_dialer_connect_back(call, &(struct dialer_connect_back_answer){
                                             .connected = fd });
}

/* ---- mail on its way out */

static bool is_listened_at(const struct endpoint *to)
{
    for (uint32_t i = 0; i < settings->listeners; i++) {
        struct ip ip;
        const struct listen_setting *l = &settings->listen[i];
        if (l->port == to->port && ip_parse(span_of(l->address), &ip) &&
            memcmp(&ip, &to->ip, sizeof ip) == 0)
            return true;
    }
    return false;
}

static bool may_go_to(const struct endpoint *to)
{
    const struct relay_setting *r = &settings->relay;
    if (!r->wanted || to->port != r->port || is_listened_at(to))
        return false;
    for (uint32_t i = 0; i < r->allows; i++)
        if (network_has(&r->allow[i], &to->ip))
            return true;
    return mx_is_public(&to->ip);
}

static int connect_out(const struct dialer_connect *q)
{
    struct endpoint from = { .port = 0 }, to = { .port = (uint16_t)q->port };
    if (q->address.len != sizeof to.ip.at || q->port > UINT16_MAX)
        return -EINVAL;
    memcpy(to.ip.at, q->address.at, sizeof to.ip.at);
    if (!may_go_to(&to))
        return -EACCES;
    if (ip_is_v4(&to.ip))
        ip_parse(SPAN("0.0.0.0"), &from.ip);
    return dial_connect(&from, &to, clock_in(DIAL_SECONDS * CLOCK_SECOND));
}

void dialer_on_connect(struct call *call, const void *question)
{
    OWN(fd_close) int fd = connect_out(question);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_dialer_connect(call, &(struct dialer_connect_answer){ .connected = fd });
}

static const struct service services[] = {
    { MESSAGE_dialer_listen, dialer_on_listen },
    { MESSAGE_dialer_listen_shared, dialer_on_listen_shared },
    { MESSAGE_dialer_connect_back, dialer_on_connect_back },
    { MESSAGE_dialer_connect, dialer_on_connect },
    { 0 },
};

int role_dialer(uint32_t instance)
{
    struct role_start start;

    role_begin(&start, ROLE_DIALER, instance);
    dialer_policy(start.settings);
    return role_serve(&start, services, SANDBOX_DIALER, NULL);
}
