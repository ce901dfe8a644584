/*
 * folder - the files of an account, by name; nothing here knows what is in them.
 *
 *   accounts/ID/index.db      account.h
 *              pack.NNNNNN    messages one after the other, appended to
 *              big/NAME       one large message each
 *              stuck          journal entries that a damaged folder could not take
 *   large/NAME                a large message on its way in: durable before the journal
 *                             names it, linked into each recipient's big/ when it is
 *                             applied, and gone after the next checkpoint
 *   forgotten/ID.LSN          a folder on its way out
 *   rebuilt/ID.db             an index.db that is being made
 *
 * All below DIR/store; the functions return 0 (or a descriptor) or -errno.
 */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "base/span.h"

enum { FOLDER_PATH = 64 };

int folders_make(int store); /* accounts, large, forgotten; synced */
/* At the end of a recovery: what stands in the others is not needed. */
int folders_sweep(int store);

/* With big/ and an index.db of these octets in it; that is there whole or not at all. */
int folder_make(int store, uint64_t account, struct span index);
int folder_forget(int store, uint64_t account, uint64_t lsn);
void folder_index_path(uint64_t account, char path_r[FOLDER_PATH]);
bool folder_has_packs(int store, uint64_t account);
int folder_open(int store, uint64_t account); /* a descriptor: the folder itself */
void folder_rebuilt_path(uint64_t account, char path_r[FOLDER_PATH]);
/* The index in rebuilt/ becomes that of the folder which `folder` is, if it has not been
 * forgotten meanwhile (-ESTALE).  The one before is kept as index.db.damaged.N for a
 * person, or goes. */
int folder_adopt(int store, uint64_t account, int folder, bool keep);
/* 0, or -errno: every account's folder once. */
int folder_each(int store, int (*on_account)(uint64_t account, void *arg), void *arg);
/* Appends journal entries to `stuck`, each at a multiple of 8. */
int folder_set_aside(int store, uint64_t account, struct span entry);
int folder_stuck_open(int store, uint64_t account); /* -ENOENT: there is none */
int folder_stuck_remove(int store, uint64_t account);

/* flags: O_RDONLY, or O_RDWR | O_CREAT. */
int pack_open(int store, uint64_t account, uint32_t pack, int flags);
uint64_t pack_size(int store, uint64_t account, uint32_t pack); /* 0: there is none */
int pack_remove(int store, uint64_t account, uint32_t pack);
/* Every pack's number and octets. */
int pack_each(int store, uint64_t account,
              int (*on_pack)(uint32_t pack, uint64_t size, void *arg), void *arg);

/* Writes and syncs a new file in large/ from a sealed memfd; not on the loop's thread. */
int large_write(int store, int sealed, uint64_t size, uint64_t *name_r,
                uint32_t *crc_r);
void large_drop(int store, uint64_t name);                  /* out of large/ */
int large_link(int store, uint64_t account, uint64_t name); /* there already: 0 */
int large_open(int store, uint64_t account, uint64_t name);
int large_remove(int store, uint64_t account, uint64_t name);
/* Every file in large/; every file in the account's big/. */
int large_waiting_each(int store, int (*on_large)(uint64_t name, void *arg), void *arg);
int large_each(int store, uint64_t account, int (*on_large)(uint64_t name, void *arg),
               void *arg);

#endif
