/* The steps of FTP: data connections and files. */
#include "test/talk/acting.h"

#include "test/talk/shelf.h"
#include "test/talk/world.h"

#include <stdlib.h>

void act_connect(struct play *p, const struct step *step)
{
    if (!client_call(&p->clients[step->client], step->kind == STEP_STRANGER ? 2 : 1))
        play_fail(p, step, "somebody to listen", SPAN(""), SPAN(""));
}

void act_listen(struct play *p, const struct step *step)
{
    if (!client_await_call(&p->clients[step->client]))
        play_fail(p, step, "a port", SPAN(""), SPAN(""));
}

void act_upload(struct play *p, const struct step *step)
{
    if (!client_upload(&p->clients[step->client], step->text))
        play_fail(p, step, "the server to take it", SPAN(""), SPAN(""));
}

void act_finish(struct play *p, const struct step *step)
{
    client_finish_data(&p->clients[step->client], step->kind == STEP_RESET);
}

void act_received(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];
    bool cut;
    if (!client_receive(c, &cut))
        play_fail(p, step, "an end of ", step->text, buf_span(&c->received));
    else if (cut || !glob_fits(step->text, buf_span(&c->received)))
        play_fail(p, step, cut ? "no reset behind " : "RECEIVED ", step->text,
                  buf_span(&c->received));
}

void act_cut(struct play *p, const struct step *step)
{
    struct client *c = &p->clients[step->client];
    bool cut;
    if (!client_receive(c, &cut) || !cut)
        play_fail(p, step, "a reset", SPAN(""), buf_span(&c->received));
}

void act_file(struct play *p, const struct step *step)
{
    struct span body = step->text, path = script_word(&body), rest = body;
    uint64_t size;
    char *octets = NULL;
    if (step->kind == STEP_DIRECTORY)
        body.at = NULL;
    else if (!body.at)
        body = SPAN("");
    if (body.len > 0 && span_take_number(&rest, 8 << 20, &size) && rest.len == 0) {
        octets = calloc(1, (size_t)size);
        body = span_at(octets, (size_t)size);
    }
    if (!shelf_put(path, body))
        play_fail(p, step, "a plain path, not ", path, SPAN(""));
    free(octets);
}

void act_stored(struct play *p, const struct step *step)
{
    struct span wanted = step->text, path = script_word(&wanted), body, rest = wanted;
    uint64_t size;
    if (!shelf_body(path, &body))
        play_fail(p, step, "a file ", path, SPAN("(nothing)"));
    else if (span_take_number(&rest, UINT32_MAX, &size) && rest.len == 0) {
        if (body.len != size)
            play_fail(p, step, "so many octets ", wanted, SPAN("(others)"));
    } else if (!span_is(wanted, body))
        play_fail(p, step, "STORED ", wanted, body);
}

void act_absent(struct play *p, const struct step *step)
{
    struct span body;
    if (shelf_body(step->text, &body))
        play_fail(p, step, "no file ", step->text, body);
}

void act_clear_data(struct play *p, const struct step *step)
{
    p->ftp.clear_data = !span_is(step->text, SPAN("no"));
}

/* The client ends TLS on its control connection: RFC 4217 §12.3. */
void act_goodbye(struct play *p, const struct step *step)
{
    client_stop_tls(&p->clients[step->client]);
}
