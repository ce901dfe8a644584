/* RFC 959 §4.1.2, PORT and PASV; RFC 2428, EPRT and EPSV; how the data connection of a
 * transfer comes about.  Sockets are role dialer's. */
#include "ftp/address.h"
#include "ftp/commands.h"
#include "ftp/transfer.h"
#include "ipc/message.h"
#include "wire/data_ports.h"

#include <errno.h>

void ftpd_disconnect(struct ftpd *s)
{
    data_close(&s->data);
    s->port = 0;
}

/* ---- passive */

static struct data_settings settings_of(const struct ftpd *s)
{
    return (struct data_settings){ .accept_time = s->host->data_time,
                                   .idle_time = s->host->data_time,
                                   .paired = s->host->paired };
}

/* One-port mode. */
static int expect(struct ftpd *s, uint16_t *port_r)
{
    struct data_settings settings = settings_of(s);
    *port_r = data_ports_port(s->host->ports);
    return data_expect(s->host->ports, s->wire, s->parameters.private, &settings,
                       &s->data);
}

/* 0 with the port to come to, or -errno. */
static int begin_to_listen(struct ftpd *s, uint16_t *port_r)
{
    struct dialer_listen question = { .control = wire_descriptor(s->wire) };
    struct dialer_listen_answer answer = { .listener = -1 };
    struct data_settings settings = settings_of(s);
    ftpd_disconnect(s);
    if (s->host->ports)
        return expect(s, port_r);
    int listener = spare_take(&s->spare, port_r);
    int error = listener < 0 ? ask_dialer_listen(&question, &answer, NULL) : 0;
    if (error)
        return error;
    if (listener < 0) {
        listener = answer.listener;
        *port_r = (uint16_t)answer.port;
    }
    s->data = data_listen(s->wire, listener, &settings);
    return s->data ? 0 : -ENOMEM;
}

static void refuse_passive(struct ftpd *s, int error)
{
    wire_say(s->wire, "425 No port to listen at now: %s", strerror(-error));
}

/* RFC 2428 §4: said by who is behind a NAT; nothing else is wanted from then on. */
static bool is_extended_only(struct ftpd *s)
{
    if (s->parameters.extended_only)
        ftpd_reply_bad(s, "503 You said EPSV ALL");
    return s->parameters.extended_only;
}

/* What PASV tells: where the client's network sees us, or where the client came to. */
static struct ip passive_address(const struct ftpd *s, const struct endpoint *here)
{
    struct ip told;
    if (s->host->passive_address[0] && !wire_peer_is_loopback(s->wire) &&
        ip_parse(span_of(s->host->passive_address), &told))
        return told;
    return here->ip;
}

void ftpd_pasv(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct endpoint here;
    char told[ADDRESS_HOST_PORT_SIZE];
    uint16_t port;
    (void)args;

    if (is_extended_only(s))
        return;
    int error = data_here(s->wire, &here);
    if (!error && !ip_is_v4(&here.ip)) {
        ftpd_reply_bad(s, "501 PASV knows IPv4 alone: say EPSV");
        return;
    }
    if (!error)
        error = begin_to_listen(s, &port);
    if (error) {
        refuse_passive(s, error);
        return;
    }
    struct ip ip = passive_address(s, &here);
    address_host_port(&ip, port, told);
    wire_say(s->wire, "227 Entering Passive Mode (%s)", told);
}

/* The protocol that the control connection has, as RFC 2428 numbers it. */
static unsigned family_of(struct ftpd *s)
{
    struct endpoint here;
    if (data_here(s->wire, &here) != 0)
        return 1;
    return ip_is_v4(&here.ip) ? 1 : 2;
}

static void refuse_family(struct ftpd *s)
{
    wire_say(s->wire, "522 Network protocol not supported, use (%u)", family_of(s));
}

void ftpd_epsv(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    uint16_t port;

    if (args[0].given && args[0].number != family_of(s)) {
        refuse_family(s);
        return;
    }
    int error = begin_to_listen(s, &port);
    if (error)
        refuse_passive(s, error);
    else
        wire_say(s->wire, "229 Entering Extended Passive Mode (|||%u|)", port);
}

void ftpd_epsv_all(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    s->parameters.extended_only = true;
    wire_say(s->wire, "200 EPSV, and nothing else, from now on");
}

/* ---- active */

/* RFC 2577 §3: to the client itself and to no service; a bounce cannot be asked for (F01).
 * dialer, which connects, looks at the control connection and not at what is said here. */
static void take_port(struct ftpd *s, const struct endpoint *said)
{
    struct endpoint there;
    if (data_there(s->wire, &there) != 0 || !endpoint_same_host(&there, said) ||
        said->port < DATA_PORT_LEAST) {
        ftpd_reply_bad(s, "504 Data connections go to your own address, from port 1024 "
                          "on");
        return;
    }
    ftpd_disconnect(s);
    s->port = said->port;
    wire_say(s->wire, "200 Noted");
}

void ftpd_port(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct span text = args[0].text;
    struct endpoint said;

    if (!is_extended_only(s) && address_take_host_port(&text, &said))
        take_port(s, &said);
}

void ftpd_eprt(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct endpoint said;

    if (is_extended_only(s))
        return;
    switch (address_read_extended(args[0].text, &said)) {
    case ADDRESS_GOOD:
        take_port(s, &said);
        break;
    case ADDRESS_OF_NO_FAMILY:
        refuse_family(s);
        break;
    case ADDRESS_MALFORMED:
        ftpd_reply_bad(s, "501 EPRT |1|address|port| or |2|address|port|");
        break;
    }
}

/* ---- one comes about */

/* §3.2: without PORT it is the control connection's own port there. */
static int dial(struct transfer *t)
{
    struct ftpd *s = t->session;
    struct endpoint there;
    struct dialer_connect_back question = { .control = wire_descriptor(s->wire),
                                            .port = s->port };
    struct dialer_connect_back_answer answer = { .connected = -1 };
    struct data_settings settings = settings_of(s);
    int error = data_there(s->wire, &there);
    if (!error && s->port == 0)
        question.port = there.port;
    if (!error)
        error = ask_dialer_connect_back(&question, &answer, NULL);
    if (error)
        return error;
    t->data = data_open(s->wire, answer.connected, &settings);
    if (t->data && t->aborted)
        data_cancel(t->data);
    return t->data ? 0 : -ENOMEM;
}

int ftpd_connect(struct transfer *t)
{
    struct ftpd *s = t->session;
    t->data = s->data;
    s->data = NULL;
    int error = t->data ? 0 : dial(t);
    if (!error)
        error = data_accept(t->data);
    if (!error && s->parameters.private)
        error = data_start_tls(t->data, t->sends);
    return error;
}
