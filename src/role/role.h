/*
 * role - the processes: who each is, what it may do, which messages it takes.
 *
 * Every role's file starts with role_begin (what the master left it), opens what it
 * needs (a front its listeners: role/doors.h), and ends in role_serve (sandbox, "ready", the loop until the master says stop).
 *
 * Inherited descriptors, by name:
 *   master        channel to the master                       every role
 *   settings      sealed struct settings                      every role
 *   clock         struct clock_page, read-only                every role
 *   ring          this process's transcript and event ring    every role but log
 *   doorbell      eventfd: rings while log sleeps             every role
 *   listen.N      listening socket of settings.listen[N]      fronts
 *   sources       sessions of each source (wire/sources.h)    fronts with listeners
 *   control       listening SEQPACKET socket DIR/control      control
 *   directory     DIR/store, DIR/auth, DIR/keys or DIR/log    keepers
 *   ticket        16 octets of key, sealed                    auth, store
 *   ring.NAME.I   the ring of role NAME's copy I              log
 *                 ("ring.mx.0", "ring.master.0"; instances have no gaps)
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include "config/settings.h"
#include "ipc/channel.h"
#include "os/sandbox.h"

struct role_start {
    enum role role;
    uint32_t instance;
    const struct settings *settings;
    int directory; /* -1: this role has none */
    uid_t uid;     /* the sandbox's; 0: not started as root */
};

/* Exits with a message when what the master promised is not there.  A keeper is in its
 * sandbox and its own directory from here on: what it opens and the threads that it
 * starts are bound by it. */
void role_begin(struct role_start *start_r, enum role, uint32_t instance);

/* Enters the sandbox (who has not yet), tells the master, serves until stopped; returns the process's
 * exit code.  Services: the role's own; what every role hears from the master is added.
 * on_stop (may be NULL): begin to finish; the loop then runs until no fiber is left but
 * those that were there when serving began, at most STOP_SECONDS. */
int role_serve(const struct role_start *, const struct service *services,
               enum sandbox_calls calls, void (*on_stop)(void));

/* The settings change while a role runs: start->settings shows the new ones from then on,
 * and what the role has copied out of them it takes anew here. */
void role_on_settings(void (*take)(const struct settings *));

/* Instead of at once, role_serve says that this role is ready when `prepare` has run, on
 * a fiber that has channels. */
void role_ready_after(int (*prepare)(void));

/* Which role serves it. */
enum role role_of_service(enum service_kind);

/* How many processes a role has: 0, when the settings do not need it. */
uint32_t role_copies(const struct settings *, enum role);

int role_mx(uint32_t instance);
int role_submission(uint32_t instance);
int role_pop3(uint32_t instance);
int role_ftp(uint32_t instance);
int role_imap(uint32_t instance);
int role_control(uint32_t instance);
int role_auth(uint32_t instance);
int role_store(uint32_t instance);
int role_files(uint32_t instance);
int role_keys(uint32_t instance);
int role_log(uint32_t instance);
int role_config(uint32_t instance);
int role_parse(uint32_t instance);
int role_dialer(uint32_t instance);
int role_dns(uint32_t instance);
int role_relay(uint32_t instance);
int role_master(uint32_t keeper); /* what master_keepers starts */

/* The master itself: runs the site in `site` (DIR) until SIGTERM or SIGINT.  on_ready
 * (may be NULL) runs once all roles serve.  Returns an exit code. */
int master_run(const char *site, void (*on_ready)(const struct settings *, void *),
               void *arg);

/* The keepers for a command of a person while no server runs: locks DIR and starts a
 * master of its own for auth and store, or for keys alone.  From then on this process is
 * ROLE_CONTROL and its questions go to that keeper, ROLE_AUTH or ROLE_KEYS (the loop is
 * open already).  0, or -errno and it has been said; -EWOULDBLOCK: the site is in use. */
int master_keepers(const char *site, enum role keeper);
void master_keepers_end(void);

#endif
