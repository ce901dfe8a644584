/* mailbox - see mailbox.h.  What store says is believed as far as it stays within bounds:
 * a row that points nowhere makes one message unreadable, and harms nobody else. */
#include "imap/changes.h"
#include "imap/grammar.h"
#include "imap/mailbox_name.h"
#include "imap/session.h"

#include "os/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* ---- names */

/* mailbox = "INBOX" / astring, in the encoding that the client has. */
bool imap_take_mailbox(struct imap *s, struct span *rest, struct span *name_r)
{
    struct buf utf8 = { .max = MAILBOX_NAME_MAX };
    struct span said;

    if (!imap_take_astring(rest, s->arena, &said))
        return false;
    if (s->utf8) {
        *name_r = said;
        return true;
    }
    /* What is no name in UTF-7 is nobody's. */
    if (!mailbox_name_of_utf7(said, &utf8))
        buf_clear(&utf8);
    *name_r = arena_copy(s->arena, buf_span(&utf8));
    buf_free(&utf8);
    return name_r->at != NULL;
}

/* ---- rows */

int mailbox_ask_rows(struct imap *s, uint32_t mailbox, struct store_rows *r)
{
    struct store_snapshot question = { .handle = s->handle, .mailbox = mailbox };

    *r = (struct store_rows){ .answer.rows = -1 };
    int error = ask_store_snapshot(&question, &r->answer, NULL);
    if (!error && r->answer.count > 0) {
        r->rows = sealed_map(r->answer.rows, r->answer.count * sizeof(*r->rows));
        error = r->rows ? 0 : -EBADMSG;
    }
    fd_close(&r->answer.rows);
    if (error)
        r->answer = (struct store_snapshot_answer){ .rows = -1 };
    return error;
}

void mailbox_forget_rows(struct store_rows *r)
{
    if (r->rows)
        sealed_unmap(r->rows, r->answer.count * sizeof(*r->rows));
    r->rows = NULL;
}

/* Behind those that there are; rows that are out of order are none. */
static int append_rows(struct mailbox *m, const struct snapshot_row *rows, size_t count)
{
    if (count == 0)
        return 0;
    struct imap_message *all =
        reallocarray(m->messages, m->count + count, sizeof(*m->messages));
    if (!all)
        return -ENOMEM;
    m->messages = all;
    for (size_t i = 0; i < count; i++) {
        uint32_t last = m->count > 0 ? all[m->count - 1].row.uid : 0;
        if (rows[i].uid > last)
            all[m->count++] = (struct imap_message){ .row = rows[i] };
    }
    return 0;
}

int mailbox_open(struct imap *s, uint32_t mailbox)
{
    struct mailbox *m = &s->mailbox;
    struct store_rows rows;

    *m = (struct mailbox){ .id = mailbox, .pack_fd = -1 };
    s->changed = false;
    int error = mailbox_ask_rows(s, s->mailbox.id, &rows);
    if (!error)
        error = append_rows(m, rows.rows, rows.answer.count);
    if (!error)
        error = keywords_load(s);
    m->uidvalidity = rows.answer.uidvalidity;
    m->uidnext = rows.answer.uidnext;
    m->modseq = rows.answer.modseq;
    mailbox_forget_rows(&rows);
    return error;
}

void mailbox_close(struct imap *s)
{
    imap_forget_saved(s);
    free(s->mailbox.messages);
    buf_free(&s->mailbox.keywords);
    fd_close(&s->mailbox.pack_fd);
    s->mailbox = (struct mailbox){ .pack_fd = -1 };
}

/* Where it lies now; of its flags the client is told another time. */
static void move_to(struct snapshot_row *row, const struct snapshot_row *now)
{
    row->pack = now->pack;
    row->offset = now->offset;
}

/* Rows stand by their uids; what is gone keeps its row. */
int mailbox_look_again(struct imap *s)
{
    struct mailbox *m = &s->mailbox;
    struct store_rows rows;
    int error = mailbox_ask_rows(s, s->mailbox.id, &rows);

    for (size_t i = 0, j = 0; rows.rows && i < m->count && j < rows.answer.count;) {
        struct snapshot_row *row = &m->messages[i].row;
        if (row->uid == rows.rows[j].uid)
            move_to(row, &rows.rows[j]);
        i += row->uid <= rows.rows[j].uid;
        j += row->uid > rows.rows[j].uid;
    }
    mailbox_forget_rows(&rows);
    return error;
}

/* ---- news */

/* Rows of all that there is: what is missing there has been expunged.  How many rows are of messages that the client knows. */
static size_t tell_expunged(struct imap *s, const struct store_rows *rows)
{
    struct mailbox *m = &s->mailbox;
    size_t kept = 0, row = 0;
    struct expunged gone;

    expunged_begin(&gone, s, NULL);
    for (size_t i = 0; i < m->count; i++) {
        struct imap_message *message = &m->messages[i];
        while (row < rows->answer.count && rows->rows[row].uid < message->row.uid)
            row++;
        if (row == rows->answer.count || rows->rows[row].uid != message->row.uid) {
            expunged_tell(&gone, kept + 1, message->row.uid);
            continue;
        }
        m->messages[kept++] = *message;
        row++;
    }
    expunged_end(&gone);
    m->count = kept;
    return row;
}

