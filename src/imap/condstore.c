/* condstore - RFC 7162 §3.1: modseqs; see mailbox.h.
 *
 * Whoever has not enabled it changes flags without a look at what store makes of them; so
 * its messages' modseqs are those of its last news, and are asked for when it does. */
#include "imap/changes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

uint64_t condstore_modseq(uint64_t modseq)
{
    return modseq > 0 ? modseq : 1;
}

void condstore_tell(struct imap *s)
{
    wire_say(s->wire, "* OK [HIGHESTMODSEQ %" PRIu64 "] changes up to here are told",
             condstore_modseq(s->mailbox.modseq));
}

/* The modseqs of those messages that are what the client knows; the others are news. */
static void take_modseqs(struct imap *s, const struct store_rows *rows)
{
    struct mailbox *m = &s->mailbox;

    for (size_t i = 0, j = 0; i < m->count && j < rows->answer.count;) {
        struct snapshot_row *row = &m->messages[i].row;
        const struct snapshot_row *now = &rows->rows[j];
        if (row->uid == now->uid && row->flags == now->flags)
            row->modseq = now->modseq;
        else if (row->uid == now->uid)
            s->changed = true;
        i += row->uid <= now->uid;
        j += now->uid <= row->uid;
    }
    if (!s->changed)
        m->modseq = rows->answer.modseq;
}

int condstore_enable(struct imap *s)
{
    struct store_rows rows;

    if (s->condstore)
        return 0;
    s->condstore = true;
    if (s->state != SELECTED)
        return 0;
    int error = mailbox_ask_rows(s, s->mailbox.id, &rows);
    if (!error)
        take_modseqs(s, &rows);
    mailbox_forget_rows(&rows);
    if (!error)
        condstore_tell(s);
    else
        s->condstore = false;
    return error;
}
