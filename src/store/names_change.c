/* names_change - what becomes of the names that a person asks to change; see names.h. */
#include "store/names.h"

#include "config/limits.h"

#include <errno.h>

struct change {
    const struct names *all;
    struct buf *records;
    struct span name, to; /* as they are written */
    enum mailbox_role role;
    uint32_t next, uidvalidity;
    size_t more; /* names than before */
    bool made;   /* a mailbox, with that uidvalidity */
};

static int put(struct change *c, const struct name *n)
{
    int error = name_put(c->records, n);
    return error == -EMSGSIZE ? -E2BIG : error;
}

static bool is_there(const struct change *c, struct span name)
{
    return name_is_inbox(name) || names_find(c->all, NAME_MAILBOX, name);
}

static int add(struct change *c, enum name_kind kind, struct span name,
               enum mailbox_role role)
{
    const struct name n = { .kind = kind,
                            .role = role,
                            .id = c->next++,
                            .uidvalidity = kind == NAME_MAILBOX ? c->uidvalidity : 0,
                            .name = name };
    c->more++;
    c->made |= kind == NAME_MAILBOX;
    return c->all->count + c->more > MAILBOX_NAMES_MAX ? -EMLINK : put(c, &n);
}

static int drop(struct change *c, const struct name *n)
{
    struct name gone = *n;
    gone.name = (struct span){ 0 };
    return put(c, &gone);
}

/* RFC 9051 §6.3.4: "SHOULD create any superior hierarchical names that are needed". */
static int add_superiors(struct change *c, struct span name)
{
    int error = 0;
    for (size_t i = 0; i < name.len && !error; i++) {
        struct span superior = span_first(name, i);
        if (name.at[i] == NAMES_DELIMITER && !is_there(c, superior))
            error = add(c, NAME_MAILBOX, superior, FOR_ANYTHING);
    }
    return error;
}

static bool is_taken(const struct change *c, enum mailbox_role role)
{
    for (size_t i = 0; i < c->all->count && role != FOR_ANYTHING; i++)
        if (c->all->all[i].kind == NAME_MAILBOX && c->all->all[i].role == role)
            return true;
    return false;
}

static int create(struct change *c)
{
    if (is_there(c, c->name))
        return -EEXIST;
    if (c->role >= MAILBOX_ROLES || is_taken(c, c->role))
        return -ENOTUNIQ;
    int error = add_superiors(c, c->name);
    return error ? error : add(c, NAME_MAILBOX, c->name, c->role);
}

static int begin(struct change *c)
{
    static const struct {
        const char *name;
        enum mailbox_role role;
    } usual[] = { { "Archive", FOR_ARCHIVE },
                  { "Drafts", FOR_DRAFTS },
                  { "Junk", FOR_JUNK },
                  { "Sent", FOR_SENT },
                  { "Trash", FOR_TRASH } };
    int error = c->all->count > 0 ? -EEXIST : 0;

    for (size_t i = 0; i < sizeof usual / sizeof *usual && !error; i++) {
        error = add(c, NAME_MAILBOX, span_of(usual[i].name), usual[i].role);
        if (!error)
            error = add(c, NAME_SUBSCRIBED, span_of(usual[i].name), FOR_ANYTHING);
    }
    return error;
}

/* What is below it stays (§6.3.5). */
static int delete (struct change *c)
{
    const struct name *n = names_find(c->all, NAME_MAILBOX, c->name);
    if (name_is_inbox(c->name))
        return -EPERM;
    return n ? drop(c, n) : -ENOENT;
}

/* ---- RENAME */

static int move(struct change *c, const struct name *n)
{
    char room[MAILBOX_NAME_MAX];
    size_t tail = n->name.len - c->name.len;
    struct name moved = *n;
    if (c->to.len + tail > sizeof room)
        return -EINVAL;
    memcpy(room, c->to.at, c->to.len);
    memcpy(room + c->to.len, n->name.at + c->name.len, tail);
    moved.name = span_at(room, c->to.len + tail);
    if (!name_is_good(moved.name))
        return -EINVAL; /* too many levels */
    return is_there(c, moved.name) ? -EEXIST : put(c, &moved);
}

