/* RFC 9051 §6.4.7 and §6.4.8: COPY, MOVE; RFC 4315 §3 (COPYUID). */
#include "imap/changes.h"
#include "imap/grammar.h"

#include "store/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* Of messages that go from one mailbox into another, COPY_UIDS_MAX at a time; all are
 * uint32_t. */
struct copy {
    struct imap *s;
    uint32_t from, to;
    bool move;
    struct buf uids;         /* those to come */
    struct buf copied, made; /* those that were there; what they are in `to` */
    uint32_t uidvalidity;
};

static struct copy begin(struct imap *s, uint32_t from, uint32_t to, bool move)
{
    return (struct copy){ .s = s,
                          .from = from,
                          .to = to,
                          .move = move,
                          .uids = { .max = COPY_UIDS_MAX * sizeof(uint32_t) },
                          .copied = { .max = IMAP_RESPONSE_MAX },
                          .made = { .max = IMAP_RESPONSE_MAX } };
}

static void end(struct copy *c)
{
    buf_free(&c->uids);
    buf_free(&c->copied);
    buf_free(&c->made);
}

static int note_copied(struct copy *c, const struct store_copy_answer *a)
{
    uint32_t count = (uint32_t)(a->uids.len / sizeof(uint32_t));
    int error = buf_put(&c->copied, a->uids);

    c->uidvalidity = a->uidvalidity;
    for (uint32_t i = 0; i < count && !error; i++) {
        const uint32_t uid = a->first + i;
        error = buf_put(&c->made, span_at(&uid, sizeof(uid)));
    }
    return error;
}

static int ask(struct copy *c)
{
    struct store_copy question = { .handle = c->s->handle,
                                   .from = c->from,
                                   .to = c->to,
                                   .move = c->move,
                                   .uids = buf_span(&c->uids) };
    struct store_copy_answer answer;
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = arena ? ask_store_copy(&question, &answer, arena) : -ENOMEM;

    if (!error) {
        wire_hold(c->s->wire, answer.lsn);
        error = note_copied(c, &answer);
    }
    arena_close(&arena);
    buf_clear(&c->uids);
    return error;
}

static int add(struct copy *c, uint32_t uid)
{
    int error = c->uids.len == c->uids.max ? ask(c) : 0;

    return error ? error : buf_put(&c->uids, span_at(&uid, sizeof(uid)));
}

/* ---- uid-set, RFC 4315 §4 */

static int put_range(struct buf *b, const char *comma, uint32_t first, uint32_t last)
{
    return first == last ? buf_printf(b, "%s%" PRIu32, comma, first)
                         : buf_printf(b, "%s%" PRIu32 ":%" PRIu32, comma, first, last);
}

static uint32_t uid_at(struct span uids, size_t i)
{
    uint32_t uid;

    memcpy(&uid, uids.at + i * sizeof(uid), sizeof(uid));
    return uid;
}

/* Runs of uids that follow each other, as ranges. */
static int put_set(struct buf *b, struct span uids)
{
    size_t count = uids.len / sizeof(uint32_t);
    int error = 0;

    for (size_t i = 0, last; i < count && !error; i = last + 1) {
        last = i;
        while (last + 1 < count && uid_at(uids, last + 1) == uid_at(uids, last) + 1)
            last++;
        error = put_range(b, i > 0 ? "," : "", uid_at(uids, i), uid_at(uids, last));
    }
    return error;
}

/* ---- the commands */

static int copy_set(struct copy *c, const struct sequence_set *set, bool uids)
{
    const struct mailbox *m = &c->s->mailbox;
    int error = 0;

    for (size_t i = 0; i < m->count && !error; i++)
        if (mailbox_is_among(m, set, i, uids))
            error = add(c, m->messages[i].row.uid);
    return !error && c->uids.len > 0 ? ask(c) : error;
}

/* Their numbers go as those of an EXPUNGE; gone ascends, as the messages do. */
static void tell_moved(struct imap *s, struct span gone)
{
    struct mailbox *m = &s->mailbox;
    size_t kept = 0, next = 0, count = gone.len / sizeof(uint32_t);
    struct expunged told;

    expunged_begin(&told, s, NULL);
    for (size_t i = 0; i < m->count; i++) {
        while (next < count && uid_at(gone, next) < m->messages[i].row.uid)
            next++;
        if (next < count && uid_at(gone, next) == m->messages[i].row.uid)
            expunged_tell(&told, kept + 1, m->messages[i].row.uid);
        else
            m->messages[kept++] = m->messages[i];
    }
    expunged_end(&told);
    m->count = kept;
}

