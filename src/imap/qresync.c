/* qresync - see qresync.h. */
#include "imap/qresync.h"

#include "imap/grammar.h"
#include "os/files.h"

#include <errno.h>

/* ---- what SELECT asks for */

/* A set without "*", in order. */
static bool take_numbers(struct imap *s, struct span *rest, struct sequence_set *set)
{
    if (!sequence_take(rest, s->arena, set) || set->saved)
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (set->ranges[i].first == SEQUENCE_STAR ||
            set->ranges[i].last == SEQUENCE_STAR)
            return false;
    sequence_settle(set, UINT32_MAX);
    return true;
}

static uint64_t size_of(const struct sequence_set *set)
{
    uint64_t size = 0;

    for (size_t i = 0; i < set->count; i++)
        size += (uint64_t)set->ranges[i].last - set->ranges[i].first + 1;
    return size;
}

/* seq-match-data = "(" known-sequence-set SP known-uid-set ")", of equal length */
static bool take_match(struct imap *s, struct span *rest, struct qresync *q)
{
    return span_take(rest, SPAN("(")) && take_numbers(s, rest, &q->numbers) &&
           imap_take_sp(rest) && take_numbers(s, rest, &q->uids) &&
           span_take(rest, SPAN(")")) && size_of(&q->numbers) == size_of(&q->uids) &&
           !s->uidonly; /* RFC 9586 §3.5 */
}

/* "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")" */
static bool take_arguments(struct imap *s, struct span *rest, struct qresync *q)
{
    if (!imap_take_sp(rest) || !span_take(rest, SPAN("(")) ||
        !imap_take_nz_number(rest, &q->uidvalidity) || !imap_take_sp(rest) ||
        !imap_take_number(rest, &q->modseq) || q->modseq == 0)
        return false;
    bool more = imap_take_sp(rest);
    if (more && rest->len > 0 && *rest->at != '(') {
        q->has_known = true;
        if (!take_numbers(s, rest, &q->known))
            return false;
        more = imap_take_sp(rest);
    }
    return (!more || take_match(s, rest, q)) && span_take(rest, SPAN(")"));
}

/* RFC 7162 §3.2.5: "if QRESYNC ... has not been enabled ... BAD" */
static bool take_param(struct imap *s, struct span *rest, struct qresync *q)
{
    if (imap_take_word(rest, SPAN("CONDSTORE"))) {
        q->condstore = true;
        return true;
    }
    if (q->wanted || !s->qresync || !imap_take_word(rest, SPAN("QRESYNC")))
        return false;
    q->wanted = true;
    return take_arguments(s, rest, q);
}

bool qresync_take(struct imap *s, struct span *rest, struct qresync *q)
{
    *q = (struct qresync){ 0 };
    if (rest->len == 0)
        return true;
    if (!imap_take_sp(rest) || !span_take(rest, SPAN("(")))
        return false;
    do {
        if (!take_param(s, rest, q))
            return false;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

/* ---- what is gone */

/* Of one range: the uids in the set, above `above`, that the client does not have here. */
struct telling {
    const struct mailbox *mailbox;
    const struct sequence_set *set;
    uint32_t above;
    size_t index; /* of the first message that is not below */
    size_t range; /* of the set, the same */
    struct expunged out;
};

static bool is_there(struct telling *t, uint32_t uid)
{
    const struct mailbox *m = t->mailbox;

    while (t->index < m->count && m->messages[t->index].row.uid < uid)
        t->index++;
    return t->index < m->count && m->messages[t->index].row.uid == uid;
}

/* Both ascend, and what they have in common is told. */
static void tell_range(struct telling *t, struct uid_range r)
{
    const struct sequence_set *set = t->set;
    uint32_t first = r.first > t->above ? r.first : t->above + 1;

    for (; t->range < set->count && set->ranges[t->range].first <= r.last; t->range++) {
        const struct sequence_range *wanted = &set->ranges[t->range];
        uint64_t from = wanted->first > first ? wanted->first : first;
        uint64_t to = wanted->last < r.last ? wanted->last : r.last;
        for (uint64_t uid = from; uid <= to; uid++)
            if (!is_there(t, (uint32_t)uid))
                expunged_tell(&t->out, 0, (uint32_t)uid);
        if (wanted->last > r.last)
            return;
    }
}

int qresync_tell_vanished(struct imap *s, const struct sequence_set *set,
                          uint32_t above, uint64_t modseq)
{
    const struct store_vanished question = { s->handle, s->mailbox.id, modseq };
    struct store_vanished_answer answer = { .ranges = -1 };
    struct telling t = { .mailbox = &s->mailbox, .set = set, .above = above };
    int error = ask_store_vanished(&question, &answer, NULL);
    size_t size = answer.count * sizeof(struct uid_range);
    const struct uid_range *ranges =
        !error && size > 0 ? sealed_map(answer.ranges, size) : NULL;

    fd_close(&answer.ranges);
    if (!error && size > 0 && !ranges)
        return -EBADMSG;
    expunged_begin(&t.out, s, "(EARLIER) ");
    for (size_t i = 0; ranges && i < answer.count; i++)
        if (ranges[i].last < s->mailbox.uidnext)
            tell_range(&t, ranges[i]);
    expunged_end(&t.out);
    if (ranges)
        sealed_unmap(ranges, size);
    return error;
}

/* ---- RFC 7162 §3.2.5 */

/* The number of a set's place-th member; 0: it has none. */
static uint32_t member(const struct sequence_set *set, uint64_t place)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct sequence_range *r = &set->ranges[i];
        uint64_t size = (uint64_t)r->last - r->first + 1;
        if (place < size)
            return r->first + (uint32_t)place;
        place -= size;
    }
    return 0;
}

/* §3.2.5.2: the greatest uid that still has the number that the client knows: below it
 * nothing is gone.  Once one has another number, all behind it have. */
static uint32_t matched(const struct mailbox *m, const struct qresync *q)
{
    uint64_t from = 0, to = size_of(&q->numbers);

    while (from < to) {
        uint64_t middle = from + (to - from) / 2;
        uint32_t number = member(&q->numbers, middle);
        if (number <= m->count &&
            m->messages[number - 1].row.uid == member(&q->uids, middle))
            from = middle + 1;
        else
            to = middle;
    }
    return from > 0 ? member(&q->uids, from - 1) : 0;
}

int qresync_tell(struct imap *s, const struct qresync *q)
{
    const struct mailbox *m = &s->mailbox;
    struct sequence_range all = { 1, UINT32_MAX };
    const struct sequence_set every = { .ranges = &all, .count = 1 };
    const struct sequence_set *set = q->has_known ? &q->known : &every;

    if (q->uidvalidity != m->uidvalidity)
        return 0;
    int error = qresync_tell_vanished(s, set, matched(m, q), q->modseq);
    for (size_t i = 0; i < m->count && !error; i++)
        if (m->messages[i].row.modseq > q->modseq &&
            sequence_has(set, m->messages[i].row.uid))
            mailbox_tell_message(s, i, TELL_UID | TELL_FLAGS);
    return error;
}
