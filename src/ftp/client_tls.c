/*
 * client_tls - TLS on the control connection: RFC 4217, and whom it is spoken to.
 *
 * A certificate is accepted when name and chain are good, or when its fingerprint is the
 * one that is pinned for this host; else the person decides, and what he accepts is
 * pinned.
 */
#include "ftp/client_inside.h"

#include "base/clock.h"
#include "ftp/client_pins.h"
#include "wire/tls.h"
#include "wire/tls_client.h"

#include <errno.h>
#include <stdio.h>

/* ---- whom we speak to */

static bool refuse(struct ftp_client *c, const struct ftp_certificate *f)
{
    if (f->changed)
        client_fail(c, -EKEYREJECTED,
                    "The certificate of %s is another than the one that was accepted "
                    "before (now %s; %s). If the server has a new one, accept it anew; "
                    "if not, somebody is in between.",
                    f->host, f->fingerprint, f->why);
    else
        client_fail(c, -EKEYREJECTED,
                    "The certificate of %s cannot be trusted: %s. Its fingerprint is "
                    "%s; "
                    "compare it with the server's.",
                    f->host, f->why, f->fingerprint);
    return false;
}

static bool accept_peer(void *arg, const struct tls_peer *peer)
{
    struct ftp_client *c = arg;
    const struct ftp_options *o = &c->options;
    char fingerprint[FTP_FINGERPRINT_SIZE], host[FTP_HOST_SIZE];
    if (!peer->trouble || o->any_certificate)
        return true;
    fingerprint_print(peer->fingerprint, fingerprint);
    snprintf(host, sizeof(host), "%s", client_host(c));
    enum pin pin = pin_look(o->pins_file, host, fingerprint);
    if (pin == PIN_SAME)
        return true;
    const struct ftp_certificate f = { .host = host,
                                       .fingerprint = fingerprint,
                                       .subject = peer->subject,
                                       .why = peer->trouble,
                                       .changed = pin == PIN_OTHER };
    if (!o->on_certificate || !o->on_certificate(o->arg, &f))
        return refuse(c, &f);
    int error = o->pins_file ? pin_set(o->pins_file, host, fingerprint) : 0;
    if (error)
        client_note(c,
                    "%s cannot be written: %s. The certificate will be asked for "
                    "again.",
                    o->pins_file, strerror(-error));
    return true;
}

/* ---- the handshake */

int client_tls_open(struct ftp_client *c)
{
    const char *why;
    if (c->tls || c->options.tls == FTP_TLS_OFF)
        return 0;
    const struct tls_client_settings settings = {
        .host = c->options.host,
        .ca_file = c->options.ca_file,
        .handshake_time = c->options.connect_seconds * CLOCK_SECOND,
        .accept = accept_peer,
        .arg = c,
    };
    c->tls = tls_client_open(&settings, &why);
    if (c->tls)
        return 0;
    return client_fail(c, -EINVAL, "%s%s%s",
                       c->options.ca_file ? c->options.ca_file : "",
                       c->options.ca_file ? ": " : "", why);
}

int client_tls_start(struct ftp_client *c)
{
    if (wire_input(c->control).len > 0) /* said before, by whoever: it must not count */
        return client_fail(c, -EPROTO,
                           "%s says something before TLS begins: somebody may be in "
                           "between.",
                           client_host(c));
    if (wire_start_tls(c->control))
        return 0;
    int error = wire_error(c->control);
    if (error == -EKEYREJECTED)
        return c->cancelled ? -ECANCELED : error;
    const char *words = tls_client_words(c->tls);
    client_fail(c, error, "TLS with %s failed: %s.", client_host(c),
                *words ? words : strerror(-error));
    return error == -ENODATA ? -ECONNRESET : error;
}

/* RFC 4217 §4. */
int client_tls_ask(struct ftp_client *c)
{
    bool must = c->options.tls == FTP_TLS_MUST;
    if (c->options.tls != FTP_TLS_TRY && !must)
        return 0;
    int error = client_ask(c, "AUTH TLS");
    if (error)
        return error;
    if (c->reply.code == 234)
        return client_tls_start(c);
    if (!must)
        return 0;
    client_refused(c, "The server has no TLS, which must be", NULL);
    return -EKEYREJECTED;
}

/* RFC 4217 §9: PBSZ before PROT.  A server without PROT leaves the data in plaintext,
 * which is no more than what was asked for with FTP_TLS_TRY. */
int client_tls_protect(struct ftp_client *c)
{
    c->data_tls = false;
    if (!wire_has_tls(c->control))
        return 0;
    bool plain = c->options.plain_data;
    int error = client_ask(c, "PBSZ 0");
    if (!error)
        error = client_ask(c, "PROT %c", plain ? 'C' : 'P');
    if (error)
        return error;
    c->data_tls = !plain && client_judge(c) == 0;
    if (plain || c->data_tls || c->options.tls == FTP_TLS_TRY)
        return 0;
    client_refused(c, "The server does not encipher data", NULL);
    return -EKEYREJECTED;
}
