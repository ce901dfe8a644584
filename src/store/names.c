/* names - see names.h. */
#include "store/names.h"

#include "base/utf8.h"
#include "config/limits.h"

#include <errno.h>
#include <stdlib.h>

/* ---- which names there can be */

bool name_is_good(struct span utf8)
{
    unsigned levels = 1;
    char before = NAMES_DELIMITER;

    if (utf8.len == 0 || utf8.len > MAILBOX_NAME_MAX)
        return false;
    while (utf8.len > 0) {
        size_t n = utf8_length(utf8);
        char c = *utf8.at;
        if (n == 0 || (unsigned char)c < ' ' || c == 0x7f)
            return false;
        if (c == NAMES_DELIMITER &&
            (before == NAMES_DELIMITER || ++levels > MAILBOX_LEVELS_MAX))
            return false;
        before = c;
        utf8 = span_skip(utf8, n);
    }
    return before != NAMES_DELIMITER;
}

/* RFC 9051 §9: flag-keyword = "$MDNSent" / … / atom */
bool keyword_is_good(struct span name)
{
    if (name.len == 0 || name.len > KEYWORD_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] <= ' ' || name.at[i] >= 0x7f || strchr("(){%*\"\\]", name.at[i]))
            return false;
    return true;
}

bool name_is_inbox(struct span utf8)
{
    return span_is_nocase(utf8, SPAN("INBOX"));
}

/* ---- records */

struct name_head {
    uint32_t id, uidvalidity;
    uint8_t kind, role;
    uint16_t length;
};
_Static_assert(sizeof(struct name_head) == 12, "the journal's and the packs' format");
_Static_assert(MAILBOX_NAME_MAX <= UINT16_MAX, "the journal's and the packs' format");

int name_put(struct buf *b, const struct name *n)
{
    const struct name_head h = { n->id, n->uidvalidity, (uint8_t)n->kind,
                                 (uint8_t)n->role, (uint16_t)n->name.len };
    int error = buf_reserve(b, sizeof h + n->name.len);
    if (!error)
        error = buf_put(b, span_at(&h, sizeof h));
    return error ? error : buf_put(b, n->name);
}

static bool is_keyword_bit(uint32_t bit)
{
    return bit >= KEYWORD_FIRST && bit < 64;
}

bool name_take(struct span *octets, struct name *name_r)
{
    struct name_head h;
    if (octets->len < sizeof h)
        return false;
    memcpy(&h, octets->at, sizeof h);
    if (octets->len - sizeof h < h.length)
        return false;
    struct span name = span_first(span_skip(*octets, sizeof h), h.length);
    if (h.kind == 0 || h.kind >= NAME_KINDS)
        return false;
    bool good = h.kind == NAME_KEYWORD ? keyword_is_good(name) && is_keyword_bit(h.id)
                                       : h.length == 0 || name_is_good(name);
    if (!good)
        return false;
    enum mailbox_role role = h.role < MAILBOX_ROLES ? h.role : FOR_ANYTHING;
    *name_r = (struct name){ h.kind, h.id, h.uidvalidity, role, name, 1 };
    *octets = span_skip(*octets, sizeof h + h.length);
    return true;
}

bool names_are_sound(struct span octets)
{
    struct name n;
    while (name_take(&octets, &n))
        continue;
    return octets.len == 0;
}

/* ---- in memory */

