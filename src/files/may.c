/* may - see files/inside.h. */
#include "files/inside.h"

#include "files/path.h"
#include "ipc/right.h"

#include <errno.h>

int may(struct cabinet *c, const struct visitor *v, struct span path, enum want want,
        struct place *place_r)
{
    place_r->tree = NULL;
    int error = path_check(path);
    if (error)
        return error;
    if (!(v->rights & RIGHT_FILES) || v->account == 0)
        return -EACCES;
    bool changes = v->rights & RIGHT_FILES_WRITE;
    if (want == WANT_CHANGE && !changes)
        return -EACCES;
    if (want == WANT_CHANGE && c->failed)
        return -EIO;
    place_r->perm = changes ? PERM_ALL : PERM_ENTER | PERM_LIST | PERM_READ;
    span_to_string(path, place_r->path, sizeof place_r->path);
    return tree_enter(c, v->account, &place_r->tree);
}

void place_leave(struct cabinet *c, struct place *p)
{
    if (p->tree)
        tree_leave(c, p->tree);
    p->tree = NULL;
}
