/* mailboxes - see mailboxes.h; copies are in copy.c. */
#include "store/mailboxes.h"

#include "store/core.h"

#include <errno.h>

int engine_names(struct engine *e, uint64_t account, enum name_kind kind,
                 struct buf *records)
{
    struct head *h;
    int error = engine_ready(e);
    if (!error)
        error = head_get_named(e, account, &h);
    if (error)
        return error;
    return kind == ALL_NAMES ? names_put(&h->names, records)
                             : names_put_kind(&h->names, kind, records);
}

int engine_mailbox(struct engine *e, uint64_t account, struct span name,
                   uint32_t *mailbox_r)
{
    struct head *h;
    *mailbox_r = INBOX;
    int error = engine_ready(e);
    if (error || name_is_inbox(name))
        return error;
    error = head_get_named(e, account, &h);
    if (error)
        return error;
    const struct name *n = names_find(&h->names, NAME_MAILBOX, name);
    *mailbox_r = n ? n->id : 0;
    return n ? 0 : -ENOENT;
}

/* The records of the change, and room for them; while somebody else changed the names
 * meanwhile, once more. */
static int prepare(struct engine *e, uint64_t account, const struct names_request *r,
                   struct buf *records, struct head **head_r)
{
    uint64_t before;
    int error;
    do {
        buf_clear(records);
        error = head_get_named(e, account, head_r);
        if (error)
            return error;
        before = (*head_r)->renamed;
        error = names_change(&(*head_r)->names, r, records);
        if (error || records->len == 0)
            return error;
        const struct order o = { &account, 1, entry_length(1, 0, records->len), 0 };
        error = order_prepare(e, &o);
    } while (!error && (!(*head_r)->named || (*head_r)->renamed != before));
    return error;
}

int engine_name(struct engine *e, uint64_t account, const struct names_request *r,
                uint64_t *lsn_r)
{
    struct buf records = { .max = NAMES_CHANGE_MAX };
    struct head *h;
    int error = engine_ready(e);
    if (!error)
        error = prepare(e, account, r, &records, &h);
    if (!error && records.len > 0)
        error = head_change_names(e, h, buf_span(&records));
    if (!error)
        *lsn_r = h->last;
    buf_free(&records);
    return error;
}

int engine_keyword(struct engine *e, uint64_t account, struct span name,
                   uint32_t *bit_r, uint64_t *lsn_r)
{
    const struct names_request r = { .verb = NAMES_KEYWORD, .name = name };
    int error = engine_name(e, account, &r, lsn_r);
    struct head *h = error ? NULL : head_of(e, account);
    const struct name *n = h && h->named ? names_keyword(&h->names, name) : NULL;
    *bit_r = n ? n->id : 0;
    return error ? error : n ? 0 : -EAGAIN;
}
