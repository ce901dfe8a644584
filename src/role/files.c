/*
 * role files - a KEEPER: the users' files.
 *
 * Holds    DIR/files (files/cabinet.h).
 * Does     opens, lists, keeps and changes files for sessions to which auth has granted a
 *          handle; data goes past it, by descriptor.
 * May      read and write below DIR/files; start threads.  No network.
 * Trusts   no front: a handle counts on the channel that it was granted for, one function
 *          (files/may.c) decides what it allows, and every path is checked again.
 */
#include "role/handles.h"
#include "role/role.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/own.h"
#include "files/cabinet.h"
#include "files/upload.h"
#include "os/files.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static void grant(struct call *call, const void *question);
static void release(struct call *call, const void *question);
static void forget(struct call *call, const void *question);
static void quotas_changed(struct call *call, const void *question);
static void used(struct call *call, const void *question);
static void shares_changed(struct call *call, const void *question);
static void stat_one(struct call *call, const void *question);
static void list(struct call *call, const void *question);
static void list_end(struct call *call, const void *question);
static void read_one(struct call *call, const void *question);
static void write_one(struct call *call, const void *question);
static void room(struct call *call, const void *question);
static void commit(struct call *call, const void *question);
static void abandon(struct call *call, const void *question);
static void rename_one(struct call *call, const void *question);
static void remove_one(struct call *call, const void *question);
static void make_directory(struct call *call, const void *question);
static void remove_directory(struct call *call, const void *question);
static void modify(struct call *call, const void *question);

/* clang-format off */
static const struct service services[] = {
    { MESSAGE_files_grant,    grant },       /* auth: this handle is that account */
    { MESSAGE_files_release,  release },     /* ftp: the session is over */
    { MESSAGE_files_forget,   forget },      /* auth: the account is gone */
    { MESSAGE_auth_quotas_changed, quotas_changed },
    { MESSAGE_files_used,     used },
    { MESSAGE_auth_shares_changed, shares_changed },
    { MESSAGE_files_stat,     stat_one },    /* ftp, all: RIGHT_FILES */
    { MESSAGE_files_list,     list },
    { MESSAGE_files_list_end, list_end },
    { MESSAGE_files_read,     read_one },
    { MESSAGE_files_write,    write_one },   /* ftp, all: RIGHT_FILES_WRITE */
    { MESSAGE_files_room,     room },
    { MESSAGE_files_commit,   commit },
    { MESSAGE_files_abandon,  abandon },
    { MESSAGE_files_rename,   rename_one },
    { MESSAGE_files_remove,   remove_one },
    { MESSAGE_files_mkdir,    make_directory },
    { MESSAGE_files_rmdir,    remove_directory },
    { MESSAGE_files_modify,   modify },
    { 0, NULL },
};
/* clang-format on */

enum { UMASK = 022 }; /* what a listing shows; DIR is closed to others anyway */

static struct cabinet *cabinet;

/* ---- handles: what auth has granted, and to whom */

static void grant(struct call *call, const void *question)
{
    const struct files_grant *q = question;
    int error = handles_grant(q->handle, q->account, q->rights, q->front, q->instance);
    if (error)
        answer_error(call, error);
    else
        answer_files_grant(call, &(struct files_grant_answer){ 0 });
}

/* The session is over, whoever said so. */
static void on_drop(const struct handle *h)
{
    if (cabinet)
        cabinet_release(cabinet, h->handle);
}

/* A front has ended: its handles go. */
static void on_end(struct channel *channel)
{
    handles_drop_front(channel);
}

static void release(struct call *call, const void *question)
{
    const struct files_release *q = question;
    handles_release(call, q->handle);
}

static void forget(struct call *call, const void *question)
{
    const struct files_forget *q = question;
    handles_drop_account(q->account);
    int error = cabinet_forget(cabinet, q->account);
    if (error)
        answer_error(call, error);
    else
        answer_files_forget(call, &(struct files_forget_answer){ 0 });
}