static bool is_below(struct span name, struct span superior)
{
    return name.len > superior.len && name.at[superior.len] == NAMES_DELIMITER &&
           span_is(span_first(name, superior.len), superior);
}

/* A name that is gone, but not what was below it, can be renamed, too. */
static int rename_all(struct change *c)
{
    const struct name *n = names_find(c->all, NAME_MAILBOX, c->name);
    size_t first, count = names_below(c->all, NAME_MAILBOX, c->name, &first);
    if (name_is_inbox(c->name) || is_below(c->to, c->name))
        return -EPERM;
    if (!n && count == 0)
        return -ENOENT;
    if (is_there(c, c->to))
        return -EEXIST;
    int error = add_superiors(c, c->to);
    if (!error && n)
        error = move(c, n);
    for (size_t i = first; i < first + count && !error; i++)
        error = move(c, &c->all->all[i]);
    return error;
}

/* ---- subscriptions; a mailbox that is not there may be subscribed to (§6.3.7) */

static int subscribe(struct change *c)
{
    bool is = name_is_inbox(c->name) || names_find(c->all, NAME_SUBSCRIBED, c->name);
    return is ? 0 : add(c, NAME_SUBSCRIBED, c->name, FOR_ANYTHING);
}

static int unsubscribe(struct change *c)
{
    const struct name *n = names_find(c->all, NAME_SUBSCRIBED, c->name);
    if (name_is_inbox(c->name))
        return -EPERM;
    return n ? drop(c, n) : -ENOENT;
}

/* ---- keywords: a bit each, for good */

static int keyword(struct change *c)
{
    uint32_t bit = KEYWORD_FIRST;
    if (names_keyword(c->all, c->name))
        return 0;
    while (bit < 64 && names_numbered(c->all, NAME_KEYWORD, bit))
        bit++;
    if (bit == 64)
        return -EMLINK;
    const struct name n = { .kind = NAME_KEYWORD, .id = bit, .name = c->name };
    return put(c, &n);
}

static int (*const verbs[NAMES_VERBS])(struct change *) = {
    [NAMES_CREATE] = create,
    [NAMES_DELETE] = delete,
    [NAMES_RENAME] = rename_all,
    [NAMES_SUBSCRIBE] = subscribe,
    [NAMES_UNSUBSCRIBE] = unsubscribe,
    [NAMES_KEYWORD] = keyword,
    [NAMES_BEGIN] = begin,
};

/* ---- */

/* Above all that were given, so that none comes again under any name (§2.3.1.1). */
static uint32_t new_uidvalidity(const struct names *all, uint32_t now)
{
    return now > all->uidvalidity ? now : all->uidvalidity + 1;
}

static int put_counters(struct change *c)
{
    const struct name counters = { .kind = NAME_COUNTERS,
                                   .id = c->next,
                                   .uidvalidity =
                                       c->made ? c->uidvalidity : c->all->uidvalidity };
    return put(c, &counters);
}

static bool is_sound(const struct names_request *r)
{
    if (r->verb == NAMES_KEYWORD)
        return keyword_is_good(r->name);
    return r->verb < NAMES_VERBS && name_is_good(r->name) &&
           (r->verb != NAMES_RENAME || name_is_good(r->to));
}

int names_change(const struct names *all, const struct names_request *r,
                 struct buf *records)
{
    char name[MAILBOX_NAME_MAX], to[MAILBOX_NAME_MAX];
    if (!is_sound(r))
        return -EINVAL;
    struct change c = {
        .all = all,
        .records = records,
        .name = r->verb == NAMES_KEYWORD ? r->name : name_plain(r->name, name),
        .role = r->role,
        .to = r->verb == NAMES_RENAME ? name_plain(r->to, to) : (struct span){ 0 },
        .next = all->next,
        .uidvalidity = new_uidvalidity(all, r->now)
    };
    size_t before = records->len;
    int error =
        all->next > UINT32_MAX - MAILBOX_LEVELS_MAX || all->uidvalidity == UINT32_MAX
            ? -EMLINK
            : verbs[r->verb](&c);
    if (!error && records->len > before)
        error = put_counters(&c);
    if (error)
        records->len = before;
    return error;
}
