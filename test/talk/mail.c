#include "test/talk/mail.h"

#include "base/clock.h"
#include "os/files.h"
#include "store/crc32c.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RECEIVED = 837596665 /* RFC 9051 §8's day */ };

/* ---- letters */

static void put_into_pack(struct person *a, struct letter *l)
{
    l->row.pack = a->pack_number;
    l->row.offset = a->pack_size;
    assert(pwrite(a->pack, l->body, l->row.size, (off_t)a->pack_size) ==
           (ssize_t)l->row.size);
    a->pack_size += l->row.size;
}

static uint32_t next_uid(struct person *a, uint32_t mailbox)
{
    struct name *n = names_numbered(&a->names, NAME_MAILBOX, mailbox);

    assert(n || mailbox == INBOX);
    return n ? n->uidnext++ : a->next_uid++;
}

static uint32_t uidnext_of(const struct person *a, uint32_t mailbox)
{
    const struct name *n = names_numbered(&a->names, NAME_MAILBOX, mailbox);

    return mailbox == INBOX ? a->next_uid : n ? n->uidnext : 0;
}

/* The greatest that a change in it had. */
static uint64_t modseq_of(const struct person *a, uint32_t mailbox)
{
    uint64_t modseq = 0;

    for (size_t i = 0; i < a->count; i++)
        if (a->letters[i].mailbox == mailbox && a->letters[i].row.modseq > modseq)
            modseq = a->letters[i].row.modseq;
    for (size_t i = 0; i < a->gone_count; i++)
        if (a->gone[i].mailbox == mailbox && a->gone[i].modseq > modseq)
            modseq = a->gone[i].modseq;
    return modseq;
}

static struct letter *put_letter(struct person *a, const struct letter *letter)
{
    a->letters = reallocarray(a->letters, a->count + 1, sizeof(*a->letters));
    assert(a->letters);
    a->letters[a->count] = *letter;
    a->letters[a->count].row.modseq = ++a->modseq;
    return &a->letters[a->count++];
}

static struct letter *put(struct person *a, uint32_t mailbox, struct span body)
{
    struct letter letter = {
        .row = { .uid = next_uid(a, mailbox),
                 .size = body.len,
                 .crc = crc32c(0, body.at, body.len),
                 .email = 1000 + ++a->emails,
                 .received = RECEIVED },
        .mailbox = mailbox,
        .body = (char *)(uintptr_t)text_copy(body).at,
    };
    letter.row.offset = letter.row.email; /* a large one's name */
    if (body.len < LARGE_BODY_LEAST)
        put_into_pack(a, &letter);
    return put_letter(a, &letter);
}

void person_put(struct person *a, struct span body)
{
    put(a, INBOX, body);
}

void person_deliver(struct person *a, struct span body)
{
    put(a, INBOX, body)->delivered = true;
    a->delivered++;
}

uint32_t person_append(struct person *a, uint32_t mailbox, struct span body,
                       uint64_t flags, int64_t received)
{
    struct snapshot_row *row = &put(a, mailbox, body)->row;

    row->flags = flags;
    row->received = received;
    row->saved = (uint32_t)clock_wall();
    return row->uid;
}

bool person_next(struct person *a, struct span *body_r)
{
    for (size_t i = 0; i < a->count; i++) {
        struct letter *l = &a->letters[i];
        if (!l->delivered || l->seen)
            continue;
        l->seen = true;
        *body_r = span_at(l->body, l->row.size);
        return true;
    }
    return false;
}

static bool is_among(uint32_t uid, struct span uids)
{
    for (size_t i = 0; i + sizeof(uid) <= uids.len; i += sizeof(uid))
        if (memcmp(uids.at + i, &uid, sizeof(uid)) == 0)
            return true;
    return false;
}

static void drop_letter(struct person *a, struct letter *l)
{
    a->gone = reallocarray(a->gone, a->gone_count + 1, sizeof(*a->gone));
    assert(a->gone);
    a->gone[a->gone_count++] = (struct vanished){ l->mailbox, l->row.uid, a->modseq };
    free(l->body);
}

