/* RFC 4978: COMPRESS. */
#include "imap/grammar.h"
#include "imap/session.h"

#include "wire/deflate.h"

/* "The client MUST NOT send any further commands until it has seen the result": of what
 * follows nobody would know whether it is compressed. */
void imap_compress(void *session, const struct arg *args)
{
    struct imap *s = session;

    if (!span_is_nocase(args[0].text, SPAN("DEFLATE"))) {
        imap_reply_bad(s, "DEFLATE is what there is");
    } else if (wire_has_deflate(s->wire)) {
        imap_reply(s, "NO [COMPRESSIONACTIVE] DEFLATE is active");
    } else if (wire_input(s->wire).len > 0) {
        imap_reply_bad(s, "nothing may follow COMPRESS");
    } else if (!wire_may_start_deflate(s->wire)) {
        imap_reply(s, "NO [UNAVAILABLE] too many sessions compress");
    } else {
        imap_reply(s, "OK DEFLATE from here on");
        if (!wire_start_deflate(s->wire))
            imap_enter(s, LOGOUT);
    }
}
