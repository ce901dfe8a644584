/* decoder - see coder.h: what a data connection carries, as a file holds it. */
#include "ftp/coder_inside.h"

#include <errno.h>
#include <stdlib.h>

enum { INFLATED = 32 << 10 };

struct coder *decoder_open(const struct coder_form *form, coder_say *say,
                           void (*on_mark)(void *, struct span), void *arg)
{
    struct coder *c = coder_new(form, say, arg);
    if (!c)
        return NULL;
    c->decodes = true;
    c->on_mark = on_mark;
    if (form->mode == 'Z')
        c->has_z = inflateInit(&c->z) == Z_OK;
    if (form->mode == 'Z' && !c->has_z)
        coder_close(&c);
    return c;
}

/* ---- the file's side */

static int pass_on(struct coder *c)
{
    struct span octets = span_at(c->buffer, c->len);
    c->len = 0;
    return octets.len > 0 ? c->say(c->arg, octets) : 0;
}

static int put_octets(struct coder *c, struct span octets)
{
    int error = 0;
    while (octets.len > 0 && !error) {
        size_t room = CODER_BUFFER - c->len;
        size_t n = octets.len < room ? octets.len : room;
        memcpy(c->buffer + c->len, octets.at, n);
        c->len += n;
        octets = span_skip(octets, n);
        if (c->len == CODER_BUFFER)
            error = pass_on(c);
    }
    return error;
}

/* ---- the text's stage: CRLF becomes LF; a CR waits for what follows it */

static int put_text(struct coder *c, struct span text)
{
    int error = 0;
    if (!c->form.ascii)
        return put_octets(c, text);
    while (text.len > 0 && !error) {
        if (c->after_cr && *text.at != '\n')
            error = put_octets(c, SPAN("\r"));
        c->after_cr = false;
        size_t n = span_find(text, '\r');
        if (!error)
            error = put_octets(c, span_first(text, n));
        c->after_cr = n < text.len;
        text = span_skip(text, n + c->after_cr);
    }
    return error;
}

/* ---- records: §3.4.1, an octet of all ones and what it means */

static int put_escaped(struct coder *c, unsigned char code)
{
    c->escaped = false;
    if (code == RECORD_ESCAPE)
        return put_text(c, SPAN("\xff"));
    if (code == 0 || code > (RECORD_EOR | RECORD_EOF))
        return -EPROTO;
    c->ended = code & RECORD_EOF;
    return code & RECORD_EOR ? put_text(c, SPAN("\n")) : 0;
}

static int put_stream(struct coder *c, struct span octets)
{
    int error = 0;
    if (!c->form.records)
        return put_text(c, octets);
    while (octets.len > 0 && !error) {
        if (c->ended)
            return -EPROTO;
        if (c->escaped) {
            error = put_escaped(c, (unsigned char)*octets.at);
            octets = span_skip(octets, 1);
            continue;
        }
        size_t n = span_find(octets, (char)RECORD_ESCAPE);
        error = put_text(c, span_first(octets, n));
        c->escaped = n < octets.len;
        octets = span_skip(octets, n + c->escaped);
    }
    return error;
}

/* ---- blocks: §3.4.2 */

static int end_block(struct coder *c)
{
    c->header_len = 0;
    if (c->descriptor & BLOCK_MARK) {
        if (c->on_mark && pass_on(c) == 0)
            c->on_mark(c->arg, span_at(c->mark, c->mark_len));
        c->mark_len = 0;
        return 0;
    }
    c->ended = c->descriptor & BLOCK_EOF;
    return c->descriptor & BLOCK_EOR ? put_text(c, SPAN("\n")) : 0;
}

/* §3.5: a marker is of printable characters. */
static int put_mark(struct coder *c, struct span octets)
{
    if (octets.len > CODER_MARK_MAX - c->mark_len)
        return -EPROTO;
    for (size_t i = 0; i < octets.len; i++)
        if (octets.at[i] < 33 || octets.at[i] > 126)
            return -EPROTO;
    memcpy(c->mark + c->mark_len, octets.at, octets.len);
    c->mark_len += octets.len;
    return 0;
}

static int take_header(struct coder *c, struct span *octets)
{
    c->header[c->header_len++] = (uint8_t)*octets->at;
    *octets = span_skip(*octets, 1);
    if (c->header_len < sizeof c->header)
        return 0;
    c->descriptor = c->header[0];
    c->left = (uint32_t)c->header[1] << 8 | c->header[2];
    return c->left == 0 ? end_block(c) : 0;
}

static int put_blocks(struct coder *c, struct span octets)
{
    int error = 0;
    while (octets.len > 0 && !error) {
        if (c->ended)
            return -EPROTO;
        if (c->header_len < sizeof c->header) {
            error = take_header(c, &octets);
            continue;
        }
        size_t n = octets.len < c->left ? octets.len : c->left;
        struct span part = span_first(octets, n);
        error = c->descriptor & BLOCK_MARK ? put_mark(c, part) : put_text(c, part);
        c->left -= (uint32_t)n;
        octets = span_skip(octets, n);
        if (!error && c->left == 0)
            error = end_block(c);
    }
    return error;
}

/* ---- deflate */

static int put_deflated(struct coder *c, struct span octets)
{
    char out[INFLATED];
    int error = octets.len > 0 && c->z_ended ? -EPROTO : 0;
    c->z.next_in = (unsigned char *)(uintptr_t)octets.at;
    c->z.avail_in = (unsigned)octets.len;
    do {
        c->z.next_out = (unsigned char *)out;
        c->z.avail_out = sizeof out;
        int state = error || c->z_ended ? Z_BUF_ERROR : inflate(&c->z, Z_NO_FLUSH);
        c->z_ended = c->z_ended || state == Z_STREAM_END;
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
            error = -EPROTO;
        if (!error && c->z.avail_out < sizeof out)
            error = put_stream(c, span_at(out, sizeof out - c->z.avail_out));
    } while (!error && !c->z_ended && c->z.avail_out == 0);
    return error ? error : c->z.avail_in > 0 ? -EPROTO : 0;
}

int decoder_put(struct coder *c, struct span octets)
{
    switch (c->form.mode) {
    case 'B':
        return put_blocks(c, octets);
    case 'Z':
        return put_deflated(c, octets);
    default:
        return put_stream(c, octets);
    }
}

int decoder_end(struct coder *c)
{
    bool says_end = c->form.mode == 'B' || c->form.records;
    int error = c->after_cr ? put_octets(c, SPAN("\r")) : 0;
    c->after_cr = false;
    if (!error)
        error = pass_on(c);
    if (error)
        return error;
    if ((says_end && !c->ended) || (c->form.mode == 'Z' && !c->z_ended))
        return -EPROTO;
    return 0;
}
