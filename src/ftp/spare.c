/* spare - see spare.h. */
#include "ftp/spare.h"

#include "base/clock.h"
#include "config/limits.h"
#include "ipc/message.h"
#include "os/files.h"

#include <poll.h>

void spare_close(struct spare *s)
{
    loop_timer_clear(&s->end);
    fd_close(&s->listener);
}

static void on_old(void *spare)
{
    spare_close(spare);
}

void spare_open(struct spare *s)
{
    *s = (struct spare){ .listener = -1, .end = { .on_time = on_old, .arg = s } };
}

void spare_prepare(struct spare *s, struct wire *control)
{
    struct dialer_listen question = { .control = wire_descriptor(control) };
    struct dialer_listen_answer answer = { .listener = -1 };
    spare_close(s);
    if (!wire_flush(control) || ask_dialer_listen(&question, &answer, NULL) != 0)
        return;
    s->listener = answer.listener;
    s->port = (uint16_t)answer.port;
    if (loop_timer_set(&s->end, clock_in(FTP_SPARE_MS * CLOCK_MS)) != 0)
        spare_close(s);
}

/* Who has come before he was told the port is not the one who will be. */
static bool is_untouched(int listener)
{
    struct pollfd p = { .fd = listener, .events = POLLIN };
    return poll(&p, 1, 0) == 0;
}

int spare_take(struct spare *s, uint16_t *port_r)
{
    if (s->listener >= 0 && !is_untouched(s->listener))
        spare_close(s);
    loop_timer_clear(&s->end);
    *port_r = s->port;
    return fd_take(&s->listener);
}
