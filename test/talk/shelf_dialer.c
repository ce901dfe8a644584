#include "test/talk/shelf.h"

#include "os/files.h"
#include "wire/dial.h"

void shelf_on_dial_listen(struct call *call, const void *question)
{
    int control = ((const struct dialer_listen *)question)->control;
    struct endpoint here;
    uint16_t port = 0;
    int error = endpoint_here(control, &here);
    int fd = error ? error : dial_listen(&here, 0, 0, &port);
    fd_close(&control);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_dialer_listen(call, &(struct dialer_listen_answer){ .port = port,
                                                                   .listener = fd });
    fd_close(&fd);
}

void shelf_on_connect_back(struct call *call, const void *question)
{
    const struct dialer_connect_back *q = question;
    int control = q->control;
    struct endpoint here, there;
    int error = endpoint_there(control, &there);
    if (!error)
        error = endpoint_here(control, &here);
    here.port = 0;
    there.port = (uint16_t)q->port;
    int fd = error ? error : dial_connect(&here, &there, UINT64_MAX);
    fd_close(&control);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_dialer_connect_back(call, &(struct dialer_connect_back_answer){
                                             .connected = fd });
    fd_close(&fd);
}
