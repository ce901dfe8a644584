/* mailbox - see mailbox.h.  What store says is believed as far as it stays within bounds:
 * a row that points nowhere makes one message unreadable, and harms nobody else. */
#include "imap/session.h"

#include "os/files.h"

#include <errno.h>
#include <stdlib.h>

/* ---- flags */

static const char *const flag_names[FLAG_PLACES] = {
#define X(enumerator, name) name,
    IMAP_FLAGS(X)
#undef X
};

uint8_t imap_flag_of(struct span name)
{
    for (unsigned i = 0; i < FLAG_PLACES; i++)
        if (span_is_nocase(name, span_of(flag_names[i])))
            return (uint8_t)(1u << i);
    return 0;
}

int imap_put_flags(struct buf *b, uint8_t flags)
{
    int error = buf_put(b, SPAN("("));
    bool any = false;

    for (unsigned i = 0; i < FLAG_PLACES && !error; i++) {
        if (!(flags & 1u << i))
            continue;
        error = buf_printf(b, "%s%s", any ? " " : "", flag_names[i]);
        any = true;
    }
    return error ? error : buf_put(b, SPAN(")"));
}

/* ---- rows */

struct rows {
    const struct snapshot_row *rows; /* NULL: none */
    struct store_snapshot_answer answer;
};

static int ask_rows(struct imap *s, struct rows *r)
{
    struct store_snapshot question = { .handle = s->handle };

    *r = (struct rows){ .answer.rows = -1 };
    int error = ask_store_snapshot(&question, &r->answer, NULL);
    if (!error && r->answer.count > 0) {
        r->rows = sealed_map(r->answer.rows, r->answer.count * sizeof(*r->rows));
        error = r->rows ? 0 : -EBADMSG;
    }
    fd_close(&r->answer.rows);
    return error;
}

static void forget_rows(struct rows *r)
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

int mailbox_open(struct imap *s)
{
    struct mailbox *m = &s->mailbox;
    struct rows rows;

    *m = (struct mailbox){ .pack_fd = -1 };
    s->changed = false;
    int error = ask_rows(s, &rows);
    if (!error)
        error = append_rows(m, rows.rows, rows.answer.count);
    m->uidvalidity = rows.answer.uidvalidity;
    m->uidnext = rows.answer.uidnext;
    forget_rows(&rows);
    return error;
}

void mailbox_close(struct imap *s)
{
    free(s->mailbox.messages);
    fd_close(&s->mailbox.pack_fd);
    s->mailbox = (struct mailbox){ .pack_fd = -1 };
}

/* Rows stand by their uids; what is gone keeps its row. */
int mailbox_look_again(struct imap *s)
{
    struct mailbox *m = &s->mailbox;
    struct rows rows;
    int error = ask_rows(s, &rows);

    for (size_t i = 0, j = 0; rows.rows && i < m->count && j < rows.answer.count;) {
        struct snapshot_row *row = &m->messages[i].row;
        if (row->uid == rows.rows[j].uid)
            *row = rows.rows[j];
        i += row->uid <= rows.rows[j].uid;
        j += row->uid > rows.rows[j].uid;
    }
    forget_rows(&rows);
    return error;
}

/* ---- news */

/* Rows of all that there is: what is missing there has been expunged, what is still there
 * may lie elsewhere now.  How many rows are of messages that the client knows. */
static size_t tell_expunged(struct imap *s, const struct rows *rows)
{
    struct mailbox *m = &s->mailbox;
    size_t kept = 0, row = 0;

    for (size_t i = 0; i < m->count; i++) {
        struct imap_message *message = &m->messages[i];
        while (row < rows->answer.count && rows->rows[row].uid < message->row.uid)
            row++;
        if (row == rows->answer.count || rows->rows[row].uid != message->row.uid) {
            wire_say(s->wire, "* %zu EXPUNGE", kept + 1);
            continue;
        }
        m->messages[kept] = *message;
        m->messages[kept++].row = rows->rows[row++];
    }
    m->count = kept;
    return row;
}

int mailbox_tell_news(struct imap *s)
{
    struct mailbox *m = &s->mailbox;
    struct rows rows;

    if (!s->changed || s->state != SELECTED)
        return 0;
    s->changed = false;
    int error = ask_rows(s, &rows);
    if (error) {
        s->changed = true;
        return error;
    }
    size_t known = tell_expunged(s, &rows), before = m->count;
    error = append_rows(m, rows.rows + known, rows.answer.count - known);
    m->uidnext = rows.answer.uidnext;
    forget_rows(&rows);
    if (m->count > before)
        wire_say(s->wire, "* %zu EXISTS", m->count);
    return error;
}

/* ---- messages */

uint32_t mailbox_last(const struct mailbox *m, bool uids)
{
    if (m->count == 0 || !uids)
        return (uint32_t)m->count;
    return m->messages[m->count - 1].row.uid;
}

bool mailbox_is_among(const struct mailbox *m, const struct sequence_set *set,
                      size_t index, bool uids)
{
    return sequence_has(set, uids ? m->messages[index].row.uid : (uint32_t)(index + 1));
}

bool imap_take_set(struct imap *s, struct span *rest, bool uids,
                   struct sequence_set *set)
{
    if (!sequence_take(rest, s->arena, set) || set->saved)
        return false;
    sequence_settle(set, mailbox_last(&s->mailbox, uids));
    return uids || set->count == 0 ||
           set->ranges[set->count - 1].last <= s->mailbox.count;
}
