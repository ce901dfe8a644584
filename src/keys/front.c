#include "keys/front.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/own.h"
#include "keys/shown.h"
#include "os/files.h"

#include <errno.h>
#include <sys/mman.h>

static struct tls *tls;
static bool asking, once_more;

/* ---- signatures */

/* keys may be started again just now: its channel ends with the question unanswered, and
 * to ask again does no harm. */
static int ask_sign(const uint8_t key[TLS_KEY_NAME], enum tls_block kind,
                    struct span block, char *signature_r, size_t size, size_t *len_r)
{
    OWN(arena_close) struct arena *arena = arena_open(SIGNATURE_OCTETS_MAX);
    struct keys_sign q = { .key = span_at(key, TLS_KEY_NAME),
                           .kind = (uint8_t)kind,
                           .block = block };
    struct keys_sign_answer answer;
    int error = arena ? -EPIPE : -ENOMEM;
    for (int i = 0; error == -EPIPE && i < 2; i++)
        error = ask_keys_sign(&q, &answer, arena);
    if (error)
        return error;
    if (answer.signature.len > size)
        return -EPROTO;
    memcpy(signature_r, answer.signature.at, answer.signature.len);
    *len_r = answer.signature.len;
    return 0;
}

struct tls *keys_tls(const struct settings *settings)
{
    const struct tls_settings s = {
        .hostname = settings->hostname,
        .handshake_time = settings->handshake_seconds * CLOCK_SECOND,
        .sign = ask_sign,
    };
    if (!tls)
        tls = tls_open(&s);
    return tls;
}

void keys_take(const struct settings *settings)
{
    if (tls)
        tls_handshake_time(tls, settings->handshake_seconds * CLOCK_SECOND);
}

/* ---- what is shown */

static void ask_again(void *unused);

static int show(int memory, size_t size)
{
    const void *octets = sealed_map(memory, size);
    struct shown shown;
    if (!octets)
        return -EPROTO;
    int error = -EPROTO;
    if (shown_read(span_at(octets, size), &shown)) {
        error = tls_show(tls, shown.chains, shown.count);
        tls_use_tickets(tls, &shown.now, &shown.before);
    }
    munmap((void *)(uintptr_t)octets, size);
    return error;
}

static int ask_once(void)
{
    struct keys_show_answer answer;
    int error = ask_keys_show(&(struct keys_show){ 0 }, &answer, NULL);
    if (error)
        return error;
    OWN(fd_close) int memory = answer.memory;
    return show(memory, answer.size);
}

int keys_ask(void)
{
    int error;
    asking = true;
    do {
        once_more = false;
        error = ask_once();
    } while (!error && once_more);
    asking = false;
    if (error)
        log_event(LOG_WARNING, 0, "keys has not said which certificates there are: %s",
                  strerror(-error));
    return error;
}

void keys_on_changed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    if (asking)
        once_more = true;
    else
        ask_again(NULL);
}

static void start_asking(void *unused)
{
    (void)unused;
    fiber_go(ask_again, NULL);
}

static void ask_again(void *unused)
{
    static struct timer later = { .on_time = start_asking };
    (void)unused;
    if (!asking && keys_ask() != 0)
        loop_timer_set(&later, clock_in(KEYS_RETRY_SECONDS * CLOCK_SECOND));
}

/* The next keys has other keys for tickets, and perhaps other certificates. */
void keys_on_end(struct channel *channel)
{
    if (channel_role(channel) == ROLE_KEYS)
        start_asking(NULL);
}
