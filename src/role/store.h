/*
 * store - inside role store: the engine, and what fronts are told; the services that stand
 * in files of their own.
 */
#ifndef ROLE_STORE_H
#define ROLE_STORE_H

#include "ipc/channel.h"
#include "role/handles.h"

struct engine;

/* ---- store.c */
extern struct engine *store_engine;
/* What serves it; the role's, and of a front in a test. */
extern const struct service store_services[];
/* Opens it: tickets are checked with that key, messages have at most *message_size octets;
 * the engine's callbacks are the role's, but for quotas.  0 or -errno. */
struct engine_settings;
int store_begin(struct engine_settings *, const uint8_t key[TICKET_KEY_OCTETS],
                const uint64_t *message_size);
void store_on_grant(struct call *, const void *question);
void store_on_release(struct call *, const void *question);
/* The front has heard of this lsn: it will be told when it is durable. */
void store_promised(const struct call *, uint64_t lsn);
/* May so large a message come, and is the body what it should be?  0 or -EINVAL. */
int store_check_body(uint64_t size, struct span body, int sealed);
/* Is it one that auth has made? */
bool store_is_ticket(const struct ticket *);
/* For handles_each: its mailbox is another now. */
void store_tell_changed(struct handle *);

/* ---- store_mailbox.c */
void store_on_snapshot(struct call *, const void *question);
void store_on_records(struct call *, const void *question);
void store_on_scan(struct call *, const void *question);
void store_on_find(struct call *, const void *question);
void store_on_pack(struct call *, const void *question);
void store_on_large(struct call *, const void *question);
void store_on_expunge(struct call *, const void *question);
void store_on_append(struct call *, const void *question);
void store_on_flags(struct call *, const void *question);
void store_on_room(struct call *, const void *question);
void store_on_status(struct call *, const void *question);
/* store_changes.c */
void store_on_modseqs(struct call *, const void *question);
void store_on_vanished(struct call *, const void *question);
void store_on_quota(struct call *, const void *question);
void store_on_deleted(struct call *, const void *question);
/* The account that the handle stands for, if that may be done with it: 0 or -EACCES. */
int store_may(const struct call *, uint64_t handle, enum right, uint64_t *account_r);
/* An array of things of that size, aligned as they need; malloc'ed, NULL: it is none. */
void *store_array(struct span octets, size_t size, size_t most, size_t *count_r);
/* Who has changed it knows what it is: the others hear. */
void store_tell_others(const struct call *, uint64_t handle, uint64_t account,
                       uint32_t mailbox);

/* ---- store_names.c: mailboxes by name, and messages from one into another */
void store_on_names(struct call *, const void *question);
void store_on_mailbox(struct call *, const void *question);
void store_on_keywords(struct call *, const void *question);
void store_on_keyword(struct call *, const void *question);
void store_on_name(struct call *, const void *question);
void store_on_copy(struct call *, const void *question);

/* ---- store_queue.c */
void store_on_enqueue(struct call *, const void *question);
void store_on_queue_open(struct call *, const void *question);
void store_on_queue_rows(struct call *, const void *question);

#endif
