/* filing_names - mailboxes that come, go, and are called otherwise; see filing.h.
 *
 * What was filed before is done once more: the entries behind it are filed again, too, and
 * bring it to where it was. */
#include "store/filing.h"

#include "store/named.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- a mailbox goes, with what is in it */

enum { UIDS_AT_ONCE = 512 };

struct emptying {
    uint32_t uids[UIDS_AT_ONCE];
    size_t count;
};

static int note_uid(const struct mail *m, void *arg)
{
    struct emptying *e = arg;
    e->uids[e->count++] = m->uid;
    return e->count == UIDS_AT_ONCE;
}

static int take_out(struct filing *f, uint32_t mailbox, uint32_t uid)
{
    struct account *a = f->account;
    struct mail m;
    int found = rows_take(&a->index, &a->state, mailbox, uid, &m);
    return found == 1 && m.refs == 0 ? filing_drop_email(f, &m) : found < 0 ? found : 0;
}

static int empty(struct filing *f, uint32_t mailbox)
{
    const struct uid_range all = { 1, UINT32_MAX };
    struct emptying e;
    int more, error = 0;
    do {
        e.count = 0;
        more = rows_range(&f->account->index, mailbox, &all, note_uid, &e);
        for (size_t i = 0; i < e.count && !error; i++)
            error = take_out(f, mailbox, e.uids[i]);
    } while (more > 0 && !error);
    return more < 0 ? more : error;
}

/* Tombstones are not needed: the mailbox's number does not come again. */
static int drop(struct filing *f, uint32_t mailbox)
{
    struct account *a = f->account;
    if (mailbox == INBOX || !rows_mailbox(&a->state, mailbox))
        return 0;
    int error = empty(f, mailbox);
    if (!error)
        error = INDEX_DO(&a->index, INDEX_TAKE_EXPUNGED, mailbox);
    rows_drop(&a->state, mailbox);
    return error;
}

/* ---- names */

static int take_name(struct filing *f, const struct name *n, uint64_t lsn)
{
    struct account *a = f->account;
    int error = 0;
    names_count(&a->state.mailbox, &a->state.uidvalidity, n);
    if (n->kind == NAME_COUNTERS)
        return 0;
    if (n->kind == NAME_MAILBOX && n->name.len == 0)
        error = drop(f, n->id);
    else if (n->kind == NAME_MAILBOX && !rows_mailbox(&a->state, n->id)) {
        error = rows_make(&a->state, n->id, n->uidvalidity);
        if (!error)
            filing_note(f, n->id, lsn);
    }
    return error ? error : named_put(&a->index, n);
}

int file_names(struct filing *f, const struct entry_head *h)
{
    struct span records = span_at(entry_body(h), entry_body_size(h)), rest = records;
    struct name n;
    int error = 0;
    while (!error && name_take(&rest, &n))
        error = take_name(f, &n, h->lsn);
    return error ? error : filing_tell(f, h, PACK_NAMES, 0, records);
}

int filing_ensure(struct filing *f, uint32_t mailbox)
{
    struct rows_state *s = &f->account->state;
    char text[32];
    if (rows_mailbox(s, mailbox))
        return 0;
    snprintf(text, sizeof text, "Recovered-%" PRIu32, mailbox);
    const struct name n = { .kind = NAME_MAILBOX,
                            .id = mailbox,
                            .uidvalidity = s->uidvalidity + 1,
                            .name = span_of(text) };
    return take_name(f, &n, s->applied);
}
