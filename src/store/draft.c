/* draft - see draft.h. */
#include "store/draft.h"

#include "store/folder.h"

#include <errno.h>
#include <unistd.h>

int draft_open(struct draft *d, const struct shelf *shelf, uint64_t account)
{
    char path[FOLDER_PATH];
    *d = (struct draft){ .shelf = shelf,
                         .account = account,
                         .seed = pack_seed(shelf->id, account) };
    folder_rebuilt_path(account, path);
    if (unlinkat(shelf->store, path, 0) != 0 && errno != ENOENT)
        return -errno;
    return index_make_file(&d->index, path, shelf->id);
}

int draft_finish(struct draft *d)
{
    char path[FOLDER_PATH];
    folder_rebuilt_path(d->account, path);
    int error = INDEX_DO(&d->index, INDEX_SET_UIDVALIDITY, d->state.uidvalidity);
    if (!error)
        error = rows_write_state(&d->index, &d->state, true);
    if (!error)
        error = index_finish(&d->index, path);
    draft_close(d);
    return error;
}

void draft_close(struct draft *d)
{
    index_close(&d->index);
}