/* Who asks; without a handle somebody who may nothing. */
static struct visitor visitor(const struct call *call, uint64_t handle)
{
    const struct handle *h = handles_may(call, handle, RIGHT_FILES);
    return h ? (struct visitor){ h->handle, h->account, h->rights }
             : (struct visitor){ 0 };
}

/* ---- how much an account may hold: auth knows */

static int reserve(uint64_t account, uint64_t used, uint64_t wanted,
                   uint64_t *granted_r, void *arg)
{
    (void)arg;
    struct auth_reserve question = { account, used, wanted };
    struct auth_reserve_answer answer;
    int error = ask_auth_reserve(&question, &answer, NULL);
    *granted_r = error ? 0 : answer.granted;
    return error;
}

static void on_used(uint64_t account, uint64_t used, void *arg)
{
    (void)arg;
    struct channel *c = ipc_peer(ROLE_AUTH, 0);
    if (c) /* else it asks how much that is with the next upload */
        tell_files_usage(c, &(struct files_usage){ account, used });
}

static void quotas_changed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    cabinet_quotas_changed(cabinet);
}

static void used(struct call *call, const void *question)
{
    const struct files_used *q = question;
    struct files_used_answer answer;
    int error = cabinet_used(cabinet, q->account, &answer.used);
    if (error)
        answer_error(call, error);
    else
        answer_files_used(call, &answer);
}

/* ---- what others share: auth knows */

static int shared(uint64_t guest, uint32_t n, struct shared *shared_r, void *arg)
{
    (void)arg;
    struct auth_share question = { guest, n };
    struct auth_share_answer a;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = arena ? ask_auth_share(&question, &a, arena) : -ENOMEM;
    if (error)
        return error;
    if (a.access >= SHARE_ACCESSES ||
        !span_to_string(a.name, shared_r->name, sizeof shared_r->name) ||
        !span_to_string(a.path, shared_r->path, sizeof shared_r->path))
        return -EBADMSG;
    shared_r->owner = a.owner;
    shared_r->access = (enum share_access)a.access;
    return 0;
}

static void shares_changed(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    cabinet_shares_changed(cabinet);
}

/* ---- looking */

static void stat_one(struct call *call, const void *question)
{
    const struct files_stat *q = question;
    struct visitor v = visitor(call, q->handle);
    struct file_facts f;
    int error = cabinet_stat(cabinet, &v, q->path, &f);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_files_stat(call, &(struct files_stat_answer){ f.size, (uint64_t)f.modified,
                                                         f.unique, f.mode, f.perm,
                                                         (uint8_t)f.type });
}

static void free_octets(char **octets)
{
    free(*octets);
    *octets = NULL;
}

static void list(struct call *call, const void *question)
{
    const struct files_list *q = question;
    struct visitor v = visitor(call, q->handle);
    uint32_t listing = q->listing;
    size_t len = 0;
    OWN(free_octets) char *rows = malloc(FILES_ROWS_MAX);
    int error =
        rows ? cabinet_list(cabinet, &v, &listing, q->path, q->pattern, rows, &len)
             : -ENOMEM;
    if (error)
        answer_error(call, error);
    else
        answer_files_list(call,
                          &(struct files_list_answer){ listing, span_at(rows, len) });
}

static void list_end(struct call *call, const void *question)
{
    const struct files_list_end *q = question;
    struct visitor v = visitor(call, q->handle);
    cabinet_list_end(cabinet, &v, q->listing);
}

static void read_one(struct call *call, const void *question)
{
    const struct files_read *q = question;
    struct visitor v = visitor(call, q->handle);
    struct file_facts f;
    OWN(fd_close) int fd = cabinet_read(cabinet, &v, q->path, &f);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_files_read(call, &(struct files_read_answer){
                                    f.size, (uint64_t)f.modified, f.unique, fd });
}

/* ---- writing */