static int compare_text(struct span a, struct span b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least > 0 ? memcmp(a.at, b.at, least) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Where it is, or would stand. */
static size_t place_of(const struct names *all, enum name_kind kind, struct span name)
{
    size_t from = 0, to = all->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct name *n = &all->all[middle];
        if (n->kind < kind || (n->kind == kind && compare_text(n->name, name) < 0))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct span name_plain(struct span name, char *room)
{
    size_t level = span_find(name, NAMES_DELIMITER);
    if (name.len > MAILBOX_NAME_MAX || !name_is_inbox(span_first(name, level)))
        return name;
    memcpy(room, name.at, name.len);
    memcpy(room, "INBOX", level);
    return span_at(room, name.len);
}

const struct name *names_find(const struct names *all, enum name_kind kind,
                              struct span name)
{
    char room[MAILBOX_NAME_MAX];
    name = name_plain(name, room);
    size_t at = place_of(all, kind, name);
    const struct name *n = at < all->count ? &all->all[at] : NULL;
    return n && n->kind == kind && span_is(n->name, name) ? n : NULL;
}

static bool starts_with(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_is(span_first(s, prefix.len), prefix);
}

size_t names_below(const struct names *all, enum name_kind kind, struct span name,
                   size_t *first_r)
{
    char room[MAILBOX_NAME_MAX], key[MAILBOX_NAME_MAX + 1];
    *first_r = 0;
    if (name.len > MAILBOX_NAME_MAX)
        return 0;
    name = name_plain(name, room);
    memcpy(key, name.at, name.len);
    key[name.len] = NAMES_DELIMITER;
    struct span prefix = span_at(key, name.len + 1);
    size_t at = *first_r = place_of(all, kind, prefix);
    while (at < all->count && all->all[at].kind == kind &&
           starts_with(all->all[at].name, prefix))
        at++;
    return at - *first_r;
}

static void remove_at(struct names *all, size_t at)
{
    free((void *)(uintptr_t)all->all[at].name.at);
    all->count--;
    memmove(&all->all[at], &all->all[at + 1], (all->count - at) * sizeof *all->all);
}

const struct name *names_keyword(const struct names *all, struct span name)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->all[i].kind == NAME_KEYWORD && span_is_nocase(all->all[i].name, name))
            return &all->all[i];
    return NULL;
}

struct name *names_numbered(const struct names *all, enum name_kind kind, uint32_t id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->all[i].kind == kind && all->all[i].id == id)
            return &all->all[i];
    return NULL;
}

static int make_room(struct names *all)
{
    if (all->count < all->room)
        return 0;
    size_t room = all->room ? all->room * 2 : 16;
    struct name *more = reallocarray(all->all, room, sizeof *more);
    if (!more)
        return -ENOMEM;
    all->all = more;
    all->room = room;
    return 0;
}

static int insert(struct names *all, const struct name *n)
{
    char *text = malloc(n->name.len);
    if (!text || make_room(all) != 0) {
        free(text);
        return -ENOMEM;
    }
    memcpy(text, n->name.at, n->name.len);
    size_t at = place_of(all, n->kind, n->name);
    while (at < all->count && all->all[at].kind == n->kind &&
           span_is(all->all[at].name, n->name))
        at++;
    memmove(&all->all[at + 1], &all->all[at], (all->count - at) * sizeof *all->all);
    all->all[at] = *n;
    all->all[at].name = span_at(text, n->name.len);
    all->count++;
    return 0;
}

/* A keyword's is no number of these. */
void names_count(uint32_t *next, uint32_t *uidvalidity, const struct name *n)
{
    uint32_t after = n->kind == NAME_COUNTERS ? n->id : n->id + 1;
    if (n->kind != NAME_KEYWORD && after > *next)
        *next = after;
    if (n->uidvalidity > *uidvalidity)
        *uidvalidity = n->uidvalidity;
}

/* Of two that say the same, which only damage can leave, the first stays as it is. */
static int apply(struct names *all, const struct name *n)
{
    names_count(&all->next, &all->uidvalidity, n);
    if (n->kind == NAME_COUNTERS)
        return 0;
    struct name next = *n;
    const struct name *before = names_numbered(all, n->kind, n->id);
    if (before) {
        next.uidnext = before->uidnext;
        remove_at(all, (size_t)(before - all->all));
    }
    return next.name.len > 0 ? insert(all, &next) : 0;
}

int names_apply(struct names *all, struct span records)
{
    struct name n;
    if (!names_are_sound(records))
        return -EBADMSG;
    int error = 0;
    while (!error && name_take(&records, &n))
        error = apply(all, &n);
    return error;
}

int names_put(const struct names *all, struct buf *b)
{
    const struct name counters = { .kind = NAME_COUNTERS,
                                   .id = all->next,
                                   .uidvalidity = all->uidvalidity };
    int error = name_put(b, &counters);
    for (size_t i = 0; i < all->count && !error; i++)
        error = name_put(b, &all->all[i]);
    return error;
}

int names_put_kind(const struct names *all, enum name_kind kind, struct buf *b)
{
    int error = 0;
    for (size_t i = 0; i < all->count && !error; i++)
        if (all->all[i].kind == kind)
            error = name_put(b, &all->all[i]);
    return error;
}

void names_close(struct names *all)
{
    while (all->count > 0)
        remove_at(all, all->count - 1);
    free(all->all);
    *all = (struct names){ 0 };
}
