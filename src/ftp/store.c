/* RFC 959 §4.1.3: STOR, APPE, STOU, ALLO.  What comes is a temporary of files' until it is
 * whole and durable; only then is 226 said. */
#include "ftp/commands.h"
#include "ftp/transfer.h"

#include "base/fiber.h"
#include "base/own.h"
#include "files/upload.h"
#include "ipc/channel.h"
#include "os/files.h"
#include "wire/io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void ftpd_allo(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    s->expected = args[0].number;
    wire_say(s->wire, "200 Noted");
}

/* ---- octets */

static uint64_t written(const struct transfer *t)
{
    return t->offset + t->octets;
}

/* files counts, and writes back what was written, whenever room has run out. */
static int ask_room(struct transfer *t)
{
    struct files_room question = { .handle = t->session->handle,
                                   .upload = t->upload,
                                   .written = written(t) };
    struct files_room_answer answer;
    int error = ask_files_room(&question, &answer, NULL);
    if (!error && answer.room <= written(t))
        error = -EDQUOT;
    if (!error)
        t->room = answer.room;
    t->local = t->local || error;
    return error;
}

/* A connection's own errors; all others are the file's. */
static bool is_of_connection(int error)
{
    return error == -ETIMEDOUT || error == -ECANCELED || error == -ECONNRESET ||
           error == -EPIPE || error == -EPROTO || error == -ENOTCONN;
}

static int receive_plain(struct transfer *t)
{
    int error = 0;
    while (!error && !data_is_ended(t->data)) {
        if (written(t) == t->room) {
            /* Only when there is more, or a file that just fits would be refused. */
            error = data_fill(t->data);
            if (!error && data_input(t->data).len > 0)
                error = ask_room(t);
            continue;
        }
        error = data_receive_file(t->data, t->file, (off_t)written(t),
                                  t->room - written(t), &t->octets);
        t->local = error && !is_of_connection(error);
    }
    return error;
}

static int write_piece(void *arg, struct span octets)
{
    struct transfer *t = arg;
    int error = 0;
    while (octets.len > 0 && !error) {
        uint64_t room = t->room - written(t);
        size_t n = octets.len < room ? octets.len : (size_t)room;
        if (n == 0) {
            error = ask_room(t);
            continue;
        }
        error = io_write(t->file, span_first(octets, n));
        t->local = t->local || error;
        t->octets += error ? 0 : n;
        octets = span_skip(octets, n);
    }
    return error;
}

/* The listener says it. */
static void on_mark(void *arg, struct span mark)
{
    struct transfer *t = arg;
    snprintf(t->mark, sizeof t->mark, "%.*s = %" PRIu64, SPAN_ARG(mark), written(t));
    t->news = true;
    fiber_wake(t->listener);
}

static int receive_converted(struct transfer *t)
{
    struct coder_form form = ftpd_form(t->session);
    t->coder = decoder_open(&form, write_piece, on_mark, t);
    int error = t->coder ? 0 : -ENOMEM;
    if (!error && lseek(t->file, (off_t)t->offset, SEEK_SET) < 0) {
        error = -errno;
        t->local = true;
    }
    while (!error && !data_is_ended(t->data)) {
        error = data_fill(t->data);
        struct span input = data_input(t->data);
        if (!error && input.len > 0)
            error = coder_put(t->coder, input);
        if (!error)
            data_consume(t->data, input.len);
    }
    if (!error)
        error = coder_end(t->coder);
    coder_close(&t->coder);
    return error;
}

static int commit(struct transfer *t)
{
    struct files_commit question = { .handle = t->session->handle,
                                     .upload = t->upload };
    struct files_commit_answer answer;
    int error = ask_files_commit(&question, &answer, NULL);
    t->local = t->local || error;
    t->committed = true;
    return error;
}

static int carry(struct transfer *t)
{
    struct coder_form form = ftpd_form(t->session);
    int error = coder_is_plain(&form) ? receive_plain(t) : receive_converted(t);
    if (!error)
        error = data_finish(t->data);
    return error ? error : commit(t);
}

/* ---- the commands */

/* What was converted on its way has other lengths than the client knows. */
static void abandon(struct ftpd *s, const struct transfer *t)
{
    struct coder_form form = ftpd_form(s);
    struct channel *files = ipc_peer(ROLE_FILES, 0);
    if (files && s->handle)
        tell_files_abandon(files, &(struct files_abandon){
                                      .handle = s->handle,
                                      .upload = t->upload,
                                      .keep = !t->local && coder_is_plain(&form) });
}

static void receive(struct ftpd *s, struct files_write *question, const char *what)
{
    char name[FILES_NAME_MAX + 1], opening[FILES_NAME_MAX + 64];
    struct files_write_answer a = { .file = -1 };
    OWN(arena_close) struct arena *arena = arena_open(4096);
    int error = arena ? ask_files_write(question, &a, arena) : -ENOMEM;
    s->offset = s->expected = 0;
    s->has_range = false;
    if (error) {
        ftpd_refuse(s, error, 553);
        return;
    }
    struct transfer t = { .carry = carry,
                          .what = what,
                          .file = a.file,
                          .upload = a.upload,
                          .offset = a.size,
                          .room = a.room };
    span_to_string(a.name, name, sizeof name);
    /* RFC 1123 §4.1.2.9: where the name is ours to choose, it is told so. */
    if (question->how == UPLOAD_UNIQUE)
        snprintf(opening, sizeof opening, "FILE: %s", name);
    else
        snprintf(opening, sizeof opening, "Send it");
    ftpd_transfer(s, &t, opening);
    if (!t.committed)
        abandon(s, &t);
    fd_close(&a.file);
}

static void store(struct ftpd *s, const struct arg *arg, enum upload_how how,
                  const char *what)
{
    char path[PATHNAME_SIZE];
    if (!ftpd_may_transfer(s) || !ftpd_path(s, arg, 553, path))
        return;
    struct files_write question = { .handle = s->handle,
                                    .path = span_of(path),
                                    .how = (uint8_t)how,
                                    .offset = s->offset,
                                    .expected = s->expected };
    receive(s, &question, what);
}

/* RFC 3659 §5.3: behind REST, what stands before the offset stays. */
void ftpd_stor(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    if (s->has_range) {
        s->has_range = false;
        ftpd_reply_bad(s, "551 A range can be read, not written");
        return;
    }
    store(s, &args[0], s->offset > 0 ? UPLOAD_RESUME : UPLOAD_STORE, "STOR");
}

void ftpd_appe(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    s->offset = 0;
    store(s, &args[0], UPLOAD_APPEND, "APPE");
}

/* RFC 959 has no argument; clients say which name they would like. */
void ftpd_stou(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct arg name =
        args[0].given ? args[0] : (struct arg){ .given = true, .text = SPAN("file") };
    s->offset = 0;
    store(s, &name, UPLOAD_UNIQUE, "STOU");
}