static void write_one(struct call *call, const void *question)
{
    const struct files_write *q = question;
    struct visitor v = visitor(call, q->handle);
    struct upload_begin b = { .path = q->path,
                              .how = (enum upload_how)q->how,
                              .offset = q->offset,
                              .expected = q->expected };
    struct upload_begun u;
    int error = cabinet_write(cabinet, &v, &b, &u);
    if (error)
        answer_error(call, error);
    else
        answer_files_write(call,
                           &(struct files_write_answer){ u.upload, u.size, u.room,
                                                         span_of(u.name), u.file });
}

static void room(struct call *call, const void *question)
{
    const struct files_room *q = question;
    struct visitor v = visitor(call, q->handle);
    struct files_room_answer answer;
    int error = cabinet_room(cabinet, &v, q->upload, q->written, &answer.room);
    if (error)
        answer_error(call, error);
    else
        answer_files_room(call, &answer);
}

static void commit(struct call *call, const void *question)
{
    const struct files_commit *q = question;
    struct visitor v = visitor(call, q->handle);
    struct file_facts f;
    int error = cabinet_commit(cabinet, &v, q->upload, &f);
    if (error)
        answer_error(call, error);
    else
        answer_files_commit(call, &(struct files_commit_answer){
                                      f.size, (uint64_t)f.modified });
}

static void abandon(struct call *call, const void *question)
{
    const struct files_abandon *q = question;
    struct visitor v = visitor(call, q->handle);
    cabinet_abandon(cabinet, &v, q->upload, q->keep);
}

/* ---- changing.  All answers are empty: */
#define ANSWER(name, error)                                                            \
    do {                                                                               \
        if (error)                                                                     \
            answer_error(call, error);                                                 \
        else                                                                           \
            answer_##name(call, &(struct name##_answer){ 0 });                         \
    } while (0)

static void rename_one(struct call *call, const void *question)
{
    const struct files_rename *q = question;
    struct visitor v = visitor(call, q->handle);
    int error = cabinet_rename(cabinet, &v, q->from, q->to);
    ANSWER(files_rename, error);
}

static void remove_one(struct call *call, const void *question)
{
    const struct files_remove *q = question;
    struct visitor v = visitor(call, q->handle);
    int error = cabinet_remove(cabinet, &v, q->path);
    ANSWER(files_remove, error);
}

static void make_directory(struct call *call, const void *question)
{
    const struct files_mkdir *q = question;
    struct visitor v = visitor(call, q->handle);
    int error = cabinet_mkdir(cabinet, &v, q->path);
    ANSWER(files_mkdir, error);
}

static void remove_directory(struct call *call, const void *question)
{
    const struct files_rmdir *q = question;
    struct visitor v = visitor(call, q->handle);
    int error = cabinet_rmdir(cabinet, &v, q->path);
    ANSWER(files_rmdir, error);
}

static void modify(struct call *call, const void *question)
{
    const struct files_modify *q = question;
    struct visitor v = visitor(call, q->handle);
    int error =
        cabinet_modify(cabinet, &v, q->path, (enum file_change)q->which, q->value);
    ANSWER(files_modify, error);
}

/* ---- who it is */

static int open_files(const struct role_start *start)
{
    struct cabinet_settings settings = { .directory = start->directory,
                                         .files = &start->settings->files,
                                         .reserve = reserve,
                                         .on_used = on_used,
                                         .shared = shared };
    umask(UMASK);
    int error = handles_open(on_drop);
    return error ? error : cabinet_open(&cabinet, &settings);
}

static void sweep(void *unused)
{
    (void)unused;
    do
        cabinet_sweep(cabinet);
    while (fiber_sleep(FILES_SWEEP_SECONDS * CLOCK_SECOND) == 0);
}

int role_files(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_FILES, instance);
    int error = open_files(&start);
    if (!error)
        error = fiber_go(sweep, NULL);
    if (error) {
        log_event(LOG_ERROR, 0, "files: %s", strerror(-error));
        return EXIT_FAILURE;
    }
    ipc_on_end(on_end);
    int code = role_serve(&start, services, SANDBOX_KEEPER, NULL);
    handles_close();
    return code;
}
