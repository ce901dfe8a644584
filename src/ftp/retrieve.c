/* RFC 959 §4.1.3, RETR, and what goes before it: REST (RFC 3659 §5), RANG. */
#include "ftp/commands.h"
#include "ftp/transfer.h"

#include "ipc/message.h"
#include "os/files.h"
#include "wire/io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- where to begin */

void ftpd_rest(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    s->offset = args[0].number;
    s->has_range = false;
    wire_say(s->wire, "350 The next transfer begins at %" PRIu64, s->offset);
}

/* draft-bryan-ftp-range: both ends belong to it; "1 0" takes it back. */
void ftpd_rang(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    s->offset = 0;
    s->first = args[0].number;
    s->last = args[1].number;
    s->has_range = s->first <= s->last;
    if (s->has_range) {
        wire_say(s->wire, "350 The next transfer is of %" PRIu64 " to %" PRIu64,
                 s->first, s->last);
    } else if (s->first == 1 && s->last == 0) {
        wire_say(s->wire, "350 No range any more");
    } else {
        ftpd_reply_bad(s, "501 The range ends before it begins");
    }
}

bool ftpd_take_extent(struct ftpd *s, uint64_t size, uint64_t *offset_r,
                      uint64_t *length_r)
{
    uint64_t offset = s->has_range ? s->first : s->offset;
    uint64_t last = s->has_range && s->last < size ? s->last + 1 : size;
    s->offset = 0;
    s->has_range = false;
    if (offset > size)
        return false;
    *offset_r = offset;
    *length_r = last > size ? size - offset : last - offset;
    return true;
}

/* ---- octets */

static int say_data(void *arg, struct span octets)
{
    struct transfer *t = arg;
    return data_put(t->data, octets);
}

/* What is neither ASCII nor of another mode goes as it is, within the kernel. */
static int send_plain(struct transfer *t)
{
    return data_send_file(t->data, t->file, (off_t)t->offset, t->length, &t->octets);
}

/* §3.5: marks, which the client may say to REST later. */
static int mark(struct transfer *t, uint64_t at)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRIu64, at);
    return encoder_mark(t->coder, span_at(text, (size_t)n));
}

static int send_piece(struct transfer *t, char *piece, size_t size)
{
    int error = io_read(t->file, piece, size, (off_t)(t->offset + t->octets));
    if (error) {
        t->local = true;
        return error;
    }
    error = coder_put(t->coder, span_at(piece, size));
    uint64_t before = t->octets / FTP_MARK_EACH;
    t->octets += size;
    if (!error && t->octets / FTP_MARK_EACH > before)
        error = mark(t, t->offset + t->octets);
    return error;
}

static int send_converted(struct transfer *t)
{
    struct coder_form form = ftpd_form(t->session);
    char *piece = malloc(FTP_PIECE);
    t->coder = encoder_open(&form, say_data, t);
    int error = piece && t->coder ? 0 : -ENOMEM;
    while (!error && t->octets < t->length) {
        uint64_t left = t->length - t->octets;
        error = send_piece(t, piece, left < FTP_PIECE ? (size_t)left : FTP_PIECE);
    }
    if (!error)
        error = coder_end(t->coder);
    coder_close(&t->coder);
    free(piece);
    return error;
}

static int carry(struct transfer *t)
{
    struct coder_form form = ftpd_form(t->session);
    int error = coder_is_plain(&form) ? send_plain(t) : send_converted(t);
    if (error == -EIO)
        t->local = true;
    return error ? error : data_finish(t->data);
}

/* RFC 1123 §4.1.3.4 for what cannot be begun with. */
static void retrieve(struct ftpd *s, struct transfer *t, uint64_t size)
{
    char opening[64];
    bool ascii = s->parameters.type == TYPE_ASCII;
    if ((ascii && s->offset > 0) ||
        !ftpd_take_extent(s, size, &t->offset, &t->length)) {
        s->offset = 0;
        wire_say(s->wire,
                 ascii ? "554 REST is for TYPE I" : "554 The file ends before that");
        return;
    }
    snprintf(opening, sizeof opening, "Here it comes (%" PRIu64 " bytes)", t->length);
    ftpd_transfer(s, t, opening);
}

void ftpd_retr(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    if (!ftpd_may_transfer(s) || !ftpd_path(s, &args[0], 550, path))
        return;
    struct files_read question = { .handle = s->handle, .path = span_of(path) };
    struct files_read_answer answer = { .file = -1 };
    int error = ask_files_read(&question, &answer, NULL);
    if (error) {
        ftpd_refuse(s, error, 550);
        return;
    }
    struct transfer t = {
        .carry = carry, .what = "RETR", .sends = true, .file = answer.file
    };
    retrieve(s, &t, answer.size);
    fd_close(&answer.file);
}
