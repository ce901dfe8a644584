/* compact - what happens to the account; see compact.h. */
#include "store/compact.h"

#include "store/account_of.h"
#include "store/folder.h"
#include "store/named.h"
#include "store/roster.h"

#include <errno.h>
#include <stdlib.h>

/* ---- which packs */

struct candidate {
    uint32_t pack;
    uint64_t size, live;
};

struct survey {
    struct candidate *packs;
    size_t count, room;
    uint64_t size, live;
};

static int note_pack(uint32_t pack, uint64_t size, void *arg)
{
    struct survey *s = arg;
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 16;
        struct candidate *packs = realloc(s->packs, room * sizeof *packs);
        if (!packs)
            return -ENOMEM;
        s->packs = packs;
        s->room = room;
    }
    s->packs[s->count++] = (struct candidate){ pack, size, 0 };
    s->size += size;
    return 0;
}

static int note_live(const int64_t *row, void *arg)
{
    struct survey *s = arg;
    s->live += (uint64_t)row[1];
    for (size_t i = 0; i < s->count; i++)
        if (s->packs[i].pack == (uint32_t)row[0])
            s->packs[i].live = (uint64_t)row[1];
    return 0;
}

static int look(struct account *a, struct survey *s)
{
    int error = pack_each(a->shelf->store, a->id, note_pack, s);
    if (!error)
        error = index_each(&a->index, INDEX_PACKS, NULL, 0, 2, note_live, s);
    if (!error)
        a->state.dead = s->size > s->live ? s->size - s->live : 0;
    return error;
}

/* More than half dead, and worth it; together they fit into one. */
static void choose(const struct account *a, const struct survey *s,
                   struct compaction *c)
{
    for (size_t i = 0; i < s->count && c->old_count < COMPACT_PACKS; i++) {
        const struct candidate *p = &s->packs[i];
        bool small = p->pack == a->state.pack && p->size < a->shelf->compact_from;
        if (small || p->live * 2 >= p->size || c->live + p->live > PACK_SIZE)
            continue;
        c->old[c->old_count++] = p->pack;
        c->live += p->live;
    }
}

/* ---- what is needed of them */

static int add_mail(const int64_t *row, void *arg)
{
    struct compaction *c = arg;
    if (c->count == c->room) {
        size_t room = c->room ? c->room * 2 : 64;
        struct moving *moving = realloc(c->moving, room * sizeof *moving);
        if (!moving)
            return -ENOMEM;
        c->moving = moving;
        c->room = room;
    }
    c->moving[c->count++].mail = rows_mail(row);
    return 0;
}

static int list_mails(struct account *a, struct compaction *c)
{
    int error = 0;
    for (uint32_t i = 0; i < c->old_count && !error; i++)
        error = index_each(&a->index, INDEX_OF_PACK, INDEX_VALUES(c->old[i]), 14,
                           add_mail, c);
    return error;
}

static bool has(const struct compaction *c, uint32_t pack)
{
    for (uint32_t i = 0; i < c->old_count; i++)
        if (c->old[i] == pack)
            return true;
    return false;
}

static int plan(struct account *a, struct compaction *c)
{
    struct survey s = { 0 };
    int error = look(a, &s);
    if (!error)
        choose(a, &s, c);
    free(s.packs);
    if (!error)
        error = list_mails(a, c);
    if (!error && has(c, a->state.pack))
        error = account_next_pack(a);
    if (!error && c->count > 0)
        c->pack = a->state.next++;
    return error;
}

int compaction_plan(struct account *a, struct compaction *c)
{
    struct account_before before;
    *c = (struct compaction){ .account = a->id,
                              .uidvalidity = rows_inbox(&a->state)->uidvalidity,
                              .seed = a->seed };
    int error = account_open_pack(a);
    if (!error)
        error = account_begin(a, &before);
    if (error)
        return error;
    error = account_end(a, &before, plan(a, c));
    a->looked_dead = a->state.dead;
    return error ? error : c->old_count > 0 ? 0 : -ENOENT;
}

/* ---- the rows */

static int note_pruned(const int64_t *row, void *arg)
{
    struct rows_state *s = arg;
    if (rows_mailbox(s, (uint32_t)row[0]))
        rows_touch(s, (uint32_t)row[0])->pruned++;
    return 0;
}

