/* RFC 9051 §6.4.4.1 (RFC 5182, SEARCHRES): "$" is what the last SEARCH has saved.
 *
 * It is kept as ranges of uids, so that what is expunged falls out of it by itself and
 * numbers may change as they like. */
#include "imap/session.h"

#include <stdlib.h>

void imap_forget_saved(struct imap *s)
{
    free(s->saved.ranges);
    s->saved = (struct sequence_set){ .saved = true };
}

/* Messages by their index, as they grow.  A room of as many ranges as messages is enough;
 * what stands side by side in the mailbox is one.  False: no memory. */
bool imap_save(struct imap *s, const uint32_t *indexes, size_t count)
{
    struct sequence_set *saved = &s->saved;

    imap_forget_saved(s);
    if (count == 0)
        return true;
    saved->ranges = calloc(count, sizeof(*saved->ranges));
    for (size_t i = 0; saved->ranges && i < count; i++) {
        uint32_t uid = s->mailbox.messages[indexes[i]].row.uid;
        if (i > 0 && indexes[i - 1] + 1 == indexes[i])
            saved->ranges[saved->count - 1].last = uid;
        else
            saved->ranges[saved->count++] = (struct sequence_range){ uid, uid };
    }
    return saved->ranges != NULL;
}

/* sequence_settle; what was saved is of uids, whatever is asked for. */
void imap_settle(const struct imap *s, struct sequence_set *set, bool uids)
{
    if (set->saved)
        *set = s->saved;
    else
        sequence_settle(set, mailbox_last(&s->mailbox, uids));
}
