#include "smtp/trace.h"

#include "base/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { TRACE_MAX = PATH_OCTETS_MAX + 2 * DOMAIN_OCTETS_MAX + SOURCE_OCTETS_MAX + 256 };

/* "with", RFC 3848 and RFC 6531 §4.3 */
static const char *protocol(const struct smtp *s)
{
    return s->utf8 ? "UTF8SMTP" : s->extended ? "ESMTP" : "SMTP";
}

/* Return-path-line  = "Return-Path:" FWS Reverse-path <CRLF>
 * Time-stamp-line   = "Received:" FWS Stamp <CRLF>
 * Stamp             = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
 * Extended-Domain   = Domain FWS "(" TCP-info ")"
 * the id is the session's, under which the dialogue is kept */
void trace_put(const struct smtp *s, struct incoming *body)
{
    char text[TRACE_MAX], date[CLOCK_DATE_SIZE];
    const char *peer = wire_peer(s->wire);

    clock_date(clock_wall(), date);
    int n = snprintf(text, sizeof(text),
                     "Return-Path: <%s>\r\n"
                     "Received: from %s ([%s%s])\r\n"
                     "\tby %s with %s id %016" PRIx64 ";\r\n"
                     "\t%s\r\n",
                     s->reverse_path, s->client, strchr(peer, ':') ? "IPv6:" : "", peer,
                     s->host->name, protocol(s), wire_session(s->wire), date);
    assert(n > 0 && (size_t)n < sizeof(text));
    incoming_put(body, span_at(text, (size_t)n));
}
