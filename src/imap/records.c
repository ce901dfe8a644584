/* records - see session.h: what parse has found in messages, as store keeps it. */
#include "imap/message.h"

#include "mime/record.h"
#include "os/files.h"

#include <errno.h>

/* Each record with its length before it (32 bits); all that were asked for, in order.
 * A front looks things up in a record, so it believes none that is not sound. */
static int cut(struct span all, size_t count, struct imap_records *r)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t length;
        if (all.len < sizeof(length))
            return -EBADMSG;
        memcpy(&length, all.at, sizeof(length));
        all = span_skip(all, sizeof(length));
        if (length > all.len)
            return -EBADMSG;
        r->records[i] = span_first(all, length);
        if (length > 0 && !record_is_sound(r->records[i]))
            return -EBADMSG;
        all = span_skip(all, length);
    }
    r->count = count;
    return all.len == 0 ? 0 : -EBADMSG;
}

static int take_answer(struct store_records_answer *answer, size_t count,
                       struct imap_records *r)
{
    struct span all = answer->records;

    if (answer->sealed >= 0) {
        r->mapped = sealed_map(answer->sealed, answer->size);
        r->mapped_len = r->mapped ? answer->size : 0;
        all = span_at(r->mapped, r->mapped_len);
    }
    fd_close(&answer->sealed);
    return cut(all, count, r);
}

int imap_records_ask(struct imap *s, const size_t *indexes, size_t count,
                     struct imap_records *r)
{
    uint64_t emails[RECORDS_A_MESSAGE];

    for (size_t i = 0; i < count; i++)
        emails[i] = s->mailbox.messages[indexes[i]].row.email;
    return imap_records_of(s, emails, count, r);
}

int imap_records_of(struct imap *s, const uint64_t *emails, size_t count,
                    struct imap_records *r)
{
    struct store_records question = { .handle = s->handle };
    struct store_records_answer answer;

    r->count = 0;
    r->mapped = NULL;
    r->arena = arena_open(MESSAGE_OCTETS_MAX);
    if (!r->arena)
        return -ENOMEM;
    question.emails = span_at(emails, count * sizeof(*emails));
    int error = ask_store_records(&question, &answer, r->arena);
    return error ? error : take_answer(&answer, count, r);
}

void imap_records_close(struct imap_records *r)
{
    if (r->mapped)
        sealed_unmap(r->mapped, r->mapped_len);
    r->mapped = NULL;
    arena_close(&r->arena);
}
