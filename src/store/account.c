/* account - see account.h; filing is in filing.c. */
#include "store/account.h"

#include "store/account_of.h"
#include "store/env.h"
#include "store/folder.h"
#include "store/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- opening */

static int sweep_one(uint64_t name, void *arg)
{
    struct account *a = arg;
    int64_t one;
    int found =
        index_find(&a->index, INDEX_FIND_LARGE, INDEX_VALUES((int64_t)name), &one, 1);
    if (found != 0)
        return found < 0 ? found : 0;
    return large_remove(a->shelf->store, a->id, name);
}

static int read_state(struct account *a)
{
    int64_t schema;
    uint64_t store;
    int found = rows_identity(&a->index, &schema, &store);
    if (found < 0)
        return found;
    if (found == 0 || schema != INDEX_SCHEMA || store != a->shelf->id)
        return -EUCLEAN;
    return rows_read_state(&a->index, a->id, &a->state);
}

static int open_index(struct account *a)
{
    char path[FOLDER_PATH];
    folder_index_path(a->id, path);
    int error = index_open(&a->index, path);
    /* With mail in it this was an account, and has lost its index. */
    if (error == -ENOENT && folder_has_packs(a->shelf->store, a->id))
        return -EUCLEAN;
    if (!error)
        error = read_state(a);
    if (!error)
        error = env_open(&a->index);
    if (!error)
        error = account_check_tail(a);
    if (!error && a->shelf->recovering)
        error = large_each(a->shelf->store, a->id, sweep_one, a);
    return error;
}

static struct account *new_account(const struct shelf *shelf, uint64_t id)
{
    struct account *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->id = id;
    a->shelf = shelf;
    a->seed = pack_seed(shelf->id, id);
    a->pack_fd = -1;
    a->pack_end = PACK_END_UNKNOWN;
    return a;
}

int account_open(struct account **account_r, const struct shelf *shelf, uint64_t id)
{
    *account_r = NULL;
    struct account *a = new_account(shelf, id);
    if (!a)
        return -ENOMEM;
    int error = open_index(a);
    if (!error)
        error = account_file_stuck(a);
    if (error)
        account_close(&a);
    *account_r = a;
    return error;
}

/* An index of nothing. */
static int begin(struct index *x, const struct shelf *shelf, uint64_t id,
                 uint32_t uidvalidity)
{
    struct rows_state s;
    int error = rows_begin(&s, uidvalidity);
    s.account = id;
    if (!error)
        error = index_make(x, shelf->id);
    if (!error)
        error = rows_write_state(x, &s);
    rows_close(&s);
    return error;
}

static int make_folder(const struct shelf *shelf, uint64_t id, uint32_t uidvalidity)
{
    struct index x = { 0 };
    void *image = NULL;
    size_t size;
    int error = begin(&x, shelf, id, uidvalidity);
    if (!error)
        error = index_image(&x, &image, &size);
    if (!error)
        error = folder_make(shelf->store, id, span_at(image, size));
    index_image_free(image);
    index_close(&x);
    return error;
}

int account_make(struct account **account_r, const struct shelf *shelf, uint64_t id,
                 uint32_t uidvalidity)
{
    int error = account_open(account_r, shelf, id);
    if (error != -ENOENT)
        return error;
    error = make_folder(shelf, id, uidvalidity);
    return error ? error : account_open(account_r, shelf, id);
}

void account_close(struct account **account)
{
    struct account *a = *account;
    if (!a)
        return;
    env_close(a);
    rows_close(&a->state);
    index_close(&a->index);
    if (a->pack_fd >= 0)
        close(a->pack_fd);
    free(a);
    *account = NULL;
}

/* ---- reading */

uint64_t account_applied(const struct account *a)
{
    return a->state.applied;
}

uint64_t account_take_freed(struct account *a)
{
    uint64_t freed = a->freed;
    a->freed = 0;
    return freed;
}

bool account_is_loose(struct account *a)
{
    uint64_t dead = a->state.dead;
    if (dead < a->looked_dead)
        a->looked_dead = dead;
    if (a->shelf->compact_from == 0 || dead - a->looked_dead < a->shelf->compact_from ||
        dead < a->state.used / 4)
        return false;
    a->looked_dead = dead;
    return true;
}

