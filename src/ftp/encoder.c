/* encoder - see coder.h: what a file holds, as a data connection carries it. */
#include "ftp/coder_inside.h"

#include <errno.h>
#include <stdlib.h>

enum { BLOCK_MOST = CODER_BUFFER, DEFLATED = 16 << 10 };

struct coder *coder_new(const struct coder_form *form, coder_say *say, void *arg)
{
    struct coder *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->form = *form;
    c->say = say;
    c->arg = arg;
    return c;
}

struct coder *encoder_open(const struct coder_form *form, coder_say *say, void *arg)
{
    struct coder *c = coder_new(form, say, arg);
    if (c && form->mode == 'Z')
        c->has_z = deflateInit(&c->z, form->level) == Z_OK;
    if (c && form->mode == 'Z' && !c->has_z)
        coder_close(&c);
    return c;
}

void coder_close(struct coder **coder)
{
    struct coder *c = *coder;
    if (!c)
        return;
    *coder = NULL;
    if (c->has_z && c->decodes)
        inflateEnd(&c->z);
    else if (c->has_z)
        deflateEnd(&c->z);
    free(c);
}

/* ---- the mode's stage */

static int deflate_all(struct coder *c, struct span octets, int flush)
{
    char out[DEFLATED];
    c->z.next_in = (unsigned char *)(uintptr_t)octets.at;
    c->z.avail_in = (unsigned)octets.len;
    int said = 0, state = Z_OK;
    do {
        c->z.next_out = (unsigned char *)out;
        c->z.avail_out = sizeof out;
        state = deflate(&c->z, flush);
        size_t n = sizeof out - c->z.avail_out;
        if (n > 0)
            said = c->say(c->arg, span_at(out, n));
    } while (!said && c->z.avail_out == 0);
    return said ? said : state == Z_STREAM_ERROR ? -EPROTO : 0;
}

static int say_block(struct coder *c, uint8_t descriptor, struct span octets)
{
    char header[3] = { (char)descriptor, (char)(octets.len >> 8), (char)octets.len };
    int error = c->say(c->arg, span_at(header, sizeof header));
    return error || octets.len == 0 ? error : c->say(c->arg, octets);
}

/* What stands in the buffer goes on its way. */
static int pass_on(struct coder *c, uint8_t descriptor)
{
    struct span octets = span_at(c->buffer, c->len);
    c->len = 0;
    if (c->form.mode == 'B')
        return octets.len > 0 || descriptor ? say_block(c, descriptor, octets) : 0;
    if (octets.len == 0)
        return 0;
    return c->has_z ? deflate_all(c, octets, Z_NO_FLUSH) : c->say(c->arg, octets);
}

static int put_octets(struct coder *c, struct span octets)
{
    int error = 0;
    while (octets.len > 0 && !error) {
        size_t room = BLOCK_MOST - c->len;
        size_t n = octets.len < room ? octets.len : room;
        memcpy(c->buffer + c->len, octets.at, n);
        c->len += n;
        octets = span_skip(octets, n);
        if (c->len == BLOCK_MOST)
            error = pass_on(c, 0);
    }
    return error;
}

/* ---- the text's stage */

static int end_record(struct coder *c)
{
    static const char end[] = { (char)RECORD_ESCAPE, RECORD_EOR };
    return c->form.mode == 'B' ? pass_on(c, BLOCK_EOR)
                               : put_octets(c, span_at(end, sizeof end));
}

/* §3.4.1: an octet of all ones is said twice where records are marked by it. */
static int put_in_record(struct coder *c, struct span octets)
{
    int error = 0;
    if (c->form.mode == 'B')
        return put_octets(c, octets);
    while (octets.len > 0 && !error) {
        size_t n = span_find(octets, (char)RECORD_ESCAPE);
        bool escape = n < octets.len;
        error = put_octets(c, span_first(octets, n + escape));
        if (!error && escape)
            error = put_octets(c, span_first(span_skip(octets, n), 1));
        octets = span_skip(octets, n + escape);
    }
    return error;
}

/* In ASCII a CR that an LF follows is no part of a record, so it is held back. */
static int put_text(struct coder *c, struct span text)
{
    bool holds = c->form.records && c->form.ascii;
    int error = 0;
    if (text.len == 0)
        return 0;
    if (holds && c->after_cr)
        error = put_in_record(c, SPAN("\r"));
    c->after_cr = text.at[text.len - 1] == '\r';
    text.len -= holds && c->after_cr;
    if (error)
        return error;
    return c->form.records ? put_in_record(c, text) : put_octets(c, text);
}

static int end_line(struct coder *c)
{
    bool after_cr = c->after_cr;
    c->after_cr = false;
    if (c->form.records)
        return end_record(c);
    return put_octets(c, after_cr ? SPAN("\n") : SPAN("\r\n"));
}

int coder_put(struct coder *c, struct span octets)
{
    if (c->decodes)
        return decoder_put(c, octets);
    if (!c->form.ascii && !c->form.records)
        return put_octets(c, octets);
    int error = 0;
    while (octets.len > 0 && !error) {
        size_t n = span_find(octets, '\n');
        bool line = n < octets.len;
        error = put_text(c, span_first(octets, n));
        if (!error && line)
            error = end_line(c);
        octets = span_skip(octets, n + line);
    }
    return error;
}

int encoder_mark(struct coder *c, struct span mark)
{
    int error = c->form.mode == 'B' ? pass_on(c, 0) : 0;
    return error || c->form.mode != 'B' ? error : say_block(c, BLOCK_MARK, mark);
}

int coder_end(struct coder *c)
{
    static const char end[] = { (char)RECORD_ESCAPE, RECORD_EOF };
    int error = 0;
    if (c->decodes)
        return decoder_end(c);
    if (c->form.records && c->form.ascii && c->after_cr)
        error = put_in_record(c, SPAN("\r"));
    if (!error && c->form.records && c->form.mode != 'B')
        error = put_octets(c, span_at(end, sizeof end));
    if (!error)
        error = pass_on(c, BLOCK_EOF);
    return error || !c->has_z ? error : deflate_all(c, SPAN(""), Z_FINISH);
}
