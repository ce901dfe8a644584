/* RFC 9051 §6.3.11: STATUS; RFC 8438 (SIZE); RFC 7162 §3.1.7 (HIGHESTMODSEQ);
 * RFC 8474 §4.3 (MAILBOXID); RFC 9208 §4.1.4 (DELETED-STORAGE, octets). */
#include "imap/status.h"

#include "imap/changes.h"
#include "imap/grammar.h"
#include "imap/object_id.h"

#include <errno.h>
#include <inttypes.h>

enum status_att {
    MESSAGES_ATT,
    RECENT_ATT,
    UIDNEXT_ATT,
    UIDVALIDITY_ATT,
    UNSEEN_ATT,
    DELETED_ATT,
    SIZE_ATT,
    HIGHESTMODSEQ_ATT,
    MAILBOXID_ATT,
    DELETED_STORAGE_ATT,
    STATUS_ATTS
};

static const char *const status_names[STATUS_ATTS] = {
    "MESSAGES", "RECENT", "UIDNEXT",       "UIDVALIDITY", "UNSEEN",
    "DELETED",  "SIZE",   "HIGHESTMODSEQ", "MAILBOXID",   "DELETED-STORAGE"
};

bool imap_take_status_atts(struct span *rest, unsigned *atts_r)
{
    *atts_r = 0;
    if (!span_take(rest, SPAN("(")))
        return false;
    do {
        unsigned i = 0;
        while (i < STATUS_ATTS && !imap_take_word(rest, span_of(status_names[i])))
            i++;
        if (i == STATUS_ATTS)
            return false;
        *atts_r |= 1u << i;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

static void put_atts(struct buf *b, unsigned atts, uint32_t mailbox,
                     const struct store_status_answer *a, uint64_t deleted)
{
    const uint64_t values[STATUS_ATTS] = {
        [MESSAGES_ATT] = a->total,
        [UIDNEXT_ATT] = a->uidnext,
        [UIDVALIDITY_ATT] = a->uidvalidity,
        [UNSEEN_ATT] = a->unseen,
        [DELETED_ATT] = a->deleted,
        [SIZE_ATT] = a->octets,
        [HIGHESTMODSEQ_ATT] = condstore_modseq(a->modseq),
        [DELETED_STORAGE_ATT] = deleted,
    };
    bool any = false;

    for (unsigned i = 0; i < STATUS_ATTS; i++) {
        if (!(atts & 1u << i))
            continue;
        buf_printf(b, "%s%s ", any ? " " : "", status_names[i]);
        any = true;
        if (i != MAILBOXID_ATT) {
            buf_printf(b, "%" PRIu64, values[i]);
            continue;
        }
        buf_put(b, SPAN("("));
        object_id_put_mailbox(b, mailbox);
        buf_put(b, SPAN(")"));
    }
}

int imap_tell_status(struct imap *s, struct span name, uint32_t mailbox, unsigned atts)
{
    struct store_status question = { .handle = s->handle, .mailbox = mailbox };
    struct store_status_answer answer;
    struct store_deleted_answer deleted = { 0 };
    struct buf b = { .max = 8 * MAILBOX_NAME_MAX + 512 };
    int error = atts & 1u << HIGHESTMODSEQ_ATT ? condstore_enable(s) : 0;

    if (!error)
        error = ask_store_status(&question, &answer, NULL);
    if (!error && (atts & 1u << DELETED_STORAGE_ATT))
        error = ask_store_deleted(&(struct store_deleted){ s->handle, mailbox },
                                  &deleted, NULL);
    if (error)
        return error;
    buf_put(&b, SPAN("* STATUS "));
    error = imap_put_mailbox(s, &b, name);
    buf_put(&b, SPAN(" ("));
    put_atts(&b, atts, mailbox, &answer, deleted.octets);
    buf_put(&b, SPAN(")"));
    if (!error)
        imap_put_line(s, &b);
    buf_free(&b);
    return error;
}

void imap_status(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name;
    uint32_t mailbox;
    unsigned atts;

    if (!imap_take_mailbox(s, &rest, &name) || !imap_take_sp(&rest) ||
        !imap_take_status_atts(&rest, &atts) || rest.len > 0) {
        imap_reply_bad(s, "STATUS has a mailbox and what to tell of it");
        return;
    }
    int error = imap_find_mailbox(s, name, &mailbox);
    if (!error)
        error = imap_tell_status(s, name, mailbox, atts);
    if (error == -ENOENT)
        imap_reply(s, "NO [NONEXISTENT] no such mailbox");
    else if (error)
        imap_reply_error(s, error);
    else
        imap_reply(s, "OK done");
}
