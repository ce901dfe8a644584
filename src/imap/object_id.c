/* object_id - see object_id.h. */
#include "imap/object_id.h"

#include "base/map.h"
#include "mime/record.h"
#include "store/session.h"

#include <inttypes.h>

int object_id_put_mailbox(struct buf *b, uint32_t mailbox)
{
    return buf_printf(b, "F%" PRIu32, mailbox);
}

int object_id_put_email(struct buf *b, const struct snapshot_row *row)
{
    return buf_printf(b, "M%" PRIx64, row->email);
}

/* The Message-ID of the message that began it; empty: nobody can refer to it. */
static struct span first_of(const struct record *r)
{
    struct record_envelope e = record_envelope(r, record_part(r, 0).envelope);
    const struct record_rows named[] = { e.references, e.replies, e.ids };

    for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
        if (named[i].count > 0)
            return record_text(r, record_word(r, named[i].first));
    return SPAN("");
}

int object_id_put_thread(struct buf *b, const struct snapshot_row *row,
                         const struct record *r)
{
    static const uint8_t key[16] = "packetboat's ids";
    struct span first = first_of(r);

    return first.len > 0 ? buf_printf(b, "T%016" PRIx64, siphash(key, first))
                         : buf_printf(b, "T%" PRIx64, row->email);
}
