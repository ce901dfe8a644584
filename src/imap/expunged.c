/* expunged - messages that are gone, told as the client wants to hear of it: by number
 * (RFC 9051 §7.5.1), or by uid (RFC 7162 §3.2.10, RFC 9586 §3); see mailbox.h. */
#include "imap/changes.h"

enum { PIECE = 32 << 10 };

void expunged_begin(struct expunged *x, struct imap *s, const char *how)
{
    *x = (struct expunged){ .s = s, .how = how, .out = { .max = 2 * PIECE } };
}

void expunged_tell(struct expunged *x, size_t number, uint32_t uid)
{
    if (!x->how && !x->s->qresync && !x->s->uidonly) {
        wire_say(x->s->wire, "* %zu EXPUNGE", number);
        return;
    }
    if (x->count++ == 0)
        buf_printf(&x->out, "* VANISHED %s", x->how ? x->how : "");
    x->writer.to = &x->out;
    sequence_put(&x->writer, uid);
    if (x->out.len < PIECE)
        return;
    wire_put(x->s->wire, buf_span(&x->out));
    buf_clear(&x->out);
}

void expunged_end(struct expunged *x)
{
    x->writer.to = &x->out;
    sequence_put_end(&x->writer);
    if (x->count > 0)
        imap_put_line(x->s, &x->out);
    buf_free(&x->out);
}
