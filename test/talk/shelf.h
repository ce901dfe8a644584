/*
 * shelf - the fake world's files: one tree in memory, whoever has logged in, with bodies in
 * memfds, because a front reads and writes descriptors; and its dialer, whose sockets are
 * real ones of the loopback interface.
 *
 * What is written counts when it is committed.  The real files' promises are checked from
 * this side: handles, plain paths, uploads that are committed or abandoned.
 */
#ifndef TEST_TALK_SHELF_H
#define TEST_TALK_SHELF_H

#include "ipc/channel.h"

/* Services of both, for the world's table. */
void shelf_on_stat(struct call *, const void *question);
void shelf_on_list(struct call *, const void *question);
void shelf_on_read(struct call *, const void *question);
void shelf_on_write(struct call *, const void *question);
void shelf_on_room(struct call *, const void *question);
void shelf_on_commit(struct call *, const void *question);
void shelf_on_abandon(struct call *, const void *question);
void shelf_on_rename(struct call *, const void *question);
void shelf_on_remove(struct call *, const void *question);
void shelf_on_mkdir(struct call *, const void *question);
void shelf_on_rmdir(struct call *, const void *question);
void shelf_on_modify(struct call *, const void *question);
void shelf_on_dial_listen(struct call *, const void *question);
void shelf_on_connect_back(struct call *, const void *question);

/* What the dialogue puts there, and asks for. */
bool shelf_put(struct span path, struct span body); /* body.at NULL: a directory */
/* Of a file that was committed; false: there is none.  Valid until it is changed. */
bool shelf_body(struct span path, struct span *body_r);
size_t shelf_uploads(void); /* begun, and neither committed nor abandoned */
void shelf_forget(void);

/* ---- world.c, for it */
/* Waits while files is late; an error that stands for its health, or 0.  An answer of 0
 * means that the handle is one. */
int world_ask_files(uint64_t handle);

#endif