static void drop_letters(struct person *a, uint32_t mailbox, const struct span *uids)
{
    size_t kept = 0;

    a->modseq++;
    for (size_t i = 0; i < a->count; i++) {
        struct letter *l = &a->letters[i];
        if (l->mailbox == mailbox && (!uids || is_among(l->row.uid, *uids)))
            drop_letter(a, l);
        else
            a->letters[kept++] = *l;
    }
    a->count = kept;
}

void person_expunge(struct person *a, uint32_t mailbox, struct span uids)
{
    drop_letters(a, mailbox, &uids);
}

static bool is_within(uint32_t uid, struct span ranges)
{
    struct uid_range range;

    for (size_t i = 0; i + sizeof(range) <= ranges.len; i += sizeof(range)) {
        memcpy(&range, ranges.at + i, sizeof(range));
        if (uid >= range.first && uid <= range.last)
            return true;
    }
    return false;
}

void person_flag(struct person *a, uint32_t mailbox, struct span ranges,
                 const struct flags_change *change)
{
    a->modseq++;
    for (size_t i = 0; i < a->count; i++) {
        struct snapshot_row *row = &a->letters[i].row;
        uint64_t flags = (row->flags & ~change->remove) | change->add;
        if (a->letters[i].mailbox != mailbox || !is_within(row->uid, ranges) ||
            row->modseq > change->unchanged_since || row->flags == flags)
            continue;
        row->flags = flags;
        row->modseq = a->modseq;
    }
}

uint64_t person_deleted(const struct person *a, uint32_t mailbox)
{
    uint64_t octets = 0;

    for (size_t i = 0; i < a->count; i++)
        if (a->letters[i].mailbox == mailbox &&
            (a->letters[i].row.flags & FLAG_DELETED))
            octets += a->letters[i].row.size;
    return octets;
}

int person_rows(const struct person *a, uint32_t mailbox, struct span ranges,
                uint32_t *count_r)
{
    struct buf rows = { .max = SIZE_MAX };

    for (size_t i = 0; i < a->count; i++) {
        const struct snapshot_row *row = &a->letters[i].row;
        struct changed_row changed = { .uid = row->uid,
                                       .flags = row->flags,
                                       .modseq = row->modseq };
        if (a->letters[i].mailbox == mailbox && is_within(row->uid, ranges))
            assert(buf_put(&rows, span_at(&changed, sizeof(changed))) == 0);
    }
    *count_r = (uint32_t)(rows.len / sizeof(struct changed_row));
    int fd = sealed_copy("rows", buf_span(&rows));
    buf_free(&rows);
    return fd;
}

/* By uid, one range each. */
int person_vanished(const struct person *a, uint32_t mailbox, uint64_t modseq,
                    uint32_t *count_r)
{
    struct buf ranges = { .max = SIZE_MAX };

    for (uint32_t uid = 1; a->gone_count > 0 && uid < uidnext_of(a, mailbox); uid++)
        for (size_t i = 0; i < a->gone_count; i++)
            if (a->gone[i].mailbox == mailbox && a->gone[i].uid == uid &&
                a->gone[i].modseq > modseq)
                assert(buf_put(&ranges, span_at(&(struct uid_range){ uid, uid },
                                                sizeof(struct uid_range))) == 0);
    *count_r = (uint32_t)(ranges.len / sizeof(struct uid_range));
    int fd = sealed_copy("vanished", buf_span(&ranges));
    buf_free(&ranges);
    return fd;
}

void person_compact(struct person *a)
{
    close(a->pack);
    a->pack = memfd_create("pack", MFD_CLOEXEC);
    a->pack_number++;
    a->pack_size = 0;
    for (size_t i = 0; i < a->count; i++)
        if (a->letters[i].row.pack != 0)
            put_into_pack(a, &a->letters[i]);
}

void person_tear(struct person *a, uint64_t octets)
{
    assert(ftruncate(a->pack, (off_t)octets) == 0);
}

/* ---- for a front */

/* ---- mailboxes */

int person_name(struct person *a, const struct names_request *r)
{
    struct buf records = { .max = NAMES_CHANGE_MAX };
    uint32_t mailbox = person_mailbox(a, r->name);
    int error = names_change(&a->names, r, &records);

    if (!error)
        error = names_apply(&a->names, buf_span(&records));
    if (!error && r->verb == NAMES_DELETE)
        drop_letters(a, mailbox, NULL);
    buf_free(&records);
    return error;
}

