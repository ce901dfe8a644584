/* draft - see draft.h. */
#include "store/draft.h"

#include "store/folder.h"

#include <errno.h>
#include <unistd.h>

/* ---- what is there */

static int keep_number(const int64_t *row, void *arg)
{
    *(int64_t *)arg = row[0];
    return 0;
}

static bool is_sound(struct index *x)
{
    int64_t wrong = 1;
    int error =
        index_query(x, "SELECT integrity_check <> 'ok' FROM pragma_integrity_check(1)",
                    1, keep_number, &wrong);
    return !error && wrong == 0;
}

/* The schema of a sound index of this store; 0: it is none. */
static int64_t schema_of(const struct draft *d, struct index *x)
{
    int64_t schema;
    uint64_t store;
    bool known = rows_identity(x, &schema, &store) == 1 && store == d->shelf->id;
    return known && is_sound(x) ? schema : 0;
}

/* ---- the draft */

static int begin(struct draft *d)
{
    char path[FOLDER_PATH];
    folder_rebuilt_path(d->account, path);
    if (unlinkat(d->shelf->store, path, 0) != 0 && errno != ENOENT)
        return -errno;
    return index_make_file(&d->index, path, d->shelf->id);
}

static int finish(struct draft *d)
{
    char path[FOLDER_PATH];
    folder_rebuilt_path(d->account, path);
    d->state.account = d->account;
    rows_touch(&d->state, INBOX);
    int error = rows_write_state(&d->index, &d->state);
    return error ? error : index_finish(&d->index, path);
}

/* from: NULL, it cannot be opened. */
static int make(struct draft *d, struct index *from, bool *old_r)
{
    int64_t schema = from ? schema_of(d, from) : 0;
    if (schema > INDEX_SCHEMA)
        return -EPROTO;
    *old_r = schema != 0 && schema < INDEX_SCHEMA;
    int error = begin(d);
    if (!error)
        error = schema == INDEX_SCHEMA_BARE ? draft_migrate(d, from) : draft_rebuild(d);
    return error ? error : finish(d);
}

int draft_make(struct draft *d, const struct shelf *shelf, uint64_t account,
               const _Atomic bool *ended, bool *old_r)
{
    char path[FOLDER_PATH];
    struct index from = { 0 };
    *d = (struct draft){ .shelf = shelf,
                         .account = account,
                         .seed = pack_seed(shelf->id, account),
                         .ended = ended };
    *old_r = false;
    folder_index_path(account, path);
    int opened = index_open(&from, path);
    if (opened && opened != -EUCLEAN && opened != -ENOENT)
        return opened;
    int error = make(d, opened ? NULL : &from, old_r);
    index_close(&from);
    index_close(&d->index);
    rows_close(&d->state);
    return error;
}