void account_inbox(const struct account *a, struct inbox *inbox_r)
{
    const struct rows_mailbox *b = rows_inbox(&a->state);
    *inbox_r = (struct inbox){ b->uidvalidity, b->uidnext, a->state.used };
}

int account_status(const struct account *a, uint32_t mailbox, struct status *status_r)
{
    const struct rows_mailbox *b = rows_mailbox(&a->state, mailbox);
    if (!b)
        return -ENOENT;
    *status_r = (struct status){ b->uidvalidity, b->uidnext, b->total, b->unseen,
                                 b->deleted,     b->octets,  b->modseq };
    return 0;
}

enum { ROWS_FIRST = 64 };

struct listing {
    struct snapshot *snapshot;
    size_t room;
};

static int add_row(const struct mail *m, void *arg)
{
    struct listing *l = arg;
    struct snapshot *s = l->snapshot;
    if (s->count == l->room) {
        size_t room = l->room ? l->room * 2 : ROWS_FIRST;
        struct snapshot_row *rows = realloc(s->rows, room * sizeof *rows);
        if (!rows)
            return -ENOMEM;
        s->rows = rows;
        l->room = room;
    }
    s->rows[s->count++] = (struct snapshot_row){
        .uid = m->uid,
        .pack = m->large ? 0 : m->pack,
        .offset = m->large ? m->large : m->off,
        .size = m->size,
        .email = m->id,
        .received = m->received,
        .crc = m->crc,
        .saved = m->saved,
        .flags = m->flags,
        .modseq = m->modseq,
    };
    s->octets += m->size;
    return 0;
}

struct stretch {
    struct listing listing;
    uint32_t most;
};

static int add_of_stretch(const struct mail *m, void *arg)
{
    struct stretch *s = arg;
    int error = add_row(m, &s->listing);
    return error ? error : s->listing.snapshot->count == s->most;
}

static int complete_row(struct account *a, struct snapshot_row *row)
{
    struct mail m;
    int found = rows_find_email(&a->index, row->email, &m);
    if (found != 1)
        return found < 0 ? found : -EUCLEAN;
    row->pack = m.large ? 0 : m.pack;
    row->offset = m.large ? m.large : m.off;
    row->size = m.size;
    row->received = m.received;
    row->crc = m.crc;
    return 0;
}

int account_rows(struct account *a, uint32_t mailbox, uint32_t from, uint32_t most,
                 struct snapshot *snapshot_r)
{
    const struct rows_mailbox *b = rows_mailbox(&a->state, mailbox);
    const struct uid_range range = { from, UINT32_MAX };
    struct stretch s = { { snapshot_r, 0 }, most };
    if (!b)
        return -ENOENT;
    *snapshot_r = (struct snapshot){ .uidvalidity = b->uidvalidity,
                                     .uidnext = b->uidnext,
                                     .modseq = b->modseq };
    int error = rows_range(&a->index, mailbox, &range, add_of_stretch, &s);
    for (uint32_t i = 0; i < snapshot_r->count && error >= 0; i++)
        error = complete_row(a, &snapshot_r->rows[i]);
    if (error < 0) {
        free(snapshot_r->rows);
        *snapshot_r = (struct snapshot){ 0 };
    }
    return error < 0 ? error : 0;
}

int account_snapshot(struct account *a, uint32_t mailbox, struct snapshot *snapshot_r)
{
    const struct rows_mailbox *b = rows_mailbox(&a->state, mailbox);
    if (!b)
        return -ENOENT;
    *snapshot_r = (struct snapshot){ .uidvalidity = b->uidvalidity,
                                     .uidnext = b->uidnext,
                                     .modseq = b->modseq };
    struct listing listing = { snapshot_r, 0 };
    int error = rows_each(&a->index, &a->state, mailbox, add_row, &listing);
    if (error) {
        free(snapshot_r->rows);
        *snapshot_r = (struct snapshot){ 0 };
    }
    return error;
}