uint32_t person_mailbox(const struct person *a, struct span name)
{
    const struct name *n = names_find(&a->names, NAME_MAILBOX, name);

    return name_is_inbox(name) ? (uint32_t)INBOX : n ? n->id : 0;
}

uint32_t person_uidvalidity(const struct person *a, uint32_t mailbox)
{
    const struct name *n = names_numbered(&a->names, NAME_MAILBOX, mailbox);

    return mailbox == INBOX ? (uint32_t)UIDVALIDITY : n ? n->uidvalidity : 0;
}

static const struct letter *letter_of(const struct person *a, uint32_t mailbox,
                                      uint32_t uid)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->letters[i].mailbox == mailbox && a->letters[i].row.uid == uid)
            return &a->letters[i];
    return NULL;
}

uint32_t person_copy(struct person *a, uint32_t from, uint32_t to, bool move,
                     uint32_t *uids, size_t *count)
{
    size_t copied = 0;
    uint32_t first = uidnext_of(a, to);

    for (size_t i = 0; i < *count; i++) {
        const struct letter *l = letter_of(a, from, uids[i]);
        if (!l)
            continue;
        struct letter again = *l;
        again.mailbox = to;
        again.row.uid = next_uid(a, to);
        again.row.saved = (uint32_t)clock_wall();
        again.body = (char *)(uintptr_t)text_copy(span_at(l->body, l->row.size)).at;
        put_letter(a, &again);
        uids[copied++] = uids[i];
    }
    *count = copied;
    const struct span gone = span_at(uids, copied * sizeof(*uids));
    if (move)
        drop_letters(a, from, &gone);
    return first;
}

int person_status(const struct person *a, uint32_t mailbox,
                  struct store_status_answer *answer_r)
{
    if (uidnext_of(a, mailbox) == 0)
        return -ENOENT;
    *answer_r =
        (struct store_status_answer){ .uidvalidity = person_uidvalidity(a, mailbox),
                                      .uidnext = uidnext_of(a, mailbox),
                                      .modseq = modseq_of(a, mailbox) };
    for (size_t i = 0; i < a->count; i++) {
        const struct snapshot_row *row = &a->letters[i].row;
        if (a->letters[i].mailbox != mailbox)
            continue;
        answer_r->total++;
        answer_r->unseen += !(row->flags & FLAG_SEEN);
        answer_r->deleted += (row->flags & FLAG_DELETED) != 0;
        answer_r->octets += row->size;
    }
    return 0;
}

int person_snapshot(const struct person *a, uint32_t mailbox,
                    struct store_snapshot_answer *answer_r)
{
    if (uidnext_of(a, mailbox) == 0)
        return -ENOENT;
    struct snapshot_row *rows = calloc(a->count + 1, sizeof *rows);
    assert(rows);
    answer_r->uidvalidity = person_uidvalidity(a, mailbox);
    answer_r->uidnext = uidnext_of(a, mailbox);
    answer_r->count = 0;
    answer_r->octets = 0;
    answer_r->modseq = modseq_of(a, mailbox);
    for (size_t i = 0; i < a->count; i++) {
        if (a->letters[i].mailbox != mailbox)
            continue;
        rows[answer_r->count++] = a->letters[i].row;
        answer_r->octets += a->letters[i].row.size;
    }
    answer_r->rows = sealed_copy("rows", span_at(rows, answer_r->count * sizeof *rows));
    free(rows);
    return answer_r->rows < 0 ? answer_r->rows : 0;
}

struct span person_body(const struct person *a, uint64_t email)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->letters[i].row.email == email)
            return span_at(a->letters[i].body, a->letters[i].row.size);
    return (struct span){ 0 };
}

int person_large(const struct person *a, uint64_t name)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct letter *l = &a->letters[i];
        if (l->row.pack == 0 && l->row.offset == name)
            return sealed_copy("large", span_at(l->body, l->row.size));
    }
    return -ENOENT;
}
