#include "smtp/trace.h"

#include "base/clock.h"
#include "wire/tls.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum {
    PROTOCOL_SIZE = 16,
    FROM_SIZE = DOMAIN_OCTETS_MAX + SOURCE_OCTETS_MAX + 32,
    TLS_SIZE = 96,
    TRACE_MAX = PATH_OCTETS_MAX + DOMAIN_OCTETS_MAX + FROM_SIZE + TLS_SIZE + 256,
};

/* "with": RFC 3848, and RFC 6531 §4.3 for UTF8 in front. */
static void put_protocol(const struct smtp *s, char out[PROTOCOL_SIZE])
{
    bool local = s->host->service == SMTP_LMTP, extended = s->extended || s->handle;
    const char *base = local ? "LMTP" : s->utf8 || !extended ? "SMTP" : "ESMTP";

    snprintf(out, PROTOCOL_SIZE, "%s%s%s%s", s->utf8 ? "UTF8" : "", base,
             wire_has_tls(s->wire) && extended ? "S" : "", s->handle ? "A" : "");
}

/* Stamp = From-domain By-domain …
 * TCP-info = address-literal / ( Domain FWS address-literal ); a client of this machine
 * that came by a socket has none.  Where somebody logs in from is for nobody else to
 * know: the session's id leads to it. */
static void put_from(const struct smtp *s, char out[FROM_SIZE])
{
    const char *peer = wire_peer(s->wire);

    if (s->handle)
        out[0] = '\0';
    else if (s->host->service == SMTP_LMTP)
        snprintf(out, FROM_SIZE, "from %s (local)\r\n\t", s->client);
    else
        snprintf(out, FROM_SIZE, "from %s ([%s%s])\r\n\t", s->client,
                 strchr(peer, ':') ? "IPv6:" : "", peer);
}

/* RFC 8314 §4.3: CFWS "tls" FWS tls-cipher, and the version beside it */
static void put_tls(const struct smtp *s, char out[TLS_SIZE])
{
    const char *name = wire_tls_name(s->wire);
    struct span version = name ? span_of(name) : SPAN("");

    out[0] = '\0';
    if (!name)
        return;
    version.len = span_find(version, ' ');
    snprintf(out, TLS_SIZE, "\r\n\ttls%s (%.*s)", name + version.len,
             SPAN_ARG(version));
}

/* Return-path-line  = "Return-Path:" FWS Reverse-path <CRLF>
 * Time-stamp-line   = "Received:" FWS Stamp <CRLF>
 * Stamp             = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
 * Extended-Domain   = Domain FWS "(" TCP-info ")"
 * the id is the session's, under which the dialogue is kept */
void trace_put(const struct smtp *s, struct incoming *body)
{
    char text[TRACE_MAX], date[CLOCK_DATE_SIZE];
    char from[FROM_SIZE], protocol[PROTOCOL_SIZE], tls[TLS_SIZE];

    clock_date(clock_wall(), date);
    put_from(s, from);
    put_protocol(s, protocol);
    put_tls(s, tls);
    int n = snprintf(text, sizeof(text),
                     "Return-Path: <%s>\r\n"
                     "Received: %sby %s with %s id %016" PRIx64 "%s;\r\n"
                     "\t%s\r\n",
                     s->reverse_path, from, s->host->name, protocol,
                     wire_session(s->wire), tls, date);
    assert(n > 0 && (size_t)n < sizeof(text));
    incoming_put(body, span_at(text, (size_t)n));
}
