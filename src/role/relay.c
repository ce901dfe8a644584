/*
 * relay - the SMTP client: sends what waits in the queue.
 *
 * Who:       a front; sees what other servers say, holds nothing but what it sends.
 * May:       use connections that dialer has made; threads, to read from packs.
 * Says:      store_queue_open and what its handle allows to store; dns_question to dns;
 *            dialer_connect to dialer; auth_recipient to auth and store_deliver,
 *            store_enqueue to store, with reports (RFC 3464).
 * Takes:     store_changed: something has come; store_durable, store_failed;
 *            auth_changed; what a person asks of the queue, by control.
 *
 * What it knows of the queue stands in store.  When store ends, so does relay, and begins
 * anew with what is there then.
 */
#include "role/relay.h"

#include "auth/recipients.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "role/role.h"
#include "store/session.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

const struct settings *relay_settings;
uint64_t relay_handle;
uint32_t relay_envelopes;
bool relay_stops;

uint64_t relay_random(void)
{
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        number = clock_now();
    return number;
}

/* ---- what is durable */

struct waiter {
    struct list link;
    struct fiber *fiber;
};
static struct list waiters = { &waiters, &waiters };

static void on_durable(struct call *call, const void *question)
{
    store_on_durable(call, question);
    LIST_FOR_EACH(link, &waiters)
    fiber_wake(LIST_ENTRY(link, struct waiter, link)->fiber);
}

int relay_await_durable(uint64_t lsn)
{
    struct waiter w = { .fiber = fiber_self() };
    int error = 0;
    list_push(&waiters, &w.link);
    while (!error && wire_durable_so_far() < lsn)
        error = fiber_park(CLOCK_NEVER);
    list_remove(&w.link);
    return error;
}

__attribute__((noreturn)) static void end(const char *why)
{
    log_event(LOG_WARNING, 0, "relay begins anew: %s", why);
    _exit(EXIT_FAILURE);
}

static void on_failed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    end("the store accepts nothing any more");
}

static void on_end(struct channel *channel)
{
    recipients_on_end(channel);
    if (channel_role(channel) == ROLE_STORE && relay_handle)
        end("the store has ended");
}

/* ---- looking */

static struct {
    struct fiber *fiber; /* who looks; NULL: nobody any more */
    bool wanted;
} looker;

static void on_changed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    looker.wanted = true;
    fiber_wake(looker.fiber);
}

enum { AGAIN_SECONDS = 1, SWEEP_SECONDS = 3600 };

/* Until the role stops: what has come, and now and then what nobody will come for. */
static void keep_looking(void *arg)
{
    uint64_t sweep = 0;
    int error = 0;
    (void)arg;
    looker.fiber = fiber_self();
    while (error != -ECANCELED) {
        looker.wanted = false;
        error = relay_look();
        if (error)
            log_event(LOG_WARNING, 0, "the queue cannot be looked at: %s",
                      strerror(-error));
        if (!error && clock_now() >= sweep) {
            relay_sweep();
            sweep = clock_in(SWEEP_SECONDS * CLOCK_SECOND);
        }
        uint64_t until = error ? clock_in(AGAIN_SECONDS * CLOCK_SECOND) : sweep;
        error = 0;
        if (!looker.wanted)
            error = fiber_park(until);
    }
    looker.fiber = NULL;
}

static int open_queue(void)
{
    struct store_queue_open_answer answer;
    int error;
    while ((error = ask_store_queue_open(&(struct store_queue_open){ 0 }, &answer,
                                         NULL)) != 0)
        if (fiber_sleep(AGAIN_SECONDS * CLOCK_SECOND) != 0)
            return error;
    relay_handle = answer.handle;
    relay_envelopes = answer.envelopes;
    return fiber_go(keep_looking, NULL);
}

static void on_stop(void)
{
    relay_stops = true;
    fiber_cancel(looker.fiber);
    wire_cancel_all();
}

static const struct service services[] = {
    { MESSAGE_store_durable, on_durable },
    { MESSAGE_store_failed, on_failed },
    { MESSAGE_store_changed, on_changed },
    { MESSAGE_auth_changed, recipients_on_changed },
    { MESSAGE_admin_queue_next, relay_on_next },
    { MESSAGE_admin_queue_do, relay_on_do },
    { 0 },
};

int role_relay(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_RELAY, instance);
    relay_settings = start.settings;
    ipc_on_end(on_end);
    role_ready_after(open_queue);
    return role_serve(&start, services, SANDBOX_FRONT, on_stop);
}