/* What is below the roster's lsn and not in it is gone: so uids need not be remembered
 * one by one. */
static int prune(struct account *a)
{
    return index_each(&a->index, INDEX_PRUNE, INDEX_VALUES(EXPUNGED_KEPT), 1,
                      note_pruned, &a->state);
}

static int write_told(struct account *a, enum pack_type type, uint32_t mailbox,
                      struct span body)
{
    struct pack_head head = told_head(type, mailbox, body, &a->state);
    return account_append(a, &head, body);
}

static int write_rows(const struct roster *r, struct span rows, void *arg)
{
    return write_told(arg, PACK_ROWS, r->mailbox, rows);
}

static int write_roster(struct account *a, uint32_t mailbox, int64_t names)
{
    struct roster roster;
    int error = rows_roster(&a->index, &a->state, mailbox, &roster);
    if (!error)
        error = rows_tell(&a->index, &roster, write_rows, a);
    roster.names = names;
    if (!error) {
        struct pack_head head = roster_head(&roster, &a->state);
        error = account_append(a, &head, roster_body(&roster));
    }
    roster_close(&roster);
    return error;
}

/* *count_r: with the counters, which are the first. */
static int write_names(struct account *a, int64_t *count_r)
{
    struct buf records = { .max = PACK_BODY_MAX };
    struct names names;
    int error = named_all(&a->index, &a->state, &names);
    *count_r = (int64_t)names.count + 1;
    if (!error)
        error = names_put(&names, &records);
    if (!error)
        error = write_told(a, PACK_NAMES, 0, buf_span(&records));
    names_close(&names);
    buf_free(&records);
    return error;
}

/* The INBOX's comes last: with it the others are there, too. */
static int write_rosters(struct account *a)
{
    int64_t names = 0;
    int error = 0;
    for (size_t i = a->state.mailbox_count; i-- > 1 && !error;)
        error = write_roster(a, a->state.mailboxes[i].now.id, 0);
    if (!error)
        error = write_names(a, &names);
    return error ? error : write_roster(a, INBOX, names);
}

static int move_some(struct account *a, struct compaction *c)
{
    for (size_t n = 0; n < COMPACT_ROWS && c->adopted < c->count; n++, c->adopted++) {
        const struct moving *m = &c->moving[c->adopted];
        int moved = rows_move(&a->index, &a->state, &m->mail, c->pack, m->off);
        if (moved < 0)
            return moved;
    }
    if (c->adopted < c->count)
        return 0;
    int error = write_rosters(a);
    return error ? error : prune(a);
}

int compaction_adopt(struct account *a, struct compaction *c)
{
    struct account_before before;
    size_t adopted = c->adopted;
    if (rows_inbox(&a->state)->uidvalidity != c->uidvalidity)
        return -ESTALE;
    int error = account_begin(a, &before);
    if (error)
        return error;
    error = account_end(a, &before, move_some(a, c));
    if (error)
        c->adopted = adopted;
    return error ? error : c->adopted < c->count;
}

/* ---- the end */

static int is_needed(const int64_t *row, void *arg)
{
    (void)row, (void)arg;
    return -EBUSY;
}

int compaction_drop(struct account *a, uint32_t uidvalidity, uint32_t pack)
{
    struct account_before before;
    if (rows_inbox(&a->state)->uidvalidity != uidvalidity || a->state.pack == pack)
        return -ESTALE;
    int error =
        index_each(&a->index, INDEX_OF_PACK, INDEX_VALUES(pack), 14, is_needed, NULL);
    uint64_t size = error ? 0 : pack_size(a->shelf->store, a->id, pack);
    if (!error)
        error = pack_remove(a->shelf->store, a->id, pack);
    if (!error)
        error = account_begin(a, &before);
    if (error)
        return error;
    a->state.dead -= size < a->state.dead ? size : a->state.dead;
    error = account_end(a, &before, 0);
    a->looked_dead = a->state.dead;
    return error;
}

void compaction_free(struct compaction *c)
{
    free(c->moving);
    *c = (struct compaction){ 0 };
}