/* Others may have made some. */
static void learn_keywords(struct imap *s, const struct store_rows *rows)
{
    uint64_t flags = 0;

    for (size_t i = 0; i < rows->answer.count; i++)
        flags |= rows->rows[i].flags;
    if (!keywords_are_known(s, flags) && keywords_load(s) == 0)
        keywords_tell(s);
}

/* Once no number changes any more; the rows are those of the messages, and more. */
static void tell_flags(struct imap *s, const struct snapshot_row *rows)
{
    struct mailbox *m = &s->mailbox;
    size_t row = 0;

    for (size_t i = 0; i < m->count; i++, row++) {
        struct snapshot_row *known = &m->messages[i].row;
        while (rows[row].uid < known->uid)
            row++;
        bool other = known->flags != rows[row].flags ||
                     (s->condstore && known->modseq != rows[row].modseq);
        *known = rows[row];
        if (other)
            mailbox_tell_message(s, i, TELL_UID | TELL_FLAGS);
    }
}

/* Each item as " NAME ...". */
static int put_items(struct imap *s, struct buf *b, const struct snapshot_row *row,
                     unsigned what)
{
    int error = 0;

    if (what & TELL_UID)
        error = buf_printf(b, " UID %" PRIu32, row->uid);
    if (!error && (what & TELL_FLAGS))
        error = buf_put(b, SPAN(" FLAGS "));
    if (!error && (what & TELL_FLAGS))
        error = imap_put_flags(s, b, row->flags);
    if (!error && s->condstore)
        error = buf_printf(b, " MODSEQ (%" PRIu64 ")", condstore_modseq(row->modseq));
    return error;
}

/* RFC 7162 §3.2.4: with QRESYNC the uid is always there; RFC 9586 §3.2: or it is all. */
void mailbox_tell_message(struct imap *s, size_t index, unsigned what)
{
    const struct snapshot_row *row = &s->mailbox.messages[index].row;
    struct buf items = { .max = KEYWORDS_OCTETS_MAX };
    struct buf b = { .max = KEYWORDS_OCTETS_MAX + 64 };

    if (s->qresync)
        what |= TELL_UID;
    if (s->uidonly)
        what &= ~(unsigned)TELL_UID;
    int error = put_items(s, &items, row, what);
    if (!error)
        error = imap_put_fetch(s, &b, index);
    if (!error)
        error = buf_put(&b, span_skip(buf_span(&items), 1));
    if (!error)
        error = buf_put(&b, SPAN(")"));
    if (!error)
        imap_put_line(s, &b);
    buf_free(&items);
    buf_free(&b);
}

int imap_put_fetch(const struct imap *s, struct buf *b, size_t index)
{
    return s->uidonly ? buf_printf(b, "* %" PRIu32 " UIDFETCH (",
                                   s->mailbox.messages[index].row.uid)
                      : buf_printf(b, "* %zu FETCH (", index + 1);
}

int mailbox_tell_news(struct imap *s)
{
    struct mailbox *m = &s->mailbox;
    struct store_rows rows;

    if (!s->changed || s->state != SELECTED)
        return 0;
    s->changed = false;
    int error = mailbox_ask_rows(s, s->mailbox.id, &rows);
    if (error == -ENOENT) /* RFC 2180 §3.3 */
        imap_reply_bye(s, "the mailbox has been deleted");
    s->changed = error != 0;
    if (error)
        return error;
    size_t known = tell_expunged(s, &rows), before = m->count;
    learn_keywords(s, &rows);
    tell_flags(s, rows.rows);
    if (rows.answer.count > known)
        error = append_rows(m, &rows.rows[known], rows.answer.count - known);
    m->uidnext = rows.answer.uidnext;
    m->modseq = rows.answer.modseq;
    mailbox_forget_rows(&rows);
    if (m->count > before)
        wire_say(s->wire, "* %zu EXISTS", m->count);
    return error;
}

/* ---- messages */

size_t mailbox_first_unseen(const struct mailbox *m)
{
    size_t i = 0;

    while (i < m->count && (m->messages[i].row.flags & FLAG_SEEN))
        i++;
    return i;
}

uint32_t mailbox_last(const struct mailbox *m, bool uids)
{
    if (m->count == 0 || !uids)
        return (uint32_t)m->count;
    return m->messages[m->count - 1].row.uid;
}

bool mailbox_is_among(const struct mailbox *m, const struct sequence_set *set,
                      size_t index, bool uids)
{
    bool by_uid = uids || set->saved;
    return sequence_has(set,
                        by_uid ? m->messages[index].row.uid : (uint32_t)(index + 1));
}

bool imap_take_set(struct imap *s, struct span *rest, bool uids,
                   struct sequence_set *set)
{
    if (!sequence_take(rest, s->arena, set))
        return false;
    imap_settle(s, set, uids);
    return uids || set->saved || set->count == 0 ||
           set->ranges[set->count - 1].last <= s->mailbox.count;
}
