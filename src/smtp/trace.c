#include "smtp/trace.h"

#include "base/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { PROTOCOL_SIZE = 16, SOURCE_SIZE = SOURCE_OCTETS_MAX + 16 };
enum { TRACE_MAX = PATH_OCTETS_MAX + 2 * DOMAIN_OCTETS_MAX + SOURCE_OCTETS_MAX + 256 };

/* "with": RFC 3848, and RFC 6531 §4.3 for UTF8 in front. */
static void put_protocol(const struct smtp *s, char out[PROTOCOL_SIZE])
{
    bool local = s->host->service == SMTP_LMTP;
    const char *base = local ? "LMTP" : s->utf8 || !s->extended ? "SMTP" : "ESMTP";

    snprintf(out, PROTOCOL_SIZE, "%s%s%s", s->utf8 ? "UTF8" : "", base,
             s->handle ? "A" : "");
}

/* TCP-info = address-literal / ( Domain FWS address-literal ); a client of this machine
 * that came by a socket has none */
static void put_source(const struct smtp *s, char out[SOURCE_SIZE])
{
    const char *peer = wire_peer(s->wire);

    if (s->host->service == SMTP_LMTP)
        snprintf(out, SOURCE_SIZE, "local");
    else
        snprintf(out, SOURCE_SIZE, "[%s%s]", strchr(peer, ':') ? "IPv6:" : "", peer);
}

/* Return-path-line  = "Return-Path:" FWS Reverse-path <CRLF>
 * Time-stamp-line   = "Received:" FWS Stamp <CRLF>
 * Stamp             = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
 * Extended-Domain   = Domain FWS "(" TCP-info ")"
 * the id is the session's, under which the dialogue is kept */
void trace_put(const struct smtp *s, struct incoming *body)
{
    char text[TRACE_MAX], date[CLOCK_DATE_SIZE];
    char source[SOURCE_SIZE], protocol[PROTOCOL_SIZE];

    clock_date(clock_wall(), date);
    put_source(s, source);
    put_protocol(s, protocol);
    int n = snprintf(text, sizeof(text),
                     "Return-Path: <%s>\r\n"
                     "Received: from %s (%s)\r\n"
                     "\tby %s with %s id %016" PRIx64 ";\r\n"
                     "\t%s\r\n",
                     s->reverse_path, s->client, source, s->host->name, protocol,
                     wire_session(s->wire), date);
    assert(n > 0 && (size_t)n < sizeof(text));
    incoming_put(body, span_at(text, (size_t)n));
}
