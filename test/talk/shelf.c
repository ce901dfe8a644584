#include "test/talk/shelf.h"

#include "files/facts.h"
#include "files/path.h"
#include "files/upload.h"
#include "os/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ITEMS_MAX = 2048, UPLOADS_MAX = 32, ROOM = 64 << 10, BODY_MAX = 8 << 20 };

struct item {
    char *path;
    int file; /* -1: a directory */
    uint32_t mode;
    int64_t modified;
};

struct upload {
    char *path; /* NULL: free */
    int file;
    uint64_t number;
};

static struct {
    struct item items[ITEMS_MAX];
    size_t count;
    struct upload uploads[UPLOADS_MAX];
    uint64_t number;
    char body[BODY_MAX];
} shelf;

static struct item *find(struct span path)
{
    for (size_t i = 0; i < shelf.count; i++)
        if (span_is(span_of(shelf.items[i].path), path))
            return &shelf.items[i];
    return NULL;
}

static bool is_directory(struct span path)
{
    struct item *item = find(path);
    return path.len == 0 || path_is_root(path) || (item && item->file < 0);
}

static struct item *add(struct span path, int file)
{
    struct item *item = find(path);
    if (item)
        fd_close(&item->file);
    else if (shelf.count == ITEMS_MAX)
        return NULL;
    else
        item = &shelf.items[shelf.count++];
    free(item->path);
    *item = (struct item){ .path = strndup(path.at, path.len),
                           .file = file,
                           .mode = file < 0 ? 0755 : 0644,
                           .modified = INT64_C(1795657653000000000) };
    return item;
}

static void drop(struct item *item)
{
    free(item->path);
    fd_close(&item->file);
    *item = shelf.items[--shelf.count];
    shelf.items[shelf.count] = (struct item){ 0 };
}