static int put_copyuid(struct buf *b, const struct copy *c)
{
    int error = buf_printf(b, "[COPYUID %" PRIu32 " ", c->uidvalidity);

    if (!error)
        error = put_set(b, buf_span(&c->copied));
    if (!error)
        error = buf_put(b, SPAN(" "));
    if (!error)
        error = put_set(b, buf_span(&c->made));
    return error ? error : buf_put(b, SPAN("] "));
}

/* "a OK [COPYUID 38505 304,319:320 3956:3958] done" */
static void say_copied(struct copy *c, struct span tag, const char *done)
{
    struct buf b = { .max = IMAP_RESPONSE_MAX + 256 };
    int error = buf_printf(&b, "%.*s OK ", SPAN_ARG(tag));

    if (!error && c->copied.len > 0)
        error = put_copyuid(&b, c);
    if (!error)
        error = buf_put(&b, span_of(done));
    if (error)
        wire_say(c->s->wire, "%.*s OK %s", SPAN_ARG(tag), done);
    else
        imap_put_line(c->s, &b);
    buf_free(&b);
}

/* §6.4.8: "RECOMMENDED ... COPYUID in an untagged OK before sending EXPUNGE" */
static void say_done(struct copy *c)
{
    struct imap *s = c->s;

    if (!c->move) {
        say_copied(c, s->tag, "done");
        return;
    }
    if (c->copied.len > 0)
        say_copied(c, SPAN("*"), "moved");
    tell_moved(s, buf_span(&c->copied));
    if (s->condstore)
        imap_reply_expunged(s, c->copied.len > 0);
    else
        imap_reply(s, "OK done");
}

/* §6.4.7: "MUST restore the destination mailbox to its state before the COPY attempt":
 * messages are copied all or none, as long as one question holds them. */
static void take_back(struct copy *c)
{
    struct span made = c->move ? SPAN("") : buf_span(&c->made);
    struct store_expunge_answer answer;

    while (made.len > 0) {
        size_t most = UIDS_A_MESSAGE * sizeof(uint32_t);
        struct span some = span_first(made, made.len < most ? made.len : most);
        const struct store_expunge question = { .handle = c->s->handle,
                                                .mailbox = c->to,
                                                .uids = some };
        if (ask_store_expunge(&question, &answer, NULL) == 0)
            wire_hold(c->s->wire, answer.lsn);
        made = span_skip(made, some.len);
    }
}

static void say_why_not(struct imap *s, struct span to, int error)
{
    if (error == -ENOENT && !name_is_good(to))
        imap_reply(s, "NO [CANNOT] no mailbox can be called so");
    else if (error == -ENOENT)
        imap_reply(s, "NO [TRYCREATE] no such mailbox");
    else if (error == -EACCES)
        imap_reply(s, "NO [NOPERM] this login may not change mailboxes");
    else if (error == -EMSGSIZE)
        imap_reply(s, "NO [LIMIT] too many messages at once");
    else
        imap_reply(s, "NO [UNAVAILABLE] the messages cannot be copied now, try again "
                      "later");
}

static void copy(struct imap *s, const struct arg *args, bool uids, bool move)
{
    struct span set_text = args[0].text, rest = args[1].text, name;
    struct sequence_set set;
    uint32_t to;

    if (!imap_take_set(s, &set_text, uids, &set) || set_text.len > 0 ||
        !imap_take_mailbox(s, &rest, &name) || rest.len > 0) {
        imap_reply_bad(s, "a set of messages, and a mailbox");
        return;
    }
    if (move && s->mailbox.read_only) {
        imap_reply(s, "NO the mailbox is open to be read alone");
        return;
    }
    int error = imap_find_mailbox(s, name, &to);
    struct copy c = begin(s, s->mailbox.id, to, move);
    if (!error)
        error = copy_set(&c, &set, uids);
    if (!error) {
        say_done(&c);
    } else {
        take_back(&c);
        s->changed = true; /* some may have gone */
        say_why_not(s, name, error);
    }
    end(&c);
}

void imap_copy(void *session, const struct arg *args)
{
    copy(session, args, false, false);
}

void imap_uid_copy(void *session, const struct arg *args)
{
    copy(session, args, true, false);
}

void imap_move(void *session, const struct arg *args)
{
    copy(session, args, false, true);
}

void imap_uid_move(void *session, const struct arg *args)
{
    copy(session, args, true, true);
}

/* ---- RENAME of INBOX */

static int add_all(struct copy *c)
{
    struct store_rows rows;
    int error = mailbox_ask_rows(c->s, c->from, &rows);

    for (size_t i = 0; i < rows.answer.count && !error; i++)
        error = add(c, rows.rows[i].uid);
    mailbox_forget_rows(&rows);
    return !error && c->uids.len > 0 ? ask(c) : error;
}

int imap_move_all(struct imap *s, uint32_t from, uint32_t to)
{
    struct copy c = begin(s, from, to, true);
    int error = add_all(&c);

    end(&c);
    return error;
}
