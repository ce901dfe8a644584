/* may - see files/inside.h. */
#include "files/share.h"

#include "files/path.h"
#include "ipc/right.h"

#include <errno.h>

#define INCOMING SPAN("/incoming") /* where who has no account may store */

/* ---- what the configuration says of trees */

/* "/a/b" is that and what is below it; "NAME" is that wherever it is, and so on. */
static bool covers(const char *tree, struct span path)
{
    struct span name;
    if (tree[0] == '/')
        return path_is_in(path, span_of(tree));
    while (path_take(&path, &name))
        if (pattern_matches(span_of(tree), name))
            return true;
    return false;
}

static bool is_hidden(const struct cabinet *c, struct span path)
{
    const struct files_setting *f = c->settings.files;
    for (uint32_t i = 0; i < f->hiddens; i++)
        if (covers(f->hidden[i], path))
            return true;
    return false;
}

/* Who moves a directory moves what is below it. */
static bool is_read_only(const struct cabinet *c, struct span path, enum want want)
{
    const struct files_setting *f = c->settings.files;
    for (uint32_t i = 0; i < f->read_onlys; i++)
        if (covers(f->read_only[i], path) ||
            (want == WANT_MOVE && path_is_in(span_of(f->read_only[i]), path)))
            return true;
    for (uint32_t i = 0; i < f->hiddens; i++)
        if (want == WANT_MOVE && path_is_in(span_of(f->hidden[i]), path))
            return true;
    return false;
}

/* Where shared folders are seen nothing else is. */
static bool is_covered(const struct tree *t, struct span path)
{
    return t->account && path_is_in(path, SHARED);
}

size_t hide_rows(const struct cabinet *c, const struct tree *t, struct span path,
                 char *rows, size_t len)
{
    struct span rest = span_at(rows, len);
    struct file_row row;
    char whole[FILES_PATH_MAX + FILES_NAME_MAX + 2];
    size_t kept = 0, at = path_is_root(path) ? 0 : path.len;
    if (c->settings.files->hiddens == 0 && at > 0)
        return len;
    memcpy(whole, path.at, at);
    whole[at++] = '/';
    for (const char *from = rows; file_row_take(&rest, &row); from = rest.at) {
        size_t octets = (size_t)(rest.at - from);
        memcpy(whole + at, row.name.at, row.name.len);
        struct span name = span_at(whole, at + row.name.len);
        if (is_hidden(c, name) || is_covered(t, name))
            continue;
        memmove(rows + kept, from, octets);
        kept += octets;
    }
    return kept;
}

/* ---- who */

/* RFC 1635: what others have brought is for whoever runs the site to look at first. */
static int may_anonymous(const struct cabinet *c, struct span path, enum want want)
{
    bool incoming = c->settings.files->anonymous == ANONYMOUS_INCOMING;
    bool is_in = path_is_in(path, INCOMING),
         is_below = is_in && path.len > INCOMING.len;
    if (c->settings.files->anonymous == ANONYMOUS_NO)
        return -EACCES;
    if (want == WANT_ADD)
        return incoming && is_below ? 0 : -EACCES;
    if (want == WANT_CONTENT)
        return is_in ? -EACCES : 0;
    return want == WANT_FACTS && !is_below ? 0 : -EACCES;
}

static uint32_t perm_of(const struct cabinet *c, bool changes, struct span path)
{
    if (changes && !is_read_only(c, path, WANT_CHANGE))
        return PERM_ALL;
    return PERM_ENTER | PERM_LIST | PERM_READ;
}

static int decide(const struct cabinet *c, const struct visitor *v, struct span path,
                  enum want want)
{
    bool changes = want >= WANT_ADD;
    if (!(v->rights & RIGHT_FILES) || (changes && !(v->rights & RIGHT_FILES_WRITE)))
        return -EACCES;
    if (is_hidden(c, path))
        return changes ? -EACCES : -ENOENT;
    if (changes && is_read_only(c, path, want))
        return -EROFS;
    if (changes && c->failed)
        return -EIO;
    return v->account ? 0 : may_anonymous(c, path, want);
}

/* ---- what others share */

/* What the access allows, of what the owner himself may. */
static int may_guest(const struct share_way *w, enum want want)
{
    bool looks = want <= WANT_CONTENT, adds = want == WANT_ADD || want == WANT_MAKE;
    if (looks || (adds && w->access >= SHARE_ADD))
        return 0;
    return w->access == SHARE_WRITE && !(w->top && want == WANT_MOVE) ? 0 : -EACCES;
}

static uint32_t perm_of_guest(const struct share_way *w)
{
    const uint32_t looks = PERM_ENTER | PERM_LIST | PERM_READ;
    if (w->access == SHARE_WRITE)
        return w->top ? PERM_ALL & ~(uint32_t)(PERM_DELETE | PERM_RENAME) : PERM_ALL;
    return w->access == SHARE_ADD ? looks | PERM_CREATE | PERM_MKDIR : looks;
}

/* There is nothing to be done to a shelf but to look at it. */
static int may_shelf(const struct visitor *v, struct span path, enum want want,
                     struct place *place_r)
{
    if (!(v->rights & RIGHT_FILES))
        return -EACCES;
    if (want > WANT_CONTENT)
        return want == WANT_MAKE ? -EEXIST : -EACCES;
    place_r->shelf = true;
    span_to_string(path, place_r->path, sizeof place_r->path);
    return 0;
}

static int may_shared(struct cabinet *c, const struct visitor *v, struct span path,
                      enum want want, struct place *place_r)
{
    struct share_way way;
    int error = share_resolve(c, v->account, path, &way);
    if (!error && way.shelf)
        return may_shelf(v, path, want, place_r);
    struct span there = span_of(way.path);
    if (!error)
        error = decide(c, v, there, want);
    if (!error)
        error = may_guest(&way, want);
    if (error)
        return error;
    place_r->perm =
        perm_of(c, v->rights & RIGHT_FILES_WRITE, there) & perm_of_guest(&way);
    place_r->fresh = way.access == SHARE_ADD;
    span_to_string(there, place_r->path, sizeof place_r->path);
    return tree_enter(c, way.owner, &place_r->tree);
}

int may(struct cabinet *c, const struct visitor *v, struct span path, enum want want,
        struct place *place_r)
{
    place_r->tree = NULL;
    place_r->shelf = false;
    int error = path_check(path);
    if (!error && v->account && path_is_in(path, SHARED))
        return may_shared(c, v, path, want, place_r);
    if (!error)
        error = decide(c, v, path, want);
    if (error)
        return error;
    place_r->perm = perm_of(c, v->account && (v->rights & RIGHT_FILES_WRITE), path);
    place_r->fresh = v->account == 0;
    span_to_string(path, place_r->path, sizeof place_r->path);
    return tree_enter(c, v->account, &place_r->tree);
}

void place_leave(struct cabinet *c, struct place *p)
{
    if (p->tree)
        tree_leave(c, p->tree);
    p->tree = NULL;
}