static uint64_t size_of(int file)
{
    struct stat st;
    return file >= 0 && fstat(file, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static struct file_facts facts_of(struct span path)
{
    struct item *item = find(path);
    bool directory = is_directory(path);
    return (struct file_facts){
        .size = item ? size_of(item->file) : 0,
        .modified = item ? item->modified : 0,
        .unique = item ? (uint64_t)(item - shelf.items) + 2 : 1,
        .mode = item ? item->mode : 0755,
        .perm = directory
                    ? PERM_CREATE | PERM_DELETE | PERM_ENTER | PERM_LIST | PERM_MKDIR |
                          PERM_PURGE | PERM_RENAME
                    : PERM_APPEND | PERM_DELETE | PERM_RENAME | PERM_READ | PERM_WRITE,
        .type = directory ? FILE_DIRECTORY : FILE_REGULAR,
    };
}

/* The error of a question about this path, or 0. */
static int judge(uint64_t handle, struct span path)
{
    int error = world_ask_files(handle);
    return error ? error : path_check(path);
}

static int judge_there(uint64_t handle, struct span path)
{
    int error = judge(handle, path);
    return error || find(path) || path_is_root(path) ? error : -ENOENT;
}

void shelf_on_stat(struct call *call, const void *question)
{
    const struct files_stat *q = question;
    int error = judge_there(q->handle, q->path);
    if (error) {
        answer_error(call, error);
        return;
    }
    struct file_facts f = facts_of(q->path);
    answer_files_stat(call,
                      &(struct files_stat_answer){ .size = f.size,
                                                   .modified = (uint64_t)f.modified,
                                                   .unique = f.unique,
                                                   .mode = f.mode,
                                                   .perm = f.perm,
                                                   .type = (uint8_t)f.type });
}

/* The listing's number is the index to go on with, plus one. */
void shelf_on_list(struct call *call, const void *question)
{
    const struct files_list *q = question;
    static char rows[FILES_ROWS_MAX];
    size_t len = 0, i = q->listing ? q->listing - 1 : 0, n = 1;
    int error = judge_there(q->handle, q->path);
    if (!error && !is_directory(q->path))
        error = -ENOTDIR;
    for (; !error && n > 0 && i < shelf.count; i++) {
        struct span path = span_of(shelf.items[i].path), name = path_name(path);
        struct span parent = path_parent(path), of = q->path;
        if (!span_is(parent, path_is_root(of) ? SPAN("") : of) ||
            !pattern_matches(q->pattern, name))
            continue;
        struct file_row row = { facts_of(path), name };
        n = file_row_put(&row, rows + len, sizeof rows - len);
        len += n;
        i -= n == 0;
    }
    if (error)
        answer_error(call, error);
    else
        answer_files_list(call, &(struct files_list_answer){
                                    .listing = i < shelf.count ? (uint32_t)i + 1 : 0,
                                    .rows = span_at(rows, len) });
}

void shelf_on_read(struct call *call, const void *question)
{
    const struct files_read *q = question;
    int error = judge_there(q->handle, q->path);
    if (!error && is_directory(q->path))
        error = -EISDIR;
    if (error) {
        answer_error(call, error);
        return;
    }
    const struct item *item = find(q->path);
    answer_files_read(call, &(struct files_read_answer){ .size = size_of(item->file),
                                                         .file = item->file });
}

/* ---- what is written */

static bool copy(int from, int to, uint64_t size)
{
    return pread(from, shelf.body, (size_t)size, 0) == (ssize_t)size &&
           pwrite(to, shelf.body, (size_t)size, 0) == (ssize_t)size;
}

static int begin(const struct files_write *q, struct span *path, uint64_t *size_r)
{
    static char unique[FILES_PATH_MAX];
    const struct item *item = find(*path);
    if (is_directory(*path) || !is_directory(path_parent(*path)))
        return is_directory(*path) ? -EISDIR : -ENOENT;
    if (q->how == UPLOAD_UNIQUE && item) {
        int n = snprintf(unique, sizeof unique, "%.*s.1", SPAN_ARG(*path));
        *path = span_at(unique, (size_t)n);
    }
    *size_r = q->how == UPLOAD_APPEND ? (item ? size_of(item->file) : 0) : q->offset;
    if (*size_r > (item ? size_of(item->file) : 0))
        return -EINVAL;
    int fd = memfd_create("upload", MFD_CLOEXEC);
    if (fd >= 0 && *size_r > 0 && !copy(item->file, fd, *size_r))
        fd_close(&fd);
    return fd < 0 ? -ENOMEM : fd;
}

void shelf_on_write(struct call *call, const void *question)
{
    const struct files_write *q = question;
    struct files_write_answer answer = { .file = -1 };
    struct span path = q->path;
    struct upload *u = shelf.uploads;
    int error = judge(q->handle, q->path);
    while (u->path)
        u++;
    if (!error)
        error = begin(q, &path, &answer.size);
    if (error < 0) {
        answer_error(call, error);
        return;
    }
    *u = (struct upload){ strndup(path.at, path.len), error, ++shelf.number };
    answer.upload = u->number;
    answer.room = answer.size + ROOM;
    answer.name = path_name(path);
    answer.file = u->file;
    answer_files_write(call, &answer);
}

static struct upload *upload_of(uint64_t number)
{
    for (size_t i = 0; i < UPLOADS_MAX; i++)
        if (shelf.uploads[i].path && shelf.uploads[i].number == number)
            return &shelf.uploads[i];
    return NULL;
}

static void end(struct upload *u)
{
    free(u->path);
    fd_close(&u->file);
    u->path = NULL;
}

void shelf_on_room(struct call *call, const void *question)
{
    const struct files_room *q = question;
    int error = world_ask_files(q->handle);
    if (error || !upload_of(q->upload))
        answer_error(call, error ? error : -ENOENT);
    else
        answer_files_room(call,
                          &(struct files_room_answer){ .room = q->written + ROOM });
}

void shelf_on_commit(struct call *call, const void *question)
{
    const struct files_commit *q = question;
    struct upload *u = upload_of(q->upload);
    int error = world_ask_files(q->handle);
    if (error || !u) {
        if (u)
            end(u);
        answer_error(call, error ? error : -ENOENT);
        return;
    }
    uint64_t size = size_of(u->file);
    add(span_of(u->path), u->file);
    u->file = -1;
    end(u);
    answer_files_commit(call, &(struct files_commit_answer){ .size = size });
}

void shelf_on_abandon(struct call *call, const void *question)
{
    const struct files_abandon *q = question;
    struct upload *u = upload_of(q->upload);
    (void)call;
    if (u)
        end(u);
}

/* ---- what is changed */

void shelf_on_rename(struct call *call, const void *question)
{
    const struct files_rename *q = question;
    int error = judge_there(q->handle, q->from);
    if (!error)
        error = path_check(q->to);
    if (!error && (is_directory(q->to) || path_is_in(q->to, q->from)))
        error = -EEXIST;
    if (!error && !is_directory(path_parent(q->to)))
        error = -ENOENT;
    if (error) {
        answer_error(call, error);
        return;
    }
    if (find(q->to))
        drop(find(q->to));
    struct item *item = find(q->from);
    free(item->path);
    item->path = strndup(q->to.at, q->to.len);
    answer_files_rename(call, &(struct files_rename_answer){ 0 });
}

void shelf_on_remove(struct call *call, const void *question)
{
    const struct files_remove *q = question;
    int error = judge_there(q->handle, q->path);
    if (!error && is_directory(q->path))
        error = -EISDIR;
    if (error) {
        answer_error(call, error);
        return;
    }
    drop(find(q->path));
    answer_files_remove(call, &(struct files_remove_answer){ 0 });
}

void shelf_on_mkdir(struct call *call, const void *question)
{
    const struct files_mkdir *q = question;
    int error = judge(q->handle, q->path);
    if (!error && (find(q->path) || path_is_root(q->path)))
        error = -EEXIST;
    if (!error && !is_directory(path_parent(q->path)))
        error = -ENOENT;
    if (!error)
        error = add(q->path, -1) ? 0 : -ENOSPC;
    if (error)
        answer_error(call, error);
    else
        answer_files_mkdir(call, &(struct files_mkdir_answer){ 0 });
}

void shelf_on_rmdir(struct call *call, const void *question)
{
    const struct files_rmdir *q = question;
    int error = judge_there(q->handle, q->path);
    if (!error && (!is_directory(q->path) || path_is_root(q->path)))
        error = path_is_root(q->path) ? -EACCES : -ENOTDIR;
    for (size_t i = 0; !error && i < shelf.count; i++)
        if (span_is(path_parent(span_of(shelf.items[i].path)), q->path))
            error = -ENOTEMPTY;
    if (error) {
        answer_error(call, error);
        return;
    }
    drop(find(q->path));
    answer_files_rmdir(call, &(struct files_rmdir_answer){ 0 });
}

void shelf_on_modify(struct call *call, const void *question)
{
    const struct files_modify *q = question;
    int error = judge_there(q->handle, q->path);
    struct item *item = find(q->path);
    if (error || !item) {
        answer_error(call, error ? error : -EACCES);
        return;
    }
    if (q->which == FILE_MODE)
        item->mode = (uint32_t)q->value;
    else
        item->modified = (int64_t)q->value;
    answer_files_modify(call, &(struct files_modify_answer){ 0 });
}

/* ---- the dialogue's */

bool shelf_put(struct span path, struct span body)
{
    int fd = body.at ? memfd_create("file", MFD_CLOEXEC) : -1;
    if (body.at && (fd < 0 || pwrite(fd, body.at, body.len, 0) != (ssize_t)body.len))
        return false;
    return path_check(path) == 0 && add(path, fd);
}

bool shelf_body(struct span path, struct span *body_r)
{
    const struct item *item = find(path);
    if (!item || item->file < 0)
        return false;
    ssize_t n = pread(item->file, shelf.body, sizeof shelf.body, 0);
    *body_r = span_at(shelf.body, n < 0 ? 0 : (size_t)n);
    return n >= 0;
}

size_t shelf_uploads(void)
{
    size_t count = 0;
    for (size_t i = 0; i < UPLOADS_MAX; i++)
        count += shelf.uploads[i].path != NULL;
    return count;
}

void shelf_forget(void)
{
    while (shelf.count > 0)
        drop(&shelf.items[shelf.count - 1]);
    for (size_t i = 0; i < UPLOADS_MAX; i++)
        if (shelf.uploads[i].path)
            end(&shelf.uploads[i]);
}
